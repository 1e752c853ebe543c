package osmextract

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/pack"
)

// extractFile builds small PBF files: each element type in its own block, nothing compressed.
type extractFile struct {
	box       *loc2vec.Bounds
	strings   []string
	nodes     []testNode
	ways      []testWay
	relations []testRelation

	// located chooses the ways that carry the coordinates of their nodes, nil for none. unknown are nodes
	// whose coordinates they lack. locatedFeature says so in the header, and keepNode chooses the nodes to
	// write, nil for all.
	located        func(way int64) bool
	unknown        []int64
	locatedFeature bool
	keepNode       func(id int64) bool
}

type testNode struct {
	id   int64
	at   loc2vec.LatLon
	tags string
}

type testWay struct {
	id    int64
	nodes []int64
	tags  string
}

type testRelation struct {
	id      int64
	members string // "outer:1 inner:2 :3", ways
	tags    string
}

// text returns the number of a string in the string table.
func (e *extractFile) text(s string) uint64 {
	if len(e.strings) == 0 {
		e.strings = []string{""}
	}
	i := slices.Index(e.strings, s)
	if i < 0 {
		i = len(e.strings)
		e.strings = append(e.strings, s)
	}
	return uint64(i)
}

func bytesField(dst []byte, field protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(dst, field, protowire.BytesType), value)
}

func varintField(dst []byte, field protowire.Number, value uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(dst, field, protowire.VarintType), value)
}

// tags returns the packed keys and values of "key=value key=value".
func (e *extractFile) tags(text string) (keys, values []byte) {
	for _, f := range strings.Fields(text) {
		k, v, _ := strings.Cut(f, "=")
		keys = protowire.AppendVarint(keys, e.text(k))
		values = protowire.AppendVarint(values, e.text(v))
	}
	return keys, values
}

func appendDeltas(dst []byte, values []int64) []byte {
	last := int64(0)
	for _, v := range values {
		dst = protowire.AppendVarint(dst, protowire.EncodeZigZag(v-last))
		last = v
	}
	return dst
}

// bytes returns the file.
func (e *extractFile) bytes() []byte {
	frame := func(dst []byte, kind string, content []byte) []byte {
		blob := bytesField(nil, 1, content)
		header := varintField(bytesField(nil, 1, []byte(kind)), 3, uint64(len(blob)))
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(header)))
		return append(append(dst, header...), blob...)
	}
	header := bytesField(nil, 4, []byte("OsmSchema-V0.6"))
	if b := e.box; b != nil {
		nano := func(v float64) uint64 { return protowire.EncodeZigZag(int64(math.Round(v * 1e9))) }
		box := varintField(varintField(nil, 1, nano(b.Min.Lon)), 2, nano(b.Max.Lon))
		box = varintField(varintField(box, 3, nano(b.Max.Lat)), 4, nano(b.Min.Lat))
		header = bytesField(header, 1, box)
	}
	if e.locatedFeature {
		header = bytesField(header, 5, []byte("LocationsOnWays"))
	}
	file := frame(nil, "OSMHeader", header)
	for _, group := range [][]byte{e.nodeGroup(), e.wayGroup(), e.relationGroup()} {
		var table []byte
		for _, s := range e.strings {
			table = bytesField(table, 1, []byte(s))
		}
		file = frame(file, "OSMData", bytesField(bytesField(nil, 1, table), 2, group))
	}
	return file
}

func (e *extractFile) nodeGroup() []byte {
	var ids, lats, lons []int64
	var tags []byte
	for _, n := range e.nodes {
		if e.keepNode != nil && !e.keepNode(n.id) {
			continue
		}
		ids = append(ids, n.id)
		lats = append(lats, int64(math.Round(n.at.Lat*1e7)))
		lons = append(lons, int64(math.Round(n.at.Lon*1e7)))
		for _, f := range strings.Fields(n.tags) {
			k, v, _ := strings.Cut(f, "=")
			tags = protowire.AppendVarint(protowire.AppendVarint(tags, e.text(k)), e.text(v))
		}
		tags = append(tags, 0)
	}
	dense := bytesField(nil, 1, appendDeltas(nil, ids))
	dense = bytesField(bytesField(dense, 8, appendDeltas(nil, lats)), 9, appendDeltas(nil, lons))
	return bytesField(nil, 2, bytesField(dense, 10, tags))
}

