// Package hosttest runs the Java and Kotlin sides of the library on a desktop JVM, against the real
// Go code. It holds nothing but tests.
package hosttest
