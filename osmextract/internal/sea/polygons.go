package sea

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/paulmach/orb"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// FromPolygons computes the sea from water polygons: GeoJSON in WGS84, either a FeatureCollection or a
// sequence of features (RFC 7946, RFC 8142). It holds one feature at a time, so the file may be that of
// the whole planet. Polygons may touch, as in a file that is split along a grid. Where they overlap, the
// sea has two rings. Errors wrap loc2vec.ErrCorrupt for damaged text and loc2vec.ErrCoordinate for
// coordinates that are not degrees, and name the byte.
func FromPolygons(r io.Reader, cover Cover) (*Map, Stats, error) {
	s := newSeaMap(cover)
	p := polygonSea{Map: s, cover: cover}
	if err := readWaterPolygons(r, p.add); err != nil {
		return nil, Stats{}, err
	}
	if p.stats.Polygons == 0 {
		return nil, Stats{}, fmt.Errorf("%w: the file holds no polygon", loc2vec.ErrCorrupt)
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
func (p *polygonSea) add(polygon orb.Polygon) error {
	p.stats.Polygons++
	chains, err := polygonChains(polygon)
	if err != nil {
		return err
	}
	clipper := newCoastClipper(p.cover)
	for _, chain := range chains {
		clipper.add(chain)
	}
	for _, t := range sortedTiles(clipper.tiles) {
		coast := clipper.tiles[t]
		events, dropped := coast.events()
		rings, conflicts := coast.rings(t, events, coast.background(t))
		p.stats.Conflicts += dropped + conflicts
		p.mixed[t] = append(p.mixed[t], rings...)
	}
	p.fill(chains, clipper)
	return nil
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
			area += shoelace(ring)
		}
		if area == tileArea {
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
func polygonChains(polygon orb.Polygon) ([]coastChain, error) {
	var chains []coastChain
	for i, ring := range polygon {
		chain := coastChain{closed: true}
		for _, p := range ring {
			ll := loc2vec.LatLon{Lat: p.Lat(), Lon: p.Lon()}
			if err := ll.Validate(); err != nil {
				return nil, fmt.Errorf("polygons must be in WGS84 degrees (convert with ogr2ogr -t_srs EPSG:4326): %w", err)
			}
			chain.append(grid.Of(ll.Point()))
		}
		if n := len(chain.points); n > 1 && chain.points[0] == chain.points[n-1] {
			chain.points = chain.points[:n-1]
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

// readWaterPolygons calls emit for each polygon.
func readWaterPolygons(r io.Reader, emit func(orb.Polygon) error) error {
	buffered := bufio.NewReaderSize(r, 1<<16)
	head, _ := buffered.Peek(4) // a shorter file fails below
	if bytes.Equal(head, []byte{0, 0, 0x27, 0x0a}) || bytes.HasPrefix(head, []byte("PK")) {
		return errors.New("shapefiles are not supported: convert the file with ogr2ogr -f GeoJSON -t_srs EPSG:4326 water.geojson water_polygons.shp")
	}
	d := json.NewDecoder(recordReader{buffered})
	for {
		err := readGeoJSON(d, emit)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("at byte %d: %w", d.InputOffset(), err)
		}
	}
}

// recordReader replaces the record separators of a GeoJSON text sequence (RFC 8142) by spaces.
type recordReader struct{ r io.Reader }

func (r recordReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	for i := range p[:n] {
		if p[i] == 0x1e {
			p[i] = ' '
		}
	}
	return n, err
}

// readGeoJSON reads a FeatureCollection or a Feature. It returns io.EOF at the end of the file.
func readGeoJSON(d *json.Decoder, emit func(orb.Polygon) error) error {
	start, err := d.Token()
	if err == io.EOF {
		return io.EOF
	}
	if err != nil {
		return corruptJSON(err)
	}
	return readMembers(d, start, func(key json.Token) error {
		if key == "features" {
			return readFeatures(d, emit)
		}
		return readMember(d, key, emit)
	})
}

// readMembers calls read with the key of each member of the object that begins with start.
func readMembers(d *json.Decoder, start json.Token, read func(key json.Token) error) error {
	if start != json.Delim('{') {
		return fmt.Errorf("%w: not GeoJSON", loc2vec.ErrCorrupt)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return corruptJSON(err)
		}
		if err := read(key); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return corruptJSON(err)
}

// readFeatures reads the array of a FeatureCollection, one feature at a time. Features do not nest, which
// bounds the depth.
func readFeatures(d *json.Decoder, emit func(orb.Polygon) error) error {
	start, err := d.Token()
	if err != nil {
		return corruptJSON(err)
	}
	if start != json.Delim('[') {
		return fmt.Errorf("%w: features is not an array", loc2vec.ErrCorrupt)
	}
	for d.More() {
		start, err := d.Token()
		if err != nil {
			return corruptJSON(err)
		}
		if err := readMembers(d, start, func(key json.Token) error { return readMember(d, key, emit) }); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return corruptJSON(err)
}

// readMember reads the geometry of a feature and skips its other members.
func readMember(d *json.Decoder, key json.Token, emit func(orb.Polygon) error) error {
	if key == "geometry" {
		return readGeometry(d, emit)
	}
	var skipped json.RawMessage
	return corruptJSON(d.Decode(&skipped))
}

// readGeometry reads the geometry of a feature. It ignores geometries other than polygons, and null. The
// type geojson.Geometry of orb panics at a collection with a null member.
func readGeometry(d *json.Decoder, emit func(orb.Polygon) error) error {
	var geometry struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	}
	if err := d.Decode(&geometry); err != nil {
		return corruptJSON(err)
	}
	var polygons orb.MultiPolygon
	switch geometry.Type {
	case "Polygon":
		polygons = make(orb.MultiPolygon, 1)
		if err := json.Unmarshal(geometry.Coordinates, &polygons[0]); err != nil {
			return corruptJSON(err)
		}
	case "MultiPolygon":
		if err := json.Unmarshal(geometry.Coordinates, &polygons); err != nil {
			return corruptJSON(err)
		}
	}
	for _, polygon := range polygons {
		if err := emit(polygon); err != nil {
			return err
		}
	}
	return nil
}

// corruptJSON marks an error of the decoder, such as the end of the file, as corrupt data. It leaves an
// error of the reader as it is.
func corruptJSON(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if err == io.ErrUnexpectedEOF || errors.As(err, &syntax) || errors.As(err, &kind) {
		return fmt.Errorf("%w: %w", loc2vec.ErrCorrupt, err)
	}
	return err
}