func (e *extractFile) wayGroup() []byte {
	var group []byte
	for _, w := range e.ways {
		keys, values := e.tags(w.tags)
		way := bytesField(bytesField(varintField(nil, 1, uint64(w.id)), 2, keys), 3, values)
		way = bytesField(way, 8, appendDeltas(nil, w.nodes))
		if e.located != nil && e.located(w.id) {
			way = e.appendLocations(way, w.nodes)
		}
		group = bytesField(group, 3, way)
	}
	return group
}

// appendLocations adds the coordinates of the nodes of a way.
func (e *extractFile) appendLocations(way []byte, nodes []int64) []byte {
	var lats, lons []int64
	for _, id := range nodes {
		lat, lon := int64(math.MaxInt32), int64(math.MaxInt32) // what osmium writes for an unknown one
		i := slices.IndexFunc(e.nodes, func(n testNode) bool { return n.id == id })
		if !slices.Contains(e.unknown, id) {
			lat, lon = int64(math.Round(e.nodes[i].at.Lat*1e7)), int64(math.Round(e.nodes[i].at.Lon*1e7))
		}
		lats, lons = append(lats, lat), append(lons, lon)
	}
	return bytesField(bytesField(way, 9, appendDeltas(nil, lats)), 10, appendDeltas(nil, lons))
}

func (e *extractFile) relationGroup() []byte {
	var group []byte
	for _, r := range e.relations {
		keys, values := e.tags(r.tags)
		var roles, types []byte
		var ids []int64
		for _, m := range strings.Fields(r.members) {
			role, id, _ := strings.Cut(m, ":")
			n := int64(0)
			for _, digit := range id {
				n = n*10 + int64(digit-'0')
			}
			roles, types, ids = protowire.AppendVarint(roles, e.text(role)), append(types, 1), append(ids, n)
		}
		relation := bytesField(bytesField(varintField(nil, 1, uint64(r.id)), 2, keys), 3, values)
		relation = bytesField(bytesField(bytesField(relation, 8, roles), 9, appendDeltas(nil, ids)), 10, types)
		group = bytesField(group, 4, relation)
	}
	return group
}

// write puts the file into a directory of the test.
func (e *extractFile) write(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.osm.pbf")
	if err := os.WriteFile(path, e.bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// extractOf extracts files and opens the pack.
func extractOf(t testing.TB, opts Options) (*pack.Reader, Stats) {
	t.Helper()
	data, stats := extractBytes(t, opts)
	pack, err := pack.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if err := pack.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	return pack, stats
}

func extractBytes(t testing.TB, opts Options) ([]byte, Stats) {
	t.Helper()
	var out bytes.Buffer
	opts.TempDir = t.TempDir()
	stats, err := Extract(context.Background(), &out, opts)
	if err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(opts.TempDir)
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
	if stats.PackBytes != int64(out.Len()) {
		t.Errorf("%d bytes, the statistics say %d", out.Len(), stats.PackBytes)
	}
	return out.Bytes(), stats
}

// areasIn adds up the areas of a pack by layer, in square metres on the ground near the middle.
func areasIn(t testing.TB, pack *pack.Reader) map[string]float64 {
	t.Helper()
	areas := map[string]float64{}
	eachPart(t, pack, func(tile loc2vec.Tile, p *loc2vec.Part) {
		if p.Kind != loc2vec.KindArea {
			return
		}
		step := tile.Origin().MetresPerUnit() / grid.Across
		areas[p.Layer.String()] += float64(grid.DoubleArea(gridOf(p.Points))) / 2 * step * step
	})
	return areas
}

// gridOf returns points of a tile as points of a grid.
func gridOf(points []loc2vec.TilePoint) []grid.Point {
	ring := make([]grid.Point, len(points))
	for i, p := range points {
		ring[i] = grid.Point{X: p.X, Y: p.Y}
	}
	return ring
}

// eachPart visits all parts of a pack.
func eachPart(t testing.TB, pack *pack.Reader, visit func(loc2vec.Tile, *loc2vec.Part)) {
	t.Helper()
	var d mvt.Decoder
	var data []byte
	for tile, err := range pack.Tiles() {
		if err != nil {
			t.Fatal(err)
		}
		if data, err = pack.ReadTile(data[:0], tile); err != nil {
			t.Fatal(err)
		}
		if err := d.Decode(data, func(p *loc2vec.Part) { visit(tile, p) }); err != nil {
			t.Fatal(err)
		}
	}
}
