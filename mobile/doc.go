// Package mobile is the facade of package sdk that gobind turns into Java and Objective-C.
//
// It converts types and decides nothing. gobind supports few types and silently drops the rest. Hence these
// rules, which tests enforce:
//
//   - A function that opens something is called Open…: gobind would turn a New… into a constructor, which
//     cannot declare an exception in Java and loses the error in Objective-C.
//   - Every function and method returns an error last. It also reports panics, which would otherwise end
//     the app, and calls on objects that this package has not made, such as a Java object fresh from its
//     constructor.
//   - The message of an error starts with one of the codes of this package, a colon and a space, because
//     only the message crosses the language border. The codes are stable, the text after them is not.
//   - Vectors cross the border as bytes: D float32, little-endian. gobind copies them anyway.
//   - Every method of an interface that the app implements may throw, for the same reason. A listener
//     receives exactly one terminal event in any case.
//
// Coordinates are degrees of WGS84, and the names of parameters say so. All types are safe for concurrent use
// unless their comment says otherwise. Records that have only fields belong to the caller.
package mobile
