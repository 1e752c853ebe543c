package raster

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/detmath"
)

// TestRadius: no raster looks beyond Radius, and one that is rotated by 45 degrees looks nearly that far.
func TestRadius(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 5))
	for _, spec := range []Spec{{Metres: 200, Pixels: 64}, {Metres: 200, Pixels: 128}, {Metres: 40, Pixels: 400}, {Metres: 5000, Pixels: 100}} {
		r, farthest := New(spec), 0.0
		dst := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
		for i := range 3000 {
			pose := Pose{Place: loc2vec.LatLon{Lat: rng.Float64()*140 - 70, Lon: rng.Float64()*360 - 180}, Heading: float64(45 * (i % 8))}
			if i%2 == 0 {
				pose.Heading = rng.Float64() * 360
			}
			if i%10 == 0 {
				pose.Place.Lat = rng.Float64()*170 - 85
			}
			_, cos := detmath.SincosDegrees(pose.Place.Lat)
			at, unit := pose.Place.Point(), loc2vec.EarthCircumference*cos
			err := r.Draw(dst, pose, func(tile loc2vec.Tile) (*Tile, error) {
				nw := tile.Origin()
				dx := math.Mod(at.X-nw.X+1.5, 1) - 0.5 // to the western edge, the shorter way
				dx = max(-dx, dx-1.0/tilesAcross, 0)
				dy := max(nw.Y-at.Y, at.Y-nw.Y-1.0/tilesAcross, 0)
				farthest = max(farthest, dx*unit, dy*unit)
				return nil, nil
			})
			if err != nil && spec.Metres < 1000 { // at the poles 5 km reach into too many tiles
				t.Fatal(err)
			}
		}
		if limit := spec.Radius(); farthest > limit || farthest < 0.9*limit {
			t.Errorf("%v: a tile at %.1f m was asked for, Radius is %.1f m", spec, farthest, limit)
		}
	}
}
