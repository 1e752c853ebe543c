package android.content;

import android.content.res.AssetManager;

/** Replaces Android's class: go.Seq needs its name, and the Kotlin library its assets. */
public abstract class Context {
    public abstract AssetManager getAssets();
}
