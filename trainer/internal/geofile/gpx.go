package geofile

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// gpxPoint is a waypoint, route point or track point of GPX 1.1 (https://www.topografix.com/GPX/1/1/).
type gpxPoint struct {
	Lat  string `xml:"lat,attr"`
	Lon  string `xml:"lon,attr"`
	Time string `xml:"time"`
}

// readGPX calls visit with each point: the name of its element, its line and its values.
func readGPX(r *bufio.Reader, visit func(name string, line int, p gpxPoint) error) error {
	d := xml.NewDecoder(r)
	root := true
	for {
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
			return fmt.Errorf("the root element is %q, want gpx", name)
		}
		root = false
		switch name {
		case "wpt", "rtept", "trkpt":
			line, _ := d.InputPos()
			var p gpxPoint
			if err := d.DecodeElement(&p, &start); err != nil {
				return err
			}
			if err := visit(name, line, p); err != nil {
				return err
			}
		}
	}
}

// readTrackGPX reads the points of tracks, or the points of routes in a file without tracks.
func readTrackGPX(r *bufio.Reader) (*Track, error) {
	track, route := new(Track), new(Track)
	err := readGPX(r, func(name string, line int, p gpxPoint) error {
		fix, err := parseFix(p.Lat, p.Lon, strings.TrimSpace(p.Time))
		switch name {
		case "trkpt":
			return track.add(line, fix, err)
		case "rtept":
			return route.add(line, fix, err)
		}
		return nil
	})
	if len(track.Fixes) == 0 && len(route.Fixes) > 0 {
		return route, err
	}
	return track, err
}

// WriteGPX writes a track as GPX 1.1. It leaves the times out unless the track is Timed.
func WriteGPX(w io.Writer, t *Track, name string) error {
	out := bufio.NewWriter(w)
	out.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<gpx version="1.1" creator="loc2vec" xmlns="http://www.topografix.com/GPX/1/1">` + "\n<trk><name>")
	if err := xml.EscapeText(out, []byte(name)); err != nil {
		return fmt.Errorf("writing a track: %w", err)
	}
	out.WriteString("</name><trkseg>\n")
	for _, f := range t.Fixes {
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
