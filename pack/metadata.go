package pack

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"
)

// FormatVersion is the version of the region pack format that this build writes and reads.
const FormatVersion = 1

// Metadata describes a region pack: the JSON metadata of the PMTiles archive. FORMAT.md lists
// the keys. Writer fills in FormatVersion, the counts and ContentSHA256.
type Metadata struct {
	Name          string           // name of the region
	FormatVersion int              // FormatVersion
	SchemaHash    string           // hash of the layer rules, schema.Hash
	Attribution   string           // "© OpenStreetMap contributors, ODbL 1.0"
	Sources       []Source         // the extracts it was made from
	Area          []loc2vec.Bounds // covered area: places outside all of these are unknown, not empty
	Origin        *Origin          // what the pack was cut from, nil if it is no cut
	Tiles         int              // tiles in the covered area, empty ones included
	Entries       int              // entries of the directory: runs of tiles with the same contents
	Contents      int              // number of distinct tile contents
	Features      map[string]int   // points, lines and outer rings per layer name, counted in each tile they reach
	ContentSHA256 string           // hex, over tile data and directories; names the contents
}

// Date returns the date of the newest source, RFC 3339, or "" if it is unknown.
func (m *Metadata) Date() string {
	date := ""
	for _, s := range m.Sources {
		date = max(date, s.Date)
	}
	return date
}

// Source names one input of a pack.
type Source struct {
	Name   string `json:"name"`   // base name of the file, or "postgis"
	SHA256 string `json:"sha256"` // hex, empty for a database
	Date   string `json:"date"`   // replication timestamp or newest object, RFC 3339, empty when unknown
	Bytes  int64  `json:"bytes"`
}

// Origin names the pack that another was cut from (Reader.Cut). The sources of a cut, with their dates, are those of
// its origin.
type Origin struct {
	Name          string `json:"name"`
	ContentSHA256 string `json:"content_sha256"`
	// Reach is how far around each place of the covered area the cut has the tiles of its origin, in metres.
	Reach float64 `json:"reach"`
}

// description is the text that viewers show next to the name.
const description = "Map features in twelve layers for loc2vec: lines with their width, points with the radius they are drawn with, in decimetres."

// metadataJSON is the form of Metadata in the file, with the keys that PMTiles viewers expect.
type metadataJSON struct {
	Name          string         `json:"name"`
	Description   string         `json:"description"`
	Attribution   string         `json:"attribution"`
	Type          string         `json:"type"`
	FormatVersion int            `json:"format_version"`
	SchemaHash    string         `json:"schema_hash"`
	ContentSHA256 string         `json:"content_sha256"`
	Sources       []Source       `json:"sources"`
	Area          [][4]float64   `json:"area"` // west, south, east, north, as in GeoJSON
	Origin        *Origin        `json:"cut_from,omitempty"`
	Tiles         int            `json:"tiles"`
	Entries       int            `json:"tile_entries"`
	Contents      int            `json:"tile_contents"`
	Features      map[string]int `json:"features"`
	VectorLayers  []vectorLayer  `json:"vector_layers"`
}

// vectorLayer describes a layer as TileJSON 3.0 does.
type vectorLayer struct {
	ID      string            `json:"id"`
	Fields  map[string]string `json:"fields"`
	MinZoom int               `json:"minzoom"`
	MaxZoom int               `json:"maxzoom"`
}

// MarshalJSON returns the metadata in the form of FORMAT.md.
func (m Metadata) MarshalJSON() ([]byte, error) {
	j := metadataJSON{
		Name: m.Name, Description: description, Attribution: m.Attribution, Type: "overlay",
		FormatVersion: m.FormatVersion, SchemaHash: m.SchemaHash, ContentSHA256: m.ContentSHA256,
		Sources: m.Sources, Origin: m.Origin, Tiles: m.Tiles, Entries: m.Entries, Contents: m.Contents, Features: m.Features,
	}
	for _, b := range m.Area {
		j.Area = append(j.Area, [4]float64{b.Min.Lon, b.Min.Lat, b.Max.Lon, b.Max.Lat})
	}
	for l := range loc2vec.Layer(loc2vec.NumLayers) {
		j.VectorLayers = append(j.VectorLayers, vectorLayer{
			ID:      l.String(),
			Fields:  map[string]string{mvt.AttributeWidth: "Number", mvt.AttributeRadius: "Number"},
			MinZoom: loc2vec.Zoom,
			MaxZoom: loc2vec.Zoom,
		})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(j); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// UnmarshalJSON is the inverse of MarshalJSON. It ignores unknown keys.
func (m *Metadata) UnmarshalJSON(data []byte) error {
	var j metadataJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*m = Metadata{
		Name: j.Name, Attribution: j.Attribution,
		FormatVersion: j.FormatVersion, SchemaHash: j.SchemaHash, ContentSHA256: j.ContentSHA256,
		Sources: j.Sources, Origin: j.Origin, Tiles: j.Tiles, Entries: j.Entries, Contents: j.Contents, Features: j.Features,
	}
	for _, b := range j.Area {
		m.Area = append(m.Area, loc2vec.Bounds{Min: loc2vec.LatLon{Lat: b[1], Lon: b[0]}, Max: loc2vec.LatLon{Lat: b[3], Lon: b[2]}})
	}
	return nil
}

// checkArea validates the covered area.
func (m *Metadata) checkArea() error {
	if len(m.Area) == 0 {
		return fmt.Errorf("no covered area")
	}
	for _, b := range m.Area {
		for _, corner := range []loc2vec.LatLon{b.Min, b.Max} {
			if err := corner.Validate(); err != nil {
				return fmt.Errorf("covered area: %w", err)
			}
		}
		if b.Min.Lat > b.Max.Lat {
			return fmt.Errorf("covered area: south %v is greater than north %v", b.Min.Lat, b.Max.Lat)
		}
	}
	return nil
}

// bounds returns the box around the whole area, which must be valid. It spans all longitudes
// when a box of the area crosses the antimeridian, since viewers do not expect west to exceed east.
func (m *Metadata) bounds() loc2vec.Bounds {
	around := m.Area[0]
	for _, b := range m.Area {
		if b.Min.Lon > b.Max.Lon {
			b.Min.Lon, b.Max.Lon = -180, 180
		}
		around.Min.Lat = min(around.Min.Lat, b.Min.Lat)
		around.Min.Lon = min(around.Min.Lon, b.Min.Lon)
		around.Max.Lat = max(around.Max.Lat, b.Max.Lat)
		around.Max.Lon = max(around.Max.Lon, b.Max.Lon)
	}
	return around
}

// reach returns how far tiles around the covered area belong to it, in metres.
func (m *Metadata) reach() float64 {
	if m.Origin == nil {
		return 0
	}
	return m.Origin.Reach
}

// checkOrigin validates what a cut says of its origin.
func (m *Metadata) checkOrigin() error {
	if reach := m.reach(); !(reach >= 0 && reach <= MaxReach) {
		return fmt.Errorf("cut with a reach of %v metres, want 0 to %v", reach, MaxReach)
	}
	return nil
}
