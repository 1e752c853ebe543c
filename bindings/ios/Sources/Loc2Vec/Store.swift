import Foundation
import Loc2VecCore

/// A region or model of a store.
public struct Item: Sendable {
    /// The name of the file, such as "bremen.pmtiles".
    public let name: String
    public let isRegion: Bool
    public let file: URL
    public let bytes: Int64
    /// The name of a region.
    public let title: String
    /// The attribution of a region's map, which must be shown to the users of the app.
    public let attribution: String
    /// The id of a model's space.
    public let space: String
    /// The date of a region's data, in the form of RFC 3339; empty if it is unknown.
    public let date: String
    /// The id of the key that has signed the file; empty in a store without keys.
    public let signedBy: String
    /// The trusted comment of the signature.
    public let comment: String
    /// Why the file cannot be read; nil if it can be read and is signed as it should be.
    public let problem: Loc2VecError?

    init(_ item: L2VMobileItem) {
        name = item.name
        isRegion = item.kind == "region"
        file = URL(fileURLWithPath: item.path)
        bytes = item.bytes
        title = item.title
        attribution = item.attribution
        space = item.space
        date = item.date
        signedBy = item.signedBy
        comment = item.comment
        problem = item.problem.isEmpty ? nil : Loc2VecError(item.problem)
    }
}

/// Options of one installation. By default a file may replace one of the same region that is not newer.
public struct InstallOptions: Sendable {
    /// The contents of the .minisig file.
    public var signature: Data?
    /// The hash that the file must have, in hexadecimal.
    public var sha256 = ""
    /// The schema that the region or model must have.
    public var schemaHash = ""
    /// The name of the region; by default that of the installed region, if any.
    public var region = ""
    /// The least date of a region's data, such as "2026-11-30" or "2026-11-30T20:21:02Z".
    public var notBefore = ""
    /// The name that the file had when it was signed.
    public var signedName = ""
    /// Lets the file replace a newer one.
    public var allowOlder = false
    /// Removes the old file first, for devices without room for both.
    public var replaceInPlace = false

    public init() {}

    var core: L2VMobileInstallOptions {
        let options = L2VMobileInstallOptions()
        options.signature = signature
        options.shA256 = sha256
        options.schemaHash = schemaHash
        options.region = region
        options.notBefore = notBefore
        options.signedName = signedName
        options.allowOlder = allowOlder
        options.replaceInPlace = replaceInPlace
        return options
    }
}

/// A directory of regions and models, to which nobody but this class may write. The files on the disk are the store; it
/// need not be closed. Cancelling the caller's task stops every function that takes time.
public final class Store: @unchecked Sendable {
    private let core: L2VMobileStore

    private init(_ store: L2VMobileStore) { core = store }

    /// Opens the store in a directory, and creates it if necessary. With keys, which are the contents of .pub files of
    /// minisign, one of them must have signed each file.
    public static func open(_ folder: URL, publicKeys: [String]? = nil) async throws -> Store {
        try await inBackground {
            let options = L2VMobileStoreOptions()
            // The line break makes Go refuse an empty list.
            options.publicKeys = publicKeys.map { $0.joined(separator: "\n") + "\n" } ?? ""
            return try Store(some(go(reporting: { error in L2VMobileOpenStore(folder.path, options, error) })))
        }
    }

    /// Installs a copy of a file under a name such as "bremen.pmtiles" or "city.l2v". Without a signature in the options,
    /// it is read from the file that has ".minisig" added to its name.
    @discardableResult
    public func install(_ name: String, from file: URL, options: InstallOptions = InstallOptions()) async throws -> Item {
        try await inTask { [core] task in
            Item(try core.installFile(name, path: file.path, options: options.core, task: task))
        }
    }

    /// Reads a stream to its end and installs it, such as a download. It opens the stream, and closes it when nothing
    /// reads it any more.
    @discardableResult
    public func install(
        _ name: String, from stream: InputStream, options: InstallOptions = InstallOptions()
    ) async throws -> Item {
        try await inTask { [core] task in
            Item(try core.install(from: name, source: StreamSource(stream), options: options.core, task: task))
        }
    }

    /// Lists regions and models by name. In a store with keys it reads all files to check their signatures.
    public func list() async throws -> [Item] {
        try await inTask { [core] task in try items(core.list(task)) }
    }

    /// The total size of the store's files in bytes.
    public func size() async throws -> Int {
        try await inBackground { [core] in
            try number { (n: UnsafeMutablePointer<Int64>) in try core.size(n) }
        }
    }

    /// Repeats the checks of the installation.
    public func verify(_ name: String) async throws {
        try await inTask { [core] task in try core.verify(name, task: task) }
    }

    public func remove(_ name: String) async throws {
        try await inTask { [core] task in try core.remove(name, task: task) }
    }

    public func openModel(_ name: String, options: ModelOptions = ModelOptions()) async throws -> Model {
        try await inTask { [core] task in Model(try core.openModel(name, options: options.core, task: task)) }
    }

    public func addRegion(_ name: String, to model: Model) async throws {
        try await inTask { [core] task in try core.addRegion(model.core, name: name, task: task) }
    }

    /// Adds all regions that have the model's schema, and returns them.
    @discardableResult
    public func addRegions(to model: Model) async throws -> [Item] {
        try await inTask { [core] task in try items(core.addRegions(model.core, task: task)) }
    }
}

private func items(_ list: L2VMobileItems) throws -> [Item] {
    let count: Int = try number { (n: UnsafeMutablePointer<Int>) in try list.count(n) }
    return try (0..<count).map { Item(try list.at($0)) }
}

/// Adapts a stream to the source that Go reads.
private final class StreamSource: NSObject, L2VMobileSourceProtocol {
    private let stream: InputStream

    init(_ stream: InputStream) {
        self.stream = stream
        stream.open()
    }

    deinit { stream.close() }

    func read(_ max: Int) throws -> Data {
        var buffer = [UInt8](repeating: 0, count: min(max, 256 << 10))
        let count = stream.read(&buffer, maxLength: buffer.count)
        if count < 0 {
            throw stream.streamError ?? Loc2VecError("the stream cannot be read")
        }
        return Data(buffer[..<count])
    }
}
