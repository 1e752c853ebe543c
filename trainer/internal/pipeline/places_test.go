package pipeline

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// TestPlacesOfAFile: the places of a walk come in random order, which follows from the seed.
func TestPlacesOfAFile(t *testing.T) {
	r, err := OpenRegion([]string{monacoPack(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	walk, _, err := sample.Draw(t.Context(), r.Tiles, sample.DefaultDraw(300, 1))
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(walk, func(a, b loc2vec.LatLon) int { return cmp.Compare(a.Lat, b.Lat) })
	var csv strings.Builder
	for _, p := range walk {
		fmt.Fprintf(&csv, "%v,%v\n", p.Lat, p.Lon)
	}
	path := filepath.Join(t.TempDir(), "walk.csv")
	if err := os.WriteFile(path, []byte(csv.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	read := func(seed uint64) []loc2vec.LatLon {
		p := Pipeline{Messages: io.Discard, Region: r, Config: train.Config{Seed: seed}}
		places, err := p.readPlaces(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		return places
	}
	first := read(1)
	south := 0
	for _, p := range first[:100] {
		if p.Lat <= walk[99].Lat {
			south++
		}
	}
	if south > 60 { // 33 by chance
		t.Errorf("%d of the first 100 places are of the first 100 rows", south)
	}
	if !slices.Equal(first, read(1)) || slices.Equal(first, read(2)) {
		t.Error("the order does not follow from the seed")
	}
	slices.SortFunc(first, func(a, b loc2vec.LatLon) int { return cmp.Compare(a.Lat, b.Lat) })
	if !slices.Equal(first, walk) {
		t.Error("other places than those of the file")
	}
}
