import Foundation
import Loc2VecCore

/// A place on Earth, in degrees of WGS84.
public struct Coordinate: Hashable, Sendable {
    public var latitude: Double
    public var longitude: Double

    public init(latitude: Double, longitude: Double) {
        self.latitude = latitude
        self.longitude = longitude
    }
}

/// A point of an embedding space. It is immutable.
public final class Vector: Hashable, @unchecked Sendable {
    let go: L2VMobileVector

    /// The id of the space. Only vectors of one space are comparable.
    public let space: String
    /// How vectors of the space are compared: "euclidean" or "cosine".
    public let metric: String
    /// The numbers as bytes, little-endian. Store them together with `space` and `metric`.
    public let data: Data

    init(_ vector: L2VMobileVector) throws {
        go = vector
        space = try Loc2Vec.go(reporting: { error in vector.space(error) })
        metric = try Loc2Vec.go(reporting: { error in vector.metric(error) })
        data = try Loc2Vec.go { try vector.bytes() }
    }

    /// A stored vector, from its space, metric and data.
    public convenience init(space: String, metric: String, data: Data) throws {
        try self.init(some(Loc2Vec.go(reporting: { error in L2VMobileOpenVector(space, metric, data, error) })))
    }

    /// A stored vector, from its space, metric and values.
    public convenience init(space: String, metric: String, values: [Float]) throws {
        var data = Data(capacity: 4 * values.count)
        for value in values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
        try self.init(space: space, metric: metric, data: data)
    }

    /// The numbers.
    public var values: [Float] {
        data.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map {
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        }
    }

    /// How different two places are, 0 for places with the same map.
    public func distance(to other: Vector) throws -> Double {
        var distance = 0.0
        try Loc2Vec.go { try go.distance(to: other.go, distance: &distance) }
        return distance
    }

    /// a - b + c, the vector that relates to c as a relates to b. `PlaceIndex.nearest` finds places like it.
    public static func analogy(_ a: Vector, _ b: Vector, _ c: Vector) throws -> Vector {
        try Vector(some(Loc2Vec.go(reporting: { error in L2VMobileAnalogy(a.go, b.go, c.go, error) })))
    }

    public static func == (a: Vector, b: Vector) -> Bool {
        a.space == b.space && a.metric == b.metric && a.data == b.data
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(data)
    }
}
