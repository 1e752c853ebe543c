package sea

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/coast"
	"github.com/loc2vec/loc2vec/internal/geojson"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// FromPolygons computes the sea from water polygons: GeoJSON in WGS84, in any form that package geojson
// reads. It holds one feature at a time, so the file may be that of the whole planet. It passes over
// geometries of other types. Polygons may touch, as in a file that is split along a grid. Where they overlap, the
// sea has two rings. Errors wrap loc2vec.ErrCorrupt for damaged text and loc2vec.ErrCoordinate for
// coordinates that are not degrees, and name the byte.
func FromPolygons(r io.Reader, cover Cover) (*Map, Stats, error) {
	s := newSeaMap(cover)
	p := polygonSea{Map: s, cover: cover}
	others, err := readWaterPolygons(r, p.add)
	if err == nil && p.stats.Polygons == 0 {
		err = errNoPolygon(others)
	}
	if err != nil {
		return nil, Stats{}, err
	}
	p.finish()
	return s, p.stats, nil
}

// polygonSea collects polygons in a Map.
type polygonSea struct {
	*Map
	cover Cover
	stats Stats
}

// add clips a polygon to the tiles. Its rings are closed coasts, so nothing is left to guess.
func (p *polygonSea) add(polygon geojson.Polygon) error {
	p.stats.Polygons++
	chains, err := polygonChains(polygon)
	if err != nil {
		return err
	}
	beyond := false
	for _, chain := range chains {
		beyond = beyond || grid.Beyond([][]grid.Point{chain.points})
	}
	p.addChains(chains)
	if beyond {
		// Polygons across the antimeridian count on both of its sides.
		p.addChains(moved(chains, -grid.Across))
		p.addChains(moved(chains, grid.Across))
	}
	return nil
}

// moved returns chains moved east.
func moved(chains []coastChain, east int32) []coastChain {
	var out []coastChain
	for _, c := range chains {
		c.points = slices.Clone(c.points)
		for i := range c.points {
			c.points[i].X += east
		}
		out = append(out, c)
	}
	return out
}

func (p *polygonSea) addChains(chains []coastChain) {
	clipper := newCoastClipper(p.cover, nil)
	for _, chain := range chains {
		clipper.add(chain)
	}
	for _, t := range sortedTiles(clipper.tiles) {
		tile := clipper.tiles[t]
		events, dropped := tile.Events()
		rings, conflicts := tile.Rings(events, tile.Background())
		p.stats.Conflicts += dropped + conflicts
		p.mixed[t] = append(p.mixed[t], rings...)
	}
	p.fill(chains, clipper)
}

// fill marks the tiles inside the polygon that its rings do not cross. Their centres are inside.
func (p *polygonSea) fill(chains []coastChain, clipper *coastClipper) {
	for y, columns := range p.crossings(chains) {
		slices.Sort(columns)
		row := &p.whole.rows[y]
		for i := 0; i+1 < len(columns); i += 2 {
			first := max(columns[i]+1, int32(row.left))
			last := min(columns[i+1]-1, int32(row.left)+int32(len(row.grounds))-1)
			for x := first; x <= last; x++ {
				t := loc2vec.Tile{X: uint32(x), Y: p.whole.top + uint32(y)}
				if _, crossed := clipper.tiles[t]; !crossed && p.whole.at(t) != outside {
					p.whole.set(t, sea)
				}
			}
		}
	}
}

// crossings returns, for each row of the grid, the columns where the chains cross the middle of the row.
func (p *polygonSea) crossings(chains []coastChain) map[int][]int32 {
	middle := func(row int) int64 {
		return (int64(p.whole.top)+int64(row))<<grid.ExtentBits + loc2vec.Extent/2
	}
	columns := make(map[int][]int32)
	for _, chain := range chains {
		for i, a := range chain.points {
			b := chain.points[(i+1)%len(chain.points)]
			if a.Y > b.Y {
				a, b = b, a
			}
			for row := max(int(a.Y>>grid.ExtentBits)-int(p.whole.top), 0); row < len(p.whole.rows) && middle(row) < int64(b.Y); row++ {
				if middle(row) < int64(a.Y) {
					continue
				}
				x, _ := divide((middle(row)-int64(a.Y))*(int64(b.X)-int64(a.X)), int64(b.Y)-int64(a.Y))
				columns[row] = append(columns[row], int32((x+int64(a.X))>>grid.ExtentBits))
			}
		}
	}
	return columns
}

