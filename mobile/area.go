package mobile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/area"
)

// Area is what a region is cut to: boxes and the corridors of tracks together.
type Area struct {
	mu        sync.Mutex
	boxes     []loc2vec.Bounds
	corridors []*area.Corridor
	open      bool
}

// OpenArea returns an area without parts.
func OpenArea() (a *Area, err error) { return &Area{open: true}, nil }

func (a *Area) check() error {
	if a == nil || !a.open {
		return fmt.Errorf("area: %w", errNotOpen)
	}
	return nil
}

// AddBox adds a box. One whose west exceeds its east crosses the antimeridian.
func (a *Area) AddBox(southDeg, westDeg, northDeg, eastDeg float64) (err error) {
	defer guard(&err)
	if err := a.check(); err != nil {
		return err
	}
	b := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: southDeg, Lon: westDeg}, Max: loc2vec.LatLon{Lat: northDeg, Lon: eastDeg}}
	if b.Min.Validate() != nil || b.Max.Validate() != nil || b.Min.Lat > b.Max.Lat {
		return fmt.Errorf("%w: want latitudes within ±90, south below north, and longitudes within ±180 degrees", loc2vec.ErrCoordinate)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.boxes = append(a.boxes, b)
	return nil
}

// AddCorridor adds all that lies up to a distance in metres from a track. Its places are pairs of latitude and
// longitude in degrees, each a little-endian float64.
func (a *Area) AddCorridor(track []byte, metres float64) (err error) {
	defer guard(&err)
	if err := a.check(); err != nil {
		return err
	}
	places, err := parsePlaces(track)
	if err != nil {
		return err
	}
	corridor, err := area.NewCorridor([][]loc2vec.LatLon{places}, metres)
	if errors.Is(err, loc2vec.ErrCoordinate) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errArgument, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.corridors = append(a.corridors, corridor)
	return nil
}

// cover returns boxes that contain the area.
func (a *Area) cover(ctx context.Context) ([]loc2vec.Bounds, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	a.mu.Lock()
	boxes, corridors := slices.Clone(a.boxes), a.corridors
	a.mu.Unlock()
	if len(boxes)+len(corridors) == 0 {
		return nil, fmt.Errorf("%w: the area is empty", errArgument)
	}
	for _, c := range corridors {
		around, err := c.Cover(ctx)
		if err != nil {
			return nil, err
		}
		boxes = append(boxes, around...)
	}
	return boxes, nil
}
