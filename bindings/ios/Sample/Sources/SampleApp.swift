import Loc2Vec
import SwiftUI

/// Shows the vector of a place and the encoder's input. Needs region.pmtiles in the app.
@main
struct SampleApp: App {
    var body: some Scene {
        WindowGroup { PlaceView() }
    }
}

struct PlaceView: View {
    @State private var latitude = "43.7392"
    @State private var longitude = "7.4277"
    @State private var answer = ""
    @State private var picture: UIImage?
    @State private var model: Model?

    var body: some View {
        ScrollView {
            VStack(alignment: .leading, spacing: 12) {
                TextField("Latitude", text: $latitude)
                TextField("Longitude", text: $longitude)
                Button("What is it like there?") { Task { await show() } }
                Text(answer).font(.footnote.monospaced())
                if let picture = picture {
                    Image(uiImage: picture).resizable().scaledToFit()
                }
            }
            .padding()
        }
        .task { await open() }
    }

    private func open() async {
        do {
            let folder = FileManager.default.urls(for: .applicationSupportDirectory, in: .userDomainMask)[0]
            let store = try await Store.open(folder.appendingPathComponent("maps"))
            guard let file = Bundle.main.url(forResource: "region", withExtension: "pmtiles") else {
                answer = "The app has no region.pmtiles."
                return
            }
            try await store.install("region.pmtiles", from: file)
            let opened = try await Model.openBase()
            try await store.addRegions(to: opened)
            model = opened
            answer = try opened.regions().map { "\($0.name). \($0.attribution)" }.joined(separator: "\n")
        } catch {
            answer = error.localizedDescription
        }
    }

    private func show() async {
        guard let model = model else { return }
        do {
            let at = Coordinate(latitude: Double(latitude) ?? .nan, longitude: Double(longitude) ?? .nan)
            let explanation = try await model.explain(at)
            let place = try explanation.place()
            let layers = explanation.layers.sorted { $0.distance > $1.distance }.prefix(3).map(\.layer)
            answer = """
                \(place.vector.values)
                \(Int(place.mapped * 100)) % mapped, \(try model.engine())
                \(layers.joined(separator: ", "))
                """
            picture = UIImage(data: try explanation.png())
        } catch {
            answer = error.localizedDescription
        }
    }
}
