package geofile

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec/internal/xmllimit"
)

// Limits that keep a hostile file from filling the memory.
const (
	// gpxDepth limits the nesting of tags. Extensions of receivers are eight deep.
	gpxDepth = 64
	// gpxElementBytes limits the text of a point with all that is in it, and of any other element. Descriptions of some
	// programs are pages of HTML.
	gpxElementBytes = 4 << 20
)

// gpxPoint is a waypoint, route point or track point of GPX (https://www.topografix.com/GPX/1/1/).
type gpxPoint struct {
	Lat  string `xml:"lat,attr"`
	Lon  string `xml:"lon,attr"`
	Time string `xml:"time"`

	Elevation   string `xml:"ele"`
	Name        string `xml:"name"`
	Comment     string `xml:"cmt"`
	Description string `xml:"desc"`
	Symbol      string `xml:"sym"`
	Kind        string `xml:"type"`
}

// gpxVisitor receives the elements of a GPX file.
type gpxVisitor struct {
	point   func(name string, line int, p gpxPoint) error
	segment func() // called before the points of a segment of a track or of a route; may be nil
}

// readGPX visits the points of a file.
func readGPX(r *bufio.Reader, visit gpxVisitor) error {
	limited := xmllimit.NewReader(r, xmllimit.Limits{Depth: gpxDepth, Element: gpxElementBytes})
	d := xml.NewDecoder(limited)
	d.CharsetReader = charsetReader
	root := true
	for {
		limited.Next()
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			if root {
				return errors.New("no gpx element")
			}
			return nil
		}
		if err != nil {
			return err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		name := start.Name.Local
		if root && name != "gpx" {
			return fmt.Errorf("the root element is %s, want gpx", quote(name))
		}
		root = false
		switch name {
		case "trk", "trkseg", "rte":
			if visit.segment != nil {
				visit.segment()
			}
		case "wpt", "rtept", "trkpt":
			line, _ := d.InputPos()
			var p gpxPoint
			if err := d.DecodeElement(&p, &start); err != nil {
				return err
			}
			if err := visit.point(name, line, p); err != nil {
				return err
			}
		}
	}
}

// readTrackGPX reads the points of tracks, or the points of routes in a file without a track point.
func readTrackGPX(r *bufio.Reader) (*trackReader, error) {
	track, route := new(trackReader), new(trackReader)
	waypoints := 0
	err := readGPX(r, gpxVisitor{
		segment: func() { track.interrupt(); route.interrupt() },
		point: func(name string, line int, p gpxPoint) error {
			reader := track
			switch name {
			case "wpt":
				waypoints++
				return nil
			case "rtept":
				reader = route
			}
			fix, err := parsePlace(p.Lat, p.Lon)
			if err != nil {
				return reader.add(line, Fix{}, err)
			}
			when, err := parseTime(strings.TrimSpace(p.Time))
			return reader.add(line, Fix{Place: fix, Time: when}, err)
		},
	})
	switch {
	case err != nil:
		return nil, err
	case track.rows > 0:
		return track, nil
	case route.rows > 0:
		route.note("points of a route: the file has no track point")
		return route, nil
	case waypoints > 0:
		return nil, fmt.Errorf("no point of a track or route in it, only %d waypoints", waypoints)
	}
	return track, nil
}

// WriteGPX writes a track as GPX 1.1, with a segment for each part without a Break. It leaves the times out unless the
// track is Timed.
func WriteGPX(w io.Writer, t *Track, name string) error {
	out := bufio.NewWriter(w)
	out.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<gpx version="1.1" creator="loc2vec" xmlns="http://www.topografix.com/GPX/1/1">` + "\n<trk><name>")
	if err := xml.EscapeText(out, []byte(name)); err != nil {
		return fmt.Errorf("writing a track: %w", err)
	}
	out.WriteString("</name><trkseg>\n")
	for i, f := range t.Fixes {
		if f.Break && i > 0 {
			out.WriteString("</trkseg><trkseg>\n")
		}
		fmt.Fprintf(out, `<trkpt lat="%.7f" lon="%.7f">`, f.Place.Lat, f.Place.Lon)
		if t.Timed {
			fmt.Fprintf(out, "<time>%s</time>", f.Time.UTC().Format(time.RFC3339Nano))
		}
		out.WriteString("</trkpt>\n")
	}
	out.WriteString("</trkseg></trk>\n</gpx>\n")
	if err := out.Flush(); err != nil { // the first error of all writes
		return fmt.Errorf("writing a track: %w", err)
	}
	return nil
}
