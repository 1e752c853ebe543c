// swift-tools-version:5.7
import PackageDescription

let package = Package(
    name: "Loc2Vec",
    platforms: [.iOS(.v13)],
    products: [.library(name: "Loc2Vec", targets: ["Loc2Vec"])],
    targets: [
        // Built by `make xcframework`, which also copies the base model to Base. (With a folder
        // named Resources, code signing for iOS would mistake the bundle for one of macOS.)
        .binaryTarget(name: "Loc2VecCore", path: "build/Loc2VecCore.xcframework"),
        .target(name: "Loc2Vec", dependencies: ["Loc2VecCore"], resources: [.copy("Base")]),
        .testTarget(name: "Loc2VecTests", dependencies: ["Loc2Vec"], resources: [.copy("Regions")]),
    ]
)
