package eval

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

func TestTurn(t *testing.T) {
	src := []uint8{
		1, 2, 3,
		4, 5, 6,
		7, 8, 9,
	}
	src = append(src, 11, 12, 13, 14, 15, 16, 17, 18, 19)
	dst := turn(src, 2)
	want := []uint8{
		7, 4, 1,
		8, 5, 2,
		9, 6, 3,
		17, 14, 11, 18, 15, 12, 19, 16, 13,
	}
	if !slices.Equal(dst, want) {
		t.Errorf("turned %v, want %v", dst, want)
	}
}

// A method that sees one corner of a raster sees, turned, the mean of all four; it does not tell a
// raster from one that is turned by a quarter.
func TestTurned(t *testing.T) {
	const edge, views = 6, 3
	area := edge * edge
	corner := Method{Dimension: 1, Role: Model, Embed: func(dst []float32, v Views) error {
		for k, image := range v.images() {
			dst[k] = float32(image[0])
		}
		return nil
	}}
	rng := rand.New(rand.NewPCG(1, 1))
	v := Views{Rasters: make([]uint8, views*loc2vec.NumLayers*area), Poses: make([]raster.Pose, views)}
	for i := range v.Rasters {
		v.Rasters[i] = uint8(rng.IntN(256))
	}
	before := slices.Clone(v.Rasters)
	m := Turned("turned", corner)
	if m.Role != OtherUse || m.Name != "turned" {
		t.Errorf("%q with role %s", m.Name, m.Role)
	}
	got := make([]float32, views)
	if err := m.Embed(got, v); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(v.Rasters, before) {
		t.Error("the rasters are changed")
	}
	for k, image := range v.images() {
		want := (float32(image[0]) + float32(image[edge-1]) + float32(image[area-edge]) + float32(image[area-1])) / 4
		if got[k] != want {
			t.Errorf("view %d: %v, want %v", k, got[k], want)
		}
	}
	quarter := v
	quarter.Rasters = turn(v.Rasters, views*loc2vec.NumLayers)
	again := make([]float32, views)
	if err := m.Embed(again, quarter); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(again, got) { // sums of bytes are exact in any order
		t.Errorf("a quarter turn changes %v to %v", got, again)
	}
}
