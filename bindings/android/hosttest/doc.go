// Package hosttest contains the tests that run the Java and Kotlin sides of the library on a desktop JVM, against
// the real Go code.
package hosttest
