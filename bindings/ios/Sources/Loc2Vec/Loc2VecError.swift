import Foundation
import Loc2VecCore

/// The kind of an error, for programs. New codes may be added.
public enum ErrorCode: String, Sendable {
    case argument = "E_ARGUMENT"
    case busy = "E_BUSY"
    case cancelled = "E_CANCELLED"
    case closed = "E_CLOSED"
    case coordinate = "E_COORDINATE"
    case corrupt = "E_CORRUPT"
    case failed = "E_FAILED"
    case `internal` = "E_INTERNAL"
    case listener = "E_LISTENER"
    case name = "E_NAME"
    case noCoverage = "E_NO_COVERAGE"
    case noSpace = "E_NO_SPACE"
    case notFound = "E_NOT_FOUND"
    case notOpen = "E_NOT_OPEN"
    case older = "E_OLDER"
    case permission = "E_PERMISSION"
    case region = "E_REGION"
    case schema = "E_SCHEMA"
    case selfTest = "E_SELF_TEST"
    case signature = "E_SIGNATURE"
    case space = "E_SPACE"
    case unsigned = "E_UNSIGNED"
    case version = "E_VERSION"
}

/// The only error of this library. Its code is stable, its message is not.
public struct Loc2VecError: LocalizedError, Sendable {
    public let code: ErrorCode
    public let message: String

    public var errorDescription: String? { message }

    /// Splits "E_CODE: text".
    init(_ text: String) {
        let parts = text.components(separatedBy: ": ")
        if parts.count > 1, let code = ErrorCode(rawValue: parts[0]) {
            self.code = code
            message = parts.dropFirst().joined(separator: ": ")
        } else {
            code = .failed
            message = text
        }
    }
}

/// Calls a method of Go, whose errors are nothing but a message.
func go<T>(_ call: () throws -> T) throws -> T {
    do {
        return try call()
    } catch let error as Loc2VecError {
        throw error
    } catch {
        throw Loc2VecError(error.localizedDescription)
    }
}

/// Calls functions, and methods that return strings, which Swift does not import as throwing.
func go<T>(reporting call: (NSErrorPointer) -> T) throws -> T {
    var error: NSError?
    let result = call(&error)
    if let error = error {
        throw Loc2VecError(error.localizedDescription)
    }
    return result
}

/// Unwraps the result that Go always returns without an error.
func some<T>(_ result: T?) throws -> T {
    guard let result = result else { throw Loc2VecError("E_INTERNAL: no result and no error") }
    return result
}

/// Calls a method that returns a number through a pointer.
func number<T: BinaryInteger>(_ call: (UnsafeMutablePointer<T>) throws -> Void) throws -> Int {
    var n: T = 0
    try go { try call(&n) }
    return Int(n)
}

/// Calls a method that returns a Boolean through a pointer.
func truth(_ call: (UnsafeMutablePointer<ObjCBool>) throws -> Void) throws -> Bool {
    var result: ObjCBool = false
    try go { try call(&result) }
    return result.boolValue
}

private let workers = DispatchQueue(label: "io.github.loc2vec", qos: .userInitiated, attributes: .concurrent)

/// Runs a call of Go, which blocks, on a thread of this library.
func inBackground<T>(_ work: @escaping () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        workers.async { continuation.resume(with: Result { try go(work) }) }
    }
}

/// Runs a call of Go with a task that is cancelled when the caller is. The call ends soon after that.
func inTask<T>(_ work: @escaping (L2VMobileTask) throws -> T) async throws -> T {
    let task: L2VMobileTask = try some(go(reporting: { error in L2VMobileOpenTask(error) }))
    return try await withTaskCancellationHandler {
        do {
            return try await inBackground { try work(task) }
        } catch let error as Loc2VecError where error.code == .cancelled {
            throw CancellationError()
        }
    } onCancel: {
        try? task.cancel()
    }
}
