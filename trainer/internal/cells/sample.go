package cells

import (
	"errors"
	"math"

	"github.com/loc2vec/loc2vec"
)

// MaxSample bounds the places of a sample: their vectors are in memory together, 64 bytes each.
const MaxSample = 1 << 16

// maxLooked bounds the quad cells that are looked at for a sample, a second of work.
const maxLooked = 1 << 22

// errLarge is the error of a sample of too many places.
var errLarge = errors.New("too many places")

// SampleOptions say where Sample takes places.
type SampleOptions struct {
	Box      loc2vec.Bounds // around what is sampled
	Contains func(loc2vec.LatLon) bool
	Zoom     int // of the quad cells whose centres are the places
}

// Sample returns the centres of the quad cells of a zoom that lie within something: places that are evenly spread, and
// the same for whatever contains them. Of something with more than MaxSample of them it takes those of a coarser zoom, of
// something without any those of a finer one, up to MaxQuadZoom; what is smaller still has no places. The zoom that
// was used is returned as well.
func Sample(o SampleOptions) ([]loc2vec.LatLon, int) {
	coarser := false
	for {
		places, err := o.centres()
		switch {
		case err != nil:
			o.Zoom--
			coarser = true
		case len(places) > 0 || coarser || o.Zoom >= MaxQuadZoom:
			return places, o.Zoom
		default:
			o.Zoom++
		}
	}
}

// centres returns the centres of the quad cells that are contained.
func (o *SampleOptions) centres() ([]loc2vec.LatLon, error) {
	nw := quadOf(loc2vec.LatLon{Lat: o.Box.Max.Lat, Lon: o.Box.Min.Lon}, uint32(o.Zoom))
	se := quadOf(loc2vec.LatLon{Lat: o.Box.Min.Lat, Lon: o.Box.Max.Lon}, uint32(o.Zoom))
	across := uint32(1) << o.Zoom
	columns := se.x - nw.x + 1
	if o.Box.Min.Lon > o.Box.Max.Lon {
		columns = min(across-nw.x+se.x+1, across)
	}
	if float64(columns)*float64(se.y-nw.y+1) > maxLooked {
		return nil, errLarge
	}
	var places []loc2vec.LatLon
	for y := nw.y; y <= se.y; y++ {
		for i := range columns {
			place := quad{uint32(o.Zoom), (nw.x + i) & (across - 1), y}.centre()
			if !o.Contains(place) {
				continue
			}
			if len(places) == MaxSample {
				return nil, errLarge
			}
			places = append(places, place)
		}
	}
	return places, nil
}

// SampleZoom returns the zoom of samples whose places are nearest to a distance in metres apart, coarser where a cell of
// a size would have more than MaxSample of them.
func SampleZoom(metres, squareMetres, lat float64) (int, error) {
	zoom, err := ZoomFor(metres, lat)
	if err != nil {
		return 0, err
	}
	// Cells of a grid are up to twice as large as others.
	for zoom > 0 && 2*squareMetres/math.Pow(Side(zoom, lat), 2) > MaxSample {
		zoom--
	}
	return zoom, nil
}
