package raster_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// endingContext ends when it is looked at for the last time.
type endingContext struct {
	context.Context
	looks int
}

func (c *endingContext) Err() error {
	if c.looks--; c.looks < 0 {
		return context.Canceled
	}
	return nil
}

// TestDrawContext ends drawings at every look at the context, within a tile of many parts and of one long part. The next
// drawing is right.
func TestDrawContext(t *testing.T) {
	place := loc2vec.LatLon{Lat: 53.07, Lon: 8.8}
	at := place.Point().Tile()
	zigzag := make([]loc2vec.TilePoint, 20_000)
	for i := range zigzag {
		zigzag[i] = loc2vec.TilePoint{X: int32(i%2) * loc2vec.Extent, Y: int32(i*7919) % loc2vec.Extent}
	}
	for name, part := range map[string]loc2vec.Part{
		"line":  {Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 60, Points: zigzag},
		"ring":  {Layer: loc2vec.Water, Kind: loc2vec.KindArea, Points: zigzag},
		"discs": {Layer: loc2vec.Commerce, Kind: loc2vec.KindDisc, Size: 300},
	} {
		var tile raster.Tile
		if part.Kind == loc2vec.KindDisc {
			for _, p := range zigzag {
				part.Points = []loc2vec.TilePoint{p}
				tile.Append(&part)
			}
		} else {
			tile.Append(&part)
		}
		lookUp := func(id loc2vec.Tile) (*raster.Tile, error) {
			if id == at {
				return &tile, nil
			}
			return nil, nil
		}
		spec := raster.Spec{Metres: 2000, Pixels: 64}
		r, pose := raster.New(spec), raster.Pose{Place: place}
		want, got := make([]byte, loc2vec.NumLayers*64*64), make([]byte, loc2vec.NumLayers*64*64)
		if err := r.Draw(want, pose, lookUp); err != nil {
			t.Fatal(err)
		}
		looks := 0
		for ; ; looks++ {
			err := r.DrawContext(&endingContext{t.Context(), looks}, got, pose, lookUp)
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if err := r.Draw(got, pose, lookUp); err != nil || !slices.Equal(got, want) {
				t.Fatalf("%s: after an ended drawing: another raster, %v", name, err)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: another raster with a context", name)
		}
		if least := 8; looks < least {
			t.Errorf("%s: %d looks at the context, want %d or more", name, looks, least)
		}
	}
}

// TestMaxTiles: a window that reaches into too many tiles is an error that does not name the place.
func TestMaxTiles(t *testing.T) {
	r := raster.New(raster.Spec{Metres: 20_000, Pixels: 500})
	dst := make([]byte, loc2vec.NumLayers*500*500)
	asked := 0
	lookUp := func(loc2vec.Tile) (*raster.Tile, error) { asked++; return nil, nil }
	if err := r.Draw(dst, raster.Pose{Place: loc2vec.LatLon{Lat: 60}, Heading: 45}, lookUp); err != nil {
		t.Error(err)
	}
	asked = 0
	if err := r.Draw(dst, raster.Pose{Place: loc2vec.LatLon{Lat: 85}}, lookUp); !errors.Is(err, loc2vec.ErrNoCoverage) || asked > 0 {
		t.Errorf("at 85 degrees: %v, %d tiles", err, asked)
	}
}
