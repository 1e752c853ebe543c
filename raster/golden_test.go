package raster_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

var update = flag.Bool("update", false, "rewrite testdata/golden.txt")

// TestGolden compares every byte of a small raster with testdata/golden.txt: coverage in hexadecimal, two dots
// for 0.
func TestGolden(t *testing.T) {
	point := func(x, y int32) loc2vec.TilePoint { return loc2vec.TilePoint{X: x, Y: y} }
	triangle := area(loc2vec.Water, point(3900, 3850), point(4350, 4300), point(3800, 4200))
	triangle.Parts = append(triangle.Parts, reversed(rect(3950, 4050, 4050, 4150)))
	s := scene{monaco: {
		triangle,
		{Layer: loc2vec.MajorRoad, Kind: loc2vec.KindLine, Size: 160, Parts: [][]loc2vec.TilePoint{
			{point(3700, 4000), point(4000, 4050), point(4100, 4250), point(4096, 3700)},
		}},
		{Layer: loc2vec.Path, Kind: loc2vec.KindLine, Size: 10, Parts: [][]loc2vec.TilePoint{
			{point(3800, 4400), point(4400, 3800)},
			{point(3900, 3900), point(4000, 3900)},
		}},
		{Layer: loc2vec.Commerce, Kind: loc2vec.KindDisc, Size: 100, Parts: [][]loc2vec.TilePoint{{point(4000, 4000)}}},
		{Layer: loc2vec.Commerce, Kind: loc2vec.KindDisc, Size: 300, Parts: [][]loc2vec.TilePoint{{point(4300, 4200)}}},
	}}
	small := raster.Spec{Metres: 200, Pixels: 24}
	dst := make([]uint8, loc2vec.NumLayers*small.Pixels*small.Pixels)
	pose := raster.Pose{Place: place(monaco, 4096, 4096), Heading: 10}
	if err := raster.New(small).Draw(dst, pose, s.decoded()); err != nil {
		t.Fatal(err)
	}

	var got bytes.Buffer
	for l := range loc2vec.Layer(loc2vec.NumLayers) {
		layer := dst[int(l)*small.Pixels*small.Pixels:][:small.Pixels*small.Pixels]
		if bytes.Count(layer, []byte{0}) == len(layer) {
			continue
		}
		fmt.Fprintf(&got, "%v\n", l)
		for row := range small.Pixels {
			for _, v := range layer[row*small.Pixels:][:small.Pixels] {
				if v == 0 {
					got.WriteString(" ..")
				} else {
					fmt.Fprintf(&got, " %02x", v)
				}
			}
			got.WriteByte('\n')
		}
	}
	const path = "testdata/golden.txt"
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the raster differs from %s (run with -update if it should):\n%s", path, got.Bytes())
	}
}
