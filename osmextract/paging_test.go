package osmextract

import (
	"bytes"
	"context"
	"io"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

// readCounter counts the bytes that are read through it.
type readCounter struct {
	io.ReaderAt
	bytes int
}

func (r *readCounter) ReadAt(p []byte, at int64) (int, error) {
	n, err := r.ReaderAt.ReadAt(p, at)
	r.bytes += n
	return n, err
}

// covered reports whether a place is covered by a layer.
func covered(t *testing.T, pack *pack.Reader, layer loc2vec.Layer, place loc2vec.LatLon) bool {
	t.Helper()
	spec := raster.Spec{Metres: 200, Pixels: 128}
	dst := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	if err := raster.New(spec).Draw(dst, raster.Pose{Place: place}, tilesOfPack(pack)); err != nil {
		t.Fatal(err)
	}
	return dst[(int(layer)*spec.Pixels+spec.Pixels/2)*spec.Pixels+spec.Pixels/2] > 127
}

// tilesOfPack returns a reader of tiles for a rasterizer.
func tilesOfPack(p *pack.Reader) func(loc2vec.Tile) (*raster.Tile, error) {
	var reader pack.TileReader
	return func(id loc2vec.Tile) (*raster.Tile, error) {
		tile := new(raster.Tile)
		_, err := reader.Parts(context.Background(), pack.Set{p}, id, tile.Append)
		return tile, err
	}
}

// Readers page packs: opening a pack reads its header, a window only its tiles and their leaf directories.
func TestPacksArePaged(t *testing.T) {
	for _, c := range []struct {
		name  string
		place loc2vec.LatLon
	}{
		{"delaware", loc2vec.LatLon{Lat: 39.7459, Lon: -75.5466}}, // Wilmington
		{"london", loc2vec.LatLon{Lat: 51.5136, Lon: -0.1365}},    // Soho
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "london" && testing.Short() {
				t.Skip("takes seconds")
			}
			data, _ := extractBytes(t, Options{Files: []string{osmtestdata.Path(t, c.name)}})
			file := &readCounter{ReaderAt: bytes.NewReader(data)}
			pack, err := pack.Open(file, int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			// The root directory is in the first 16 KiB, as PMTiles has it; the rest is metadata.
			opened := file.bytes
			if opened > 32<<10 {
				t.Errorf("%d of %d bytes were read to open the pack", opened, len(data))
			}
			tiles := 0
			read := tilesOfPack(pack)
			spec := raster.Spec{Metres: 200, Pixels: 128}
			dst := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
			err = raster.New(spec).Draw(dst, raster.Pose{Place: c.place}, func(id loc2vec.Tile) (*raster.Tile, error) {
				tiles++
				return read(id)
			})
			if err != nil {
				t.Fatal(err)
			}
			if slices.Max(dst) == 0 {
				t.Error("there is nothing in the window")
			}
			window := file.bytes - opened
			if tiles == 0 || tiles > 4 || window > 256<<10 || window > len(data)/10 {
				t.Errorf("%d tiles, %d of %d bytes were read for a window", tiles, window, len(data))
			}
			t.Logf("pack of %d bytes: %d to open it, %d for a window of %d tiles", len(data), opened, window, tiles)
		})
	}
}
