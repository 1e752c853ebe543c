import Foundation
import Loc2VecCore

/// What `Model.cutRegion` cuts a region to.
public enum Area: Hashable, Sendable {
    /// A box from its south-western to its north-eastern corner. It crosses the antimeridian if west exceeds east.
    case box(southWest: Coordinate, northEast: Coordinate)
    /// All that lies up to a distance from a track.
    case corridor(track: [Coordinate], metres: Double)

    /// Adds the area to those of Go.
    func add(to all: L2VMobileArea) throws {
        switch self {
        case let .box(southWest, northEast):
            try all.addBox(
                southWest.latitude, westDeg: southWest.longitude, northDeg: northEast.latitude,
                eastDeg: northEast.longitude)
        case let .corridor(track, metres):
            try all.addCorridor(bytes(of: track), metres: metres)
        }
    }
}

/// Pairs of latitude and longitude, little-endian.
func bytes(of places: [Coordinate]) -> Data {
    var data = Data(capacity: 16 * places.count)
    for place in places {
        for degrees in [place.latitude, place.longitude] {
            withUnsafeBytes(of: degrees.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
    }
    return data
}

/// Passes the progress of a call of Go on.
final class ProgressReport: NSObject, L2VMobileProgressProtocol {
    private let report: @Sendable (Int64, Int64) -> Void

    init(_ report: @escaping @Sendable (Int64, Int64) -> Void) { self.report = report }

    func onProgress(_ done: Int64, total: Int64) throws { report(done, total) }
}
