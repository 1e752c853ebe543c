import Foundation
import Loc2VecCore

/// What computes the model. Both engines give the same vectors, to the bit.
public enum Engine: String, Sendable {
    /// ONNX Runtime if it can be loaded, and the engine in Go otherwise.
    case auto = ""
    /// ONNX Runtime: a dynamic framework inside the app, named by `ModelOptions.onnxRuntime`.
    case onnxRuntime = "ort"
    /// The engine in Go, which has no dependencies.
    case go = "go"
}

/// How a model is opened.
public struct ModelOptions: Sendable {
    public var engine = Engine.go
    /// The file of ONNX Runtime's library.
    public var onnxRuntime = ""
    /// How many decoded tiles are kept for further places nearby: 0 means the default, a negative number none.
    public var tileCache = 0

    public init() {}

    var core: L2VMobileOptions {
        let options = L2VMobileOptions()
        options.engine = engine.rawValue
        options.onnxRuntime = onnxRuntime
        options.tileCache = tileCache
        return options
    }
}

/// The embedding of a place.
public struct Place: Sendable {
    public let vector: Vector
    /// The fraction of the window, 0 to 1, that any map layer covers.
    public let mapped: Double
    /// The place lies in a region, but nothing is mapped around it: its vector is that of an empty map.
    public let unmapped: Bool
    /// The name of the region that contains the place.
    public let region: String
    /// The vector was computed for this call. A `Follower` that has not moved returns the last one.
    public let fresh: Bool

    init(_ place: L2VMobilePlace) throws {
        vector = try Vector(go { try place.vector() })
        mapped = place.mapped
        unmapped = place.unmapped
        region = place.region
        fresh = place.fresh
    }
}

/// A region of a model.
public struct Region: Hashable, Sendable {
    public let name: String
    /// Must be shown to the users of the app.
    public let attribution: String
    /// Hash of the contents of the region's file.
    public let contents: String
    public let tiles: Int64

    init(_ region: L2VMobileRegion) {
        name = region.name
        attribution = region.attribution
        contents = region.contents
        tiles = region.tiles
    }
}

/// Describes a model on this device.
public struct Status: Sendable {
    /// The self-test reproduced the golden vectors.
    public let healthy: Bool
    /// The reason if it did not.
    public let problem: String
    /// What computes the model, such as "go (neondot)".
    public let engine: String
    public let space: String
    /// The complete status as JSON, for logs.
    public let json: String
}

/// The influence of one layer on a vector.
public struct Contribution: Sendable {
    public let layer: String
    /// Mean of the layer in the raster, 0 to 1.
    public let coverage: Double
    /// How far the vector moves without the layer.
    public let distance: Double
}

/// Says what a place's vector was computed from, or why there is no vector.
public final class Explanation: @unchecked Sendable {
    private let core: L2VMobileExplanation

    /// Why there is no vector, or why it means little; otherwise empty.
    public let reason: String
    public let layers: [Contribution]

    init(_ explanation: L2VMobileExplanation) throws {
        core = explanation
        reason = explanation.reason
        let count: Int = try number { (n: UnsafeMutablePointer<Int>) in try explanation.layerCount(n) }
        layers = try (0..<count).map { index in
            let layer = try go { try explanation.layer(at: index) }
            return Contribution(layer: layer.layer, coverage: layer.coverage, distance: layer.distance)
        }
    }

    /// Returns or throws what `Model.embed` does.
    public func place() throws -> Place { try Place(go { try core.place() }) }

    /// A picture of the map's layers around the place, as PNG.
    public func png() throws -> Data { try go { try core.png() } }
}

/// An opened model with its regions. Safe for concurrent use. Functions that take time are asynchronous and block
/// only threads of this library.
public final class Model: @unchecked Sendable {
    let core: L2VMobileModel

    init(_ model: L2VMobileModel) { core = model }

    /// Opens a bundle.
    public static func open(_ bundle: URL, options: ModelOptions = ModelOptions()) async throws -> Model {
        try await inBackground {
            try Model(some(go(reporting: { error in L2VMobileOpenModel(bundle.path, options.core, error) })))
        }
    }

    /// Opens the base model, which comes with the library. A newer library may contain another one, with
    /// another `space`. Like every model it needs regions of its schema.
    public static func openBase(options: ModelOptions = ModelOptions()) async throws -> Model {
        guard let bundle = Bundle.module.url(forResource: "base", withExtension: "l2v", subdirectory: "Base") else {
            throw Loc2VecError("E_NOT_FOUND: the library was built without the base model")
        }
        return try await open(bundle, options: options)
    }

    /// The id of the space of this model's vectors.
    public func space() throws -> String { try go(reporting: { error in core.space(error) }) }

    /// What computes the model, such as "go (neondot)".
    public func engine() throws -> String { try go(reporting: { error in core.engine(error) }) }

    /// The regions, in the order in which they were added.
    public func regions() throws -> [Region] {
        let count: Int = try number { (n: UnsafeMutablePointer<Int>) in try core.regionCount(n) }
        return try (0..<count).map { index in
            let region = try go { try core.region(at: index) }
            return Region(region)
        }
    }

