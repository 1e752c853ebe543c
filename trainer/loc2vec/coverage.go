package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/format"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/trainer/internal/outline"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
)

// coverageFile is the GeoJSON file of inspect --coverage (RFC 7946).
type coverageFile struct {
	Type     string            `json:"type"`
	Features []coverageFeature `json:"features"`
}

// coverageFeature is the covered area of one pack.
type coverageFeature struct {
	Type       string             `json:"type"`
	Properties coverageProperties `json:"properties"`
	Geometry   coverageGeometry   `json:"geometry"`
}

type coverageProperties struct {
	Name          string       `json:"name"`
	File          string       `json:"file"`
	Date          string       `json:"date,omitempty"` // of the newest source, RFC 3339
	ContentSHA256 string       `json:"content_sha256"`
	SchemaHash    string       `json:"schema_hash"`
	Attribution   string       `json:"attribution"`
	Tiles         int          `json:"tiles"`
	CutFrom       *pack.Origin `json:"cut_from,omitempty"`
}

type coverageGeometry struct {
	Type        string           `json:"type"`
	Coordinates [][][][2]float64 `json:"coordinates"` // longitude first
}

// writeCoverage writes the covered areas of packs to a file, or to standard output for "-".
func writeCoverage(ctx context.Context, std stdio, path string, files []string) error {
	if path != "-" {
		if err := checkOutput("--coverage", path, files...); err != nil {
			return err
		}
	}
	made := coverageFile{Type: "FeatureCollection"}
	for _, file := range files {
		kind, err := kindOf(file)
		if err != nil {
			return err
		}
		if kind != format.Pack {
			return usagef("%s: only region packs cover an area", file)
		}
		feature, err := coverageOf(ctx, file)
		if err != nil {
			return err
		}
		made.Features = append(made.Features, feature)
	}
	write := func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return e.Encode(made)
	}
	if path == "-" {
		return write(std.out)
	}
	return output.Write(path, write)
}

// coverageOf returns the covered area of the pack at path.
func coverageOf(ctx context.Context, path string) (_ coverageFeature, err error) {
	p, err := pack.OpenFile(path)
	if err != nil {
		return coverageFeature{}, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	boxes, err := coveredRectangles(ctx, p)
	if err != nil {
		return coverageFeature{}, err
	}
	m := p.Metadata()
	f := coverageFeature{
		Type: "Feature",
		Properties: coverageProperties{
			Name: m.Name, File: path, Date: m.Date(), ContentSHA256: m.ContentSHA256, SchemaHash: m.SchemaHash,
			Attribution: m.Attribution, Tiles: m.Tiles, CutFrom: m.Origin,
		},
		Geometry: coverageGeometry{Type: "MultiPolygon", Coordinates: [][][][2]float64{}},
	}
	for _, polygon := range outline.Polygons(boxes) {
		var rings [][][2]float64
		for _, ring := range polygon {
			var positions [][2]float64
			for _, corner := range ring {
				positions = append(positions, [2]float64{corner.Lon, corner.Lat})
			}
			rings = append(rings, positions)
		}
		f.Geometry.Coordinates = append(f.Geometry.Coordinates, rings)
	}
	return f, nil
}

// coveredRectangles returns boxes that make up what a pack covers: what its tiles have in common with the boxes of its
// metadata, to 7 decimals. None crosses the antimeridian.
func coveredRectangles(ctx context.Context, p *pack.Reader) ([]loc2vec.Bounds, error) {
	var boxes []loc2vec.Bounds
	for _, b := range p.Metadata().Area {
		if b.Min.Lon > b.Max.Lon {
			west, east := b, b
			west.Max.Lon, east.Min.Lon = 180, -180
			boxes = append(boxes, west, east)
		} else {
			boxes = append(boxes, b)
		}
	}
	var covered []loc2vec.Bounds
	add := func(row loc2vec.Bounds) {
		for _, b := range boxes {
			c := loc2vec.Bounds{
				Min: loc2vec.LatLon{Lat: rounded(max(b.Min.Lat, row.Min.Lat)), Lon: rounded(max(b.Min.Lon, row.Min.Lon))},
				Max: loc2vec.LatLon{Lat: rounded(min(b.Max.Lat, row.Max.Lat)), Lon: rounded(min(b.Max.Lon, row.Max.Lon))},
			}
			if c.Min.Lat < c.Max.Lat && c.Min.Lon < c.Max.Lon {
				covered = append(covered, c)
			}
		}
	}
	rows := map[uint32][]uint32{} // columns of tiles
	for tile, err := range p.Tiles() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		rows[tile.Y] = append(rows[tile.Y], tile.X)
	}
	for y, columns := range rows {
		slices.Sort(columns)
		for len(columns) > 0 {
			n := 1
			for n < len(columns) && columns[n] == columns[0]+uint32(n) {
				n++
			}
			add(rowBounds(loc2vec.Tile{X: columns[0], Y: y}, loc2vec.Tile{X: columns[n-1], Y: y}))
			columns = columns[n:]
		}
	}
	return covered, nil
}

// rowBounds returns the box of the tiles from one to another in a row. Places beyond Web Mercator belong to the first and
// last rows.
func rowBounds(from, to loc2vec.Tile) loc2vec.Bounds {
	b := from.Bounds()
	b.Max.Lon = to.Bounds().Max.Lon
	if from.Y == 0 {
		b.Max.Lat = 90
	}
	if from.Y == 1<<loc2vec.Zoom-1 {
		b.Min.Lat = -90
	}
	return b
}

// rounded returns degrees to 7 decimals, a centimetre.
func rounded(degrees float64) float64 { return math.Round(degrees*1e7) / 1e7 }