// finish finds the tiles that several polygons fill together.
func (p *polygonSea) finish() {
	for t, rings := range p.mixed {
		area := int64(0)
		for _, ring := range rings {
			area += loc2vec.DoubleArea(ring)
		}
		if area == coast.Area {
			p.whole.set(t, sea)
		}
		if len(rings) == 0 || p.whole.at(t) == sea {
			delete(p.mixed, t)
		}
	}
	p.count(&p.stats)
}

// polygonChains returns the rings of a polygon with water on their right, whatever their direction in the
// file. It leaves out rings without area on the grid, an outer one together with its inner rings.
func polygonChains(polygon geojson.Polygon) ([]coastChain, error) {
	var chains []coastChain
	for i, ring := range polygon {
		chain := coastChain{closed: true}
		for _, p := range ring {
			ll := loc2vec.LatLon(p)
			if err := ll.Validate(); err != nil {
				return nil, fmt.Errorf("polygons must be in WGS84 degrees (convert with ogr2ogr -t_srs EPSG:4326): %w", err)
			}
			chain.append(grid.Of(ll.Point()))
		}
		if n := len(chain.points); n > 1 && chain.points[0] == chain.points[n-1] {
			chain.points = chain.points[:n-1]
		}
		if len(chain.points) > 0 {
			grid.UnwrapRing(chain.points) // before its direction is known
		}
		area, outer := grid.DoubleArea(chain.points), i == 0
		if area == 0 && outer {
			return nil, nil
		}
		if area == 0 {
			continue
		}
		if outer != (area > 0) {
			slices.Reverse(chain.points)
		}
		chains = append(chains, chain)
	}
	return chains, nil
}

// readWaterPolygons calls emit for each polygon, and counts the geometries of other types that it passes over. A feature
// without a geometry has the type "".
func readWaterPolygons(r io.Reader, emit func(geojson.Polygon) error) (others map[string]int, err error) {
	buffered := bufio.NewReaderSize(r, 1<<16)
	head, _ := buffered.Peek(4) // a shorter file fails below
	if bytes.Equal(head, []byte{0, 0, 0x27, 0x0a}) || bytes.HasPrefix(head, []byte("PK")) {
		return nil, errors.New("shapefiles are not supported: convert the file with ogr2ogr -f GeoJSON -t_srs EPSG:4326 water.geojson water_polygons.shp")
	}
	others = make(map[string]int)
	return others, geojson.Read(buffered, func(_ int, g geojson.Geometry) error {
		if g.Type != "Polygon" && g.Type != "MultiPolygon" {
			others[g.Type]++
			return nil
		}
		polygons, err := g.Polygons()
		if err != nil {
			return err
		}
		for _, polygon := range polygons {
			if err := emit(polygon); err != nil {
				return err
			}
		}
		return nil
	})
}

// errNoPolygon is the error of a file with geometries of other types, if any.
func errNoPolygon(others map[string]int) error {
	var found []string
	for _, kind := range slices.Sorted(maps.Keys(others)) {
		found = append(found, fmt.Sprintf("%d %s", others[kind], cmp.Or(kind, "without a geometry")))
	}
	if len(found) == 0 {
		return fmt.Errorf("%w: the file holds no polygon", loc2vec.ErrCorrupt)
	}
	return fmt.Errorf("%w: the file holds no polygon, only other features: %s", loc2vec.ErrCorrupt, strings.Join(found, ", "))
}
