import Foundation
import Loc2VecCore

/// A region or model of a store.
public struct Item: Sendable {
    /// Of the file, "bremen.pmtiles".
    public let name: String
    public let isRegion: Bool
    public let file: URL
    public let bytes: Int64
    /// What a region is called.
    public let title: String
    /// Of a region's map, to be shown to the people who use the app.
    public let attribution: String
    /// Of a model.
    public let space: String
    /// Why the file cannot be read; nil when it can.
    public let problem: Loc2VecError?

    init(_ item: L2VMobileItem) {
        name = item.name
        isRegion = item.kind == "region"
        file = URL(fileURLWithPath: item.path)
        bytes = item.bytes
        title = item.title
        attribution = item.attribution
        space = item.space
        problem = item.problem.isEmpty ? nil : Loc2VecError(item.problem)
    }
}

/// More about one installation.
public struct InstallOptions: Sendable {
    /// The contents of the .sig file.
    public var signature: Data?
    /// The hash that the file must have, in hexadecimal.
    public var sha256 = ""
    /// The schema that the region or model must have.
    public var schemaHash = ""
    /// Removes the old file first, for devices without room for both.
    public var replaceInPlace = false

    public init() {}

    var core: L2VMobileInstallOptions {
        let options = L2VMobileInstallOptions()
        options.signature = signature
        options.shA256 = sha256
        options.schemaHash = schemaHash
        options.replaceInPlace = replaceInPlace
        return options
    }
}

/// A folder of regions and models, of the app's own. What is on the disk is in the store; there is
/// nothing to close.
public final class Store: @unchecked Sendable {
    private let core: L2VMobileStore

    private init(_ store: L2VMobileStore) { core = store }

    /// Opens the store in a folder, which is made if need be. With a key, everything must be signed.
    public static func open(_ folder: URL, publicKey: String = "") async throws -> Store {
        try await inBackground {
            let options = L2VMobileStoreOptions()
            options.publicKey = publicKey
            return try Store(some(go(reporting: { error in L2VMobileOpenStore(folder.path, options, error) })))
        }
    }

    /// Installs a copy of a file under a name such as "bremen.pmtiles" or "city.l2v".
    @discardableResult
    public func install(_ name: String, from file: URL, options: InstallOptions = InstallOptions()) async throws -> Item {
        try await inBackground { [core] in
            Item(try core.installFile(name, path: file.path, options: options.core))
        }
    }

    /// Installs what a stream holds, such as a download; it is opened and closed here.
    @discardableResult
    public func install(
        _ name: String, from stream: InputStream, options: InstallOptions = InstallOptions()
    ) async throws -> Item {
        try await inBackground { [core] in
            stream.open()
            defer { stream.close() }
            return Item(try core.install(from: name, source: StreamSource(stream), options: options.core))
        }
    }

    public func list() async throws -> [Item] {
        try await inBackground { [core] in try items(core.list()) }
    }

    /// How many bytes the store takes.
    public func size() async throws -> Int {
        try await inBackground { [core] in
            try number { (n: UnsafeMutablePointer<Int64>) in try core.size(n) }
        }
    }

    /// Checks again all that an installation has checked.
    public func verify(_ name: String) async throws {
        try await inBackground { [core] in try core.verify(name) }
    }

    public func remove(_ name: String) async throws {
        try await inBackground { [core] in try core.remove(name) }
    }

    public func openModel(_ name: String, options: ModelOptions = ModelOptions()) async throws -> Model {
        try await inBackground { [core] in Model(try core.openModel(name, options: options.core)) }
    }

    public func addRegion(_ name: String, to model: Model) async throws {
        try await inBackground { [core] in try core.addRegion(model.core, name: name) }
    }

    /// Adds all regions that go with the model, and returns them.
    @discardableResult
    public func addRegions(to model: Model) async throws -> [Item] {
        try await inBackground { [core] in try items(core.addRegions(model.core)) }
    }
}

private func items(_ list: L2VMobileItems) throws -> [Item] {
    let count: Int = try number { (n: UnsafeMutablePointer<Int>) in try list.count(n) }
    return try (0..<count).map { Item(try list.at($0)) }
}

/// A stream as Go reads it.
private final class StreamSource: NSObject, L2VMobileSourceProtocol {
    private let stream: InputStream

    init(_ stream: InputStream) { self.stream = stream }

    func read(_ max: Int) throws -> Data {
        var buffer = [UInt8](repeating: 0, count: min(max, 256 << 10))
        let count = stream.read(&buffer, maxLength: buffer.count)
        if count < 0 {
            throw stream.streamError ?? Loc2VecError("the stream cannot be read")
        }
        return Data(buffer[..<count])
    }
}
