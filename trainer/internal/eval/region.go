package eval

import (
	"context"
	"fmt"
	"hash/maphash"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// EmptyCoverage is the coverage of the fullest layer below which a place counts as empty.
const EmptyCoverage = 0.005

// Drawer draws one raster [C][H][W]. It need not be safe for concurrent use.
type Drawer interface {
	Draw(dst []uint8, pose raster.Pose) error
}

// Region is a set of places that can be drawn.
type Region struct {
	Name   string
	Pixels int // H and W
	Places []loc2vec.LatLon
	// Drawer returns a drawer for one goroutine.
	Drawer func() Drawer
	// Counter counts shapes for the baseline that needs them; it may be nil.
	Counter Counter
}

// Dropped counts the candidates that did not become places of a gallery.
type Dropped struct {
	Candidates int `json:"candidates"` // places that were drawn
	Empty      int `json:"empty"`      // no layer reaches EmptyCoverage
	Duplicates int `json:"duplicates"` // same bytes as an earlier place
}

// Gallery returns the region with its first n places that are neither empty nor duplicates, or with
// fewer when there are no more. Places should be in random order and at least 250 m apart.
func (r *Region) Gallery(ctx context.Context, n int) (*Region, Dropped, error) {
	var dropped Dropped
	out := *r
	out.Places = nil
	drawer := r.Drawer()
	d := newDescriber(r.Pixels)
	image := make([]uint8, d.size())
	descriptor := make([]Descriptor, 1)
	seed := maphash.MakeSeed() // the result does not depend on the choice of a 64-bit hash
	seen := map[uint64]bool{}
	for _, at := range r.Places {
		if len(out.Places) == n {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, dropped, err
		}
		if err := drawer.Draw(image, raster.Pose{Place: at}); err != nil {
			return nil, dropped, fmt.Errorf("drawing %v of %s: %w", at, r.Name, err)
		}
		dropped.Candidates++
		d.describe(descriptor, image)
		hash := maphash.Bytes(seed, image)
		switch {
		case descriptor[0].fullest() < EmptyCoverage:
			dropped.Empty++
		case seen[hash]:
			dropped.Duplicates++
		default:
			seen[hash] = true
			out.Places = append(out.Places, at)
		}
	}
	return &out, dropped, nil
}
