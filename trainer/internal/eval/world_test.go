package eval

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// world is a patchwork of 25 m fields, each of one layer, sampled once per pixel.
type world struct {
	pixels int
	// layer returns the layer of a field, and NumLayers for none.
	layer func(x, y int64) int
}

func (w world) Draw(dst []uint8, pose raster.Pose) error {
	clear(dst)
	const field, metres = 25.0, 200.0
	unit := pose.Place.Point().MetresPerUnit()
	centre := pose.Place.Offset(pose.East, pose.North).Point()
	sin, cos := math.Sincos(pose.Heading * math.Pi / 180)
	for py := range w.pixels {
		for px := range w.pixels {
			right := (float64(px) + 0.5 - float64(w.pixels)/2) * metres / float64(w.pixels)
			up := (float64(w.pixels)/2 - float64(py) - 0.5) * metres / float64(w.pixels)
			east, north := right*cos+up*sin, up*cos-right*sin
			x := int64(math.Floor((centre.X*unit + east) / field))
			y := int64(math.Floor((centre.Y*unit - north) / field))
			if c := w.layer(x, y); c < loc2vec.NumLayers {
				dst[(c*w.pixels+py)*w.pixels+px] = 255
			}
		}
	}
	return nil
}

// patchwork chooses each field's layer by a hash of its position. A third of the fields have none.
func patchwork(x, y int64) int {
	h := fnv.New32a()
	for _, v := range []int64{x, y} {
		for range 8 {
			h.Write([]byte{byte(v)})
			v >>= 8
		}
	}
	return int(h.Sum32() >> 8 % (loc2vec.NumLayers * 3 / 2))
}

// testRegion is n places of a patchwork, on a grid of 300 m with gaps so that blocks differ.
func testRegion(n int) *Region {
	r := &Region{Name: "patchwork", Pixels: 32, Drawer: func() Drawer { return world{32, patchwork} }}
	origin := loc2vec.LatLon{Lat: 50, Lon: 8}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		r.Places = append(r.Places, origin.Offset(float64(i%20)*600+100*rng.Float64(), float64(i/20)*600+100*rng.Float64()))
	}
	return r
}

// random fills a matrix with normal numbers.
func random(n, d int, rng *rand.Rand) matrix {
	m := newMatrix(n, d)
	for i := range m.data {
		m.data[i] = float32(rng.NormFloat64())
	}
	return m
}

// blocksOfOne puts each place into a block of its own.
func blocksOfOne(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
