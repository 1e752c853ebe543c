package eval

import (
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// halves draws a building half and a park half, split by a vertical line.
func halves(image []uint8, pixels int) {
	plane := pixels * pixels
	for i := range plane {
		if i%pixels < pixels/2 {
			image[int(loc2vec.Building)*plane+i] = 255
		} else {
			image[int(loc2vec.Park)*plane+i] = 255
		}
	}
}

// board draws the same coverages as halves in 8 x 8 fields.
func board(image []uint8, pixels int) {
	plane := pixels * pixels
	for i := range plane {
		layer := loc2vec.Park
		if (i%pixels*8/pixels+i/pixels*8/pixels)%2 == 0 {
			layer = loc2vec.Building
		}
		image[int(layer)*plane+i] = 255
	}
}

func descriptorOf(draw func([]uint8, int)) Descriptor {
	const pixels = 32
	s := newDescriber(pixels)
	image := make([]uint8, s.size())
	draw(image, pixels)
	out := make([]Descriptor, 1)
	s.describe(out, image)
	return out[0]
}

func TestHardNegativesAreFound(t *testing.T) {
	at := loc2vec.LatLon{Lat: 40, Lon: -3}
	water := descriptorOf(func(image []uint8, pixels int) {
		for i := range pixels * pixels {
			image[i] = 255
		}
	})
	views := len(galleryViews())
	// 0: halves; 1: the same layout far away; 2: a board too near; 3: a board far away; 4: water.
	drawn := []Descriptor{descriptorOf(halves), descriptorOf(halves), descriptorOf(board), descriptorOf(board), water}
	places := []loc2vec.LatLon{at, at.Offset(3000, 0), at.Offset(300, 0), at.Offset(0, 2000), at.Offset(-2000, 0)}
	var descriptors []Descriptor
	for _, s := range drawn {
		for range views {
			descriptors = append(descriptors, s)
		}
	}
	found := findHardNegatives(places, descriptors, views)
	if found[0].place != 3 || found[0].chiSquare > 1e-6 || found[0].layoutDifference < minLayoutDifference {
		t.Errorf("the hard negative of place 0 is %+v, want place 3", found[0])
	}
	if found[4].place != -1 {
		t.Errorf("water has the hard negative %+v, want none", found[4])
	}

	// A histogram fails because its vectors of anchor and negative are equal. A method that knows the
	// place succeeds.
	region := &Region{Name: "test", Places: places}
	boot := newBootstrap(blocksOf(places), rand.New(rand.NewPCG(1, 1)))
	blind := embedded{method: Method{Name: "blind", Role: Model}}
	knowing := embedded{method: Method{Name: "knowing", Role: Oracle}}
	for range views {
		blind.views = append(blind.views, newMatrix(len(places), 1))
		m := newMatrix(len(places), 1)
		for i := range places {
			m.row(i)[0] = float32(i)
		}
		knowing.views = append(knowing.views, m)
	}
	s := study{gallery: region, methods: []embedded{blind, knowing}, descriptors: descriptors, plan: plan{scanner: scanner{views: galleryViews()}}, boot: boot}
	got := s.hardTriplets()
	if got.Triplets != 4 {
		t.Errorf("%d triplets, want 4: all but the water", got.Triplets)
	}
	if got.Rows[0].Accuracy.Value != 0 || got.Rows[1].Accuracy.Value != 1 {
		t.Errorf("accuracies %v and %v, want 0 and 1", got.Rows[0].Accuracy.Value, got.Rows[1].Accuracy.Value)
	}
	if lead := got.Rows[1].Lead; lead == nil || lead.Value != -1 {
		t.Errorf("lead %v, want -1", lead)
	}
}

func TestLayoutDifference(t *testing.T) {
	upright, checked := descriptorOf(halves), descriptorOf(board)
	turned := descriptorOf(func(image []uint8, pixels int) {
		plane := pixels * pixels
		for i := range plane {
			if i/pixels < pixels/2 {
				image[int(loc2vec.Building)*plane+i] = 255
			} else {
				image[int(loc2vec.Park)*plane+i] = 255
			}
		}
	})
	if d := newLayoutComparer().difference(&upright, &upright); d != 0 {
		t.Errorf("a raster differs from itself by %v", d)
	}
	// A rotation by 90° maps cells onto cells.
	if d := newLayoutComparer().difference(&upright, &turned); d > 0.01 {
		t.Errorf("a raster differs from itself, turned, by %v", d)
	}
	if d := newLayoutComparer().difference(&upright, &checked); d < 0.4 {
		t.Errorf("halves differ from a board by %v only", d)
	}
	empty := Descriptor{}
	if d := newLayoutComparer().difference(&empty, &empty); d != 0 {
		t.Errorf("empty rasters differ by %v", d)
	}
	if d := newLayoutComparer().difference(&upright, &empty); d != 1 {
		t.Errorf("a raster differs from an empty one by %v, want 1", d)
	}
}
