import Foundation
import Loc2VecCore

/// The result of `Classes.classify`.
public struct Match: Sendable {
    /// The class that the place belongs to; nil if it belongs to none.
    public let name: String?
    /// The nearest class, even if the place does not belong to it; nil without any class.
    public let nearest: String?
    /// The distance to the nearest class.
    public let distance: Double
    /// The place belongs to the class up to this distance.
    public let threshold: Double
}

/// Recognises kinds of places from a few examples of each.
public final class Classes: @unchecked Sendable {
    private let core: L2VMobileClasses

    init(_ classes: L2VMobileClasses) { core = classes }

    /// Adds an example to a class, and the class if it is new.
    public func add(_ name: String, example: Vector) throws {
        try go { try core.add(name, example: example.go) }
    }

    /// Removes a class and returns whether it existed.
    @discardableResult
    public func remove(_ name: String) throws -> Bool { try truth { try core.remove(name, existed: $0) } }

    public func names() throws -> [String] { try strings(go { try core.names() }) }

    /// The number of examples of a class.
    public func examples(_ name: String) throws -> Int {
        try number { (n: UnsafeMutablePointer<Int>) in try core.examples(name, n: n) }
    }

    public func classify(_ vector: Vector) throws -> Match {
        let match = try go { try core.classify(vector.go) }
        return Match(
            name: match.name.isEmpty ? nil : match.name, nearest: match.nearest.isEmpty ? nil : match.nearest,
            distance: match.distance, threshold: match.threshold)
    }

    /// Writes all examples to a file, whole or not at all.
    public func save(to file: URL) async throws {
        try await inBackground { [core] in try core.save(file.path) }
    }
}

/// A saved place with the distance of its vector to the query.
public struct Neighbour: Sendable {
    public let id: String
    public let distance: Double
}

/// Finds saved places that are like another place.
public final class PlaceIndex: @unchecked Sendable {
    private let core: L2VMobileIndex

    init(_ index: L2VMobileIndex) { core = index }

    public func put(_ id: String, _ vector: Vector) throws {
        try go { try core.put(id, v: vector.go) }
    }

    /// Removes a place and returns whether it existed.
    @discardableResult
    public func remove(_ id: String) throws -> Bool { try truth { try core.remove(id, existed: $0) } }

    /// The vector of a place, nil if it does not exist.
    public func vector(_ id: String) throws -> Vector? {
        do {
            return try Vector(go { try core.get(id) })
        } catch let error as Loc2VecError where error.code == .notFound {
            return nil
        }
    }

    public func ids() throws -> [String] { try strings(go { try core.list() }) }

    public func count() throws -> Int {
        try number { (n: UnsafeMutablePointer<Int>) in try core.count(n) }
    }

    /// The places nearest to a vector, nearest first.
    public func nearest(_ vector: Vector, limit: Int) throws -> [Neighbour] {
        let all = try go { try core.nearest(vector.go, limit: limit) }
        let count: Int = try number { (n: UnsafeMutablePointer<Int>) in try all.count(n) }
        return try (0..<count).map { index in
            let neighbour = try go { try all.at(index) }
            return Neighbour(id: neighbour.id_, distance: neighbour.distance)
        }
    }

    /// The mean of the vectors of some places.
    public func centroid(_ ids: [String]) throws -> Vector {
        let list = try some(go(reporting: { error in L2VMobileOpenStrings(error) }))
        try ids.forEach { id in try go { try list.add(id) } }
        return try Vector(go { try core.centroid(list) })
    }

    /// Writes all places to a file, whole or not at all.
    public func save(to file: URL) async throws {
        try await inBackground { [core] in try core.save(file.path) }
    }
}

private func strings(_ list: L2VMobileStrings) throws -> [String] {
    let count: Int = try number { (n: UnsafeMutablePointer<Int>) in try list.count(n) }
    return try (0..<count).map { index in try go(reporting: { error in list.at(index, error: error) }) }
}
