package sample

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

func (in *placeReader) gpx(r *bufio.Reader) error {
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
		if root && start.Name.Local != "gpx" {
			return fmt.Errorf("the root element is %q, want gpx", start.Name.Local)
		}
		root = false
		switch start.Name.Local {
		case "wpt", "rtept", "trkpt":
			var lat, lon string
			for _, a := range start.Attr {
				switch a.Name.Local {
				case "lat":
					lat = a.Value
				case "lon":
					lon = a.Value
				}
			}
			line, _ := d.InputPos()
			ll, err := parseLatLon(lat, lon)
			in.add(line, ll, err)
		}
	}
}
