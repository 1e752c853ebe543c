package cells

import (
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/h3"
)

// H3 returns the H3 cells of a resolution, 0 to 15.
func H3(resolution int) (*Grid, error) {
	if resolution < 0 || resolution > h3.MaxResolution {
		return nil, fmt.Errorf("H3 resolution %d is not within 0..%d", resolution, h3.MaxResolution)
	}
	grid := h3.New()
	h := &hierarchy[h3.Cell]{
		level:    resolution,
		children: h3.Cell.Children,
		box:      func(c h3.Cell, r int) loc2vec.Bounds { return disc(grid.Centre(c), h3.Reach(r)) },
		cell:     func(c h3.Cell) Cell { return h3Cell(grid, c) },
		centre:   grid.Centre,
	}
	return &Grid{
		Name:             fmt.Sprintf("H3 cells of resolution %d", resolution),
		MeanSquareMetres: func(float64) float64 { return sphere / (2 + 120*math.Pow(7, float64(resolution))) },
		walk: func(f filter) bool {
			for _, c := range h3.Base() {
				if !h.walk(&f, c, 0) {
					return false
				}
			}
			return true
		},
	}, nil
}

// h3Cell describes a cell.
func h3Cell(grid *h3.Grid, id h3.Cell) Cell {
	c := Cell{
		ID: id.String(), Centre: grid.Centre(id), Ring: grid.Outline(id),
		Contains: func(p loc2vec.LatLon) bool {
			at, err := grid.Cell(p, id.Resolution())
			return err == nil && at == id
		},
	}
	c.Box = around(c.Ring)
	for _, pole := range []float64{90, -90} {
		if c.Contains(loc2vec.LatLon{Lat: pole}) {
			c.Box.Min.Lat, c.Box.Max.Lat = min(c.Box.Min.Lat, pole), max(c.Box.Max.Lat, pole)
			c.Box.Min.Lon, c.Box.Max.Lon = -180, 180
		}
	}
	return c
}

// disc returns a box that contains the places within an angle in radians around a place.
func disc(middle loc2vec.LatLon, angle float64) loc2vec.Bounds {
	degrees := angle * (180 / math.Pi)
	b := loc2vec.Bounds{
		Min: loc2vec.LatLon{Lat: max(middle.Lat-degrees, -90), Lon: -180},
		Max: loc2vec.LatLon{Lat: min(middle.Lat+degrees, 90), Lon: 180},
	}
	ratio := math.Sin(angle) / math.Cos(middle.Lat*math.Pi/180)
	if b.Min.Lat > -90 && b.Max.Lat < 90 && ratio < 1 {
		wide := math.Asin(ratio) * (180 / math.Pi)
		b.Min.Lon, b.Max.Lon = turned(middle.Lon-wide), turned(middle.Lon+wide)
	}
	return b
}

// turned returns a longitude within ±180.
func turned(lon float64) float64 {
	switch {
	case lon < -180:
		return lon + 360
	case lon > 180:
		return lon - 360
	}
	return lon
}
