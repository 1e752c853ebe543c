package testworld

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// World is a directory of files, with places to embed.
type World struct {
	Model      string // a bundle: small, with random weights
	OtherModel string // a bundle of another space
	Damaged    string // half a bundle
	West, East string // packs of two neighbouring tiles
	Foreign    string // a pack of another schema

	Inside   loc2vec.LatLon // in the west, among houses
	Border   loc2vec.LatLon // between west and east
	Unmapped loc2vec.LatLon // in the west, where nothing is mapped
	Outside  loc2vec.LatLon // in neither
}

// Make writes the files to an existing directory. It must be called inside the module.
func Make(tb testing.TB, dir string) *World {
	tb.Helper()
	west, east := West(), East()
	w := &World{
		Inside: At(west, 3000, 4000), Border: Border(), Unmapped: At(west, 4000, 7500),
		Outside: loc2vec.LatLon{Lat: 53.0758, Lon: 8.8072},
	}
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o666); err != nil {
			tb.Fatal(err)
		}
		return path
	}
	model := BundleFile(tb, "pooled")
	w.Model, w.Damaged = write("model.l2v", model), write("damaged.l2v", model[:len(model)/2])
	w.OtherModel = write("other.l2v", BundleFile(tb, "lite"))
	w.West = write("west.pmtiles", Pack(tb, "west", Schema, west))
	w.East = write("east.pmtiles", Pack(tb, "east", Schema, east))
	w.Foreign = write("foreign.pmtiles", Pack(tb, "foreign", OtherSchema, west))
	return w
}
