package geofile

import (
	"errors"
	"io"
	"iter"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/textfile"
)

// Waypoint is a point of a GPX file.
type Waypoint struct {
	Fields []string // of WaypointColumns, empty for a missing one
	Place  loc2vec.LatLon
	Err    error // why there is no place; nil: there is one
}

// WaypointColumns returns the names of what a point of GPX has: its element (wpt, rtept or trkpt), then elements in it.
func WaypointColumns() []string {
	return []string{"element", "lat", "lon", "ele", "time", "name", "cmt", "desc", "sym", "type"}
}

// Waypoints yields the points of a GPX file: waypoints, and those of routes and tracks. An error ends it.
func Waypoints(r io.Reader) iter.Seq2[Waypoint, error] {
	return func(yield func(Waypoint, error) bool) {
		errStopped := errors.New("stopped")
		in, err := textfile.NewReader(r)
		if err == nil {
			err = readGPX(in, gpxVisitor{point: func(element string, _ int, p gpxPoint) error {
				w := Waypoint{Fields: []string{element, p.Lat, p.Lon, p.Elevation, p.Time, p.Name, p.Comment, p.Description, p.Symbol, p.Kind}}
				if w.Place, w.Err = parsePlace(p.Lat, p.Lon); w.Err == nil {
					w.Place, w.Err = CheckFix(w.Place)
				}
				if !yield(w, nil) {
					return errStopped
				}
				return nil
			}})
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(Waypoint{}, err)
		}
	}
}