    public func addRegion(_ file: URL) async throws {
        try await inBackground { [core] in try core.addRegion(file.path) }
    }

    /// Removes the regions of that name (`Place.region`).
    public func removeRegion(_ name: String) async throws {
        try await inBackground { [core] in try core.removeRegion(name) }
    }

    /// Cuts the region of a file to some areas together, and writes it to another file, whole or not at all. Every place in it
    /// has the same vector of this model as in the whole region. The cut has the region's name unless it gets another, and
    /// no signature: `addRegion` reads it, a store with keys does not install it. Cancelling the task stops it.
    @discardableResult
    public func cutRegion(
        from: URL, to: URL, areas: [Area], name: String = "",
        onProgress: (@Sendable (_ done: Int64, _ total: Int64) -> Void)? = nil
    ) async throws -> Region {
        try await inTask { [core] task in
            let all: L2VMobileArea = try some(go(reporting: { error in L2VMobileOpenArea(error) }))
            for area in areas { try area.add(to: all) }
            return Region(
                try core.cutRegion(
                    from.path, to: to.path, name: name, within: all, progress: onProgress.map { ProgressReport($0) }, task: task))
        }
    }

    /// The embedding of a place.
    public func embed(_ at: Coordinate) async throws -> Place {
        try await inBackground { [core] in try Place(core.embed(at.latitude, lonDeg: at.longitude)) }
    }

    /// The embeddings of many places, computed on all processors, in the order of `places`. A failure says
    /// why a place has no vector. Cancelling the task stops it.
    public func embedAll(_ places: [Coordinate]) async throws -> [Result<Place, Loc2VecError>] {
        let coordinates = bytes(of: places)
        let canceller = Canceller()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                do {
                    canceller.watch(try go { try core.startEmbed(coordinates, listener: Collector(continuation)) })
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        } onCancel: {
            canceller.cancel()
        }
    }

    /// Follows one position, and computes a vector only when the position has moved by the threshold: 0
    /// means the default, a negative number computes every vector.
    public func follow(thresholdMetres: Double = 0) throws -> Follower {
        try Follower(go { try core.follow(thresholdMetres) })
    }

    /// Explains a place's vector. Takes as long as up to 13 embeddings.
    public func explain(_ at: Coordinate) async throws -> Explanation {
        try await inBackground { [core] in try Explanation(core.explain(at.latitude, lonDeg: at.longitude)) }
    }

    /// Describes the model and tests it on this device.
    public func status() async throws -> Status {
        try await inBackground { [core] in
            let status = try core.status()
            return Status(
                healthy: status.healthy, problem: status.problem, engine: status.engine, space: status.space,
                json: try go(reporting: { error in status.json(error) }))
        }
    }

    /// Reads the classes of a file; there are none if it is nil or does not exist.
    public func openClasses(_ file: URL? = nil) async throws -> Classes {
        try await inBackground { [core] in try Classes(core.openClasses(file?.path ?? "")) }
    }

    /// Reads the saved places of a file; there are none if it is nil or does not exist.
    public func openIndex(_ file: URL? = nil) async throws -> PlaceIndex {
        try await inBackground { [core] in try PlaceIndex(core.openIndex(file?.path ?? "")) }
    }

    /// Ends the use of the model. Running calls return a result or fail with `.closed`; the model is released after the
    /// last of them. Calling it again does nothing.
    public func close() async throws {
        try await inBackground { [core] in try core.close() }
    }
}

/// Returns the embedding of a moving position.
public final class Follower: @unchecked Sendable {
    private let core: L2VMobileFollower

    init(_ follower: L2VMobileFollower) { core = follower }

    /// The place of the position; `Place.fresh` says whether its vector was computed for this call.
    public func at(_ position: Coordinate) async throws -> Place {
        try await inBackground { [core] in try Place(core.at(position.latitude, lonDeg: position.longitude)) }
    }
}

/// Cancels a task of Go, also if `cancel` is called before the task has started.
private final class Canceller: @unchecked Sendable {
    private let lock = NSLock()
    private var cancelled = false
    private var running: L2VMobileTask?

    func watch(_ task: L2VMobileTask) {
        lock.lock()
        defer { lock.unlock() }
        running = task
        if cancelled { try? task.cancel() }
    }

    func cancel() {
        lock.lock()
        defer { lock.unlock() }
        cancelled = true
        try? running?.cancel()
    }
}

/// Collects the results of a task. Its methods are called sequentially.
private final class Collector: NSObject, L2VMobileListenerProtocol {
    private let continuation: CheckedContinuation<[Result<Place, Loc2VecError>], Error>
    private var results: [Result<Place, Loc2VecError>] = []

    init(_ continuation: CheckedContinuation<[Result<Place, Loc2VecError>], Error>) {
        self.continuation = continuation
    }

    func onPlace(_ index: Int, place: L2VMobilePlace?) throws {
        results.append(.success(try Place(some(place))))
    }

    func onSkipped(_ index: Int, message: String?) throws {
        results.append(.failure(Loc2VecError(message ?? "")))
    }

    func onDone() throws {
        continuation.resume(returning: results)
    }

    func onFailed(_ message: String?) throws {
        continuation.resume(throwing: Loc2VecError(message ?? ""))
    }
}
