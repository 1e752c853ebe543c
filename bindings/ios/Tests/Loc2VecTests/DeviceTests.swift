import XCTest

@testable import Loc2Vec

/// Runs on a device or simulator. Tests that need a region are skipped without Regions/region.pmtiles.
final class DeviceTests: XCTestCase {
    private func resource(_ name: String) throws -> URL {
        let url = Bundle.module.resourceURL!.appendingPathComponent("Regions/\(name)")
        try XCTSkipUnless(FileManager.default.fileExists(atPath: url.path), "needs \(name) in Regions: not there")
        return url
    }

    func testErrorsHaveTheirCodes() async throws {
        do {
            _ = try await Model.open(URL(fileURLWithPath: "/none"))
            XCTFail("no error")
        } catch let error as Loc2VecError {
            XCTAssertEqual(error.code, .notFound)
        }
        XCTAssertEqual(Loc2VecError("E_SPACE: a: b").message, "a: b")
        XCTAssertEqual(Loc2VecError("words").code, .failed)
    }

    func testStoredVectors() throws {
        let values = (0..<16).map { Float($0) / 4 }
        let vector = try Vector(space: "here", metric: "euclidean", values: values)
        XCTAssertEqual(vector.values, values)
        XCTAssertEqual(vector, try Vector(space: "here", metric: "euclidean", data: vector.data))
        XCTAssertEqual(try vector.distance(to: vector), 0)
    }

    func testTheVectorsAreThoseOfTheBundle() async throws {
        let model = try await Model.openBase()
        let status = try await model.status()
        XCTAssertTrue(status.healthy, status.problem)
        try await model.addRegion(resource("region.pmtiles"))
        XCTAssertEqual(try model.regions().count, 1)
        try await model.close()
    }

    func testCancelling() async throws {
        let model = try await Model.openBase()
        try await model.addRegion(resource("region.pmtiles"))
        let places = Array(repeating: Coordinate(latitude: 0, longitude: 0), count: 100_000)
        let task = Task { try await model.embedAll(places) }
        task.cancel()
        do {
            _ = try await task.value
        } catch let error as Loc2VecError {
            XCTAssertEqual(error.code, .cancelled)
        }
    }
}
