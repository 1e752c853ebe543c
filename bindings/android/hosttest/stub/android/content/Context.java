package android.content;

/** Stands in for Android's class, whose name is all that go.Seq needs. */
public abstract class Context {}
