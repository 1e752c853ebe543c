// Package mobile is the facade of package sdk that gobind turns into Java and Objective-C.
//
// It converts and decides nothing. gobind knows few types, and loses what it does not know without
// a word; hence the rules here, which the tests keep:
//
//   - What opens something is called Open…: gobind would make a constructor of a New…, which
//     cannot declare in Java that it throws and drops the error in Objective-C.
//   - Every function and method ends with an error. A panic becomes one, because it would
//     otherwise end the app, and so does a call on an object that was not made by this package,
//     such as a Java proxy fresh from its constructor.
//   - An error's message begins with one of the codes of this package, a colon and a space, since
//     the message is all that crosses the border. The codes are stable, the words after them not.
//   - Vectors cross as bytes: D float32, little-endian. They are copied either way.
//   - Every method of an interface that the app implements may throw, for the same reason, and a
//     listener hears exactly one terminal event, whatever happens.
//
// Coordinates are degrees of WGS84, and the names of parameters say so. All types are safe for
// concurrent use unless they say otherwise; records with nothing but fields belong to the caller.
package mobile
