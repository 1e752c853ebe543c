package pbf_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/osm"
	"github.com/paulmach/osm/osmpbf"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/osmextract/internal/pbf"
)

// all is every type of element.
const all = pbf.Nodes | pbf.Ways | pbf.Relations

// text describes the fields of an element that the decoder fills.
func text(o osm.Object) string {
	degrees := func(v float64) int32 { return int32(math.Round(v * 1e7)) }
	switch o := o.(type) {
	case *osm.Node:
		return fmt.Sprint("n", int64(o.ID), " ", degrees(o.Lat), " ", degrees(o.Lon), " ", []osm.Tag(o.Tags))
	case *osm.Way:
		return fmt.Sprint("w", int64(o.ID), " ", o.Nodes.NodeIDs(), " ", []osm.Tag(o.Tags))
	case *osm.Relation:
		return fmt.Sprint("r", int64(o.ID), " ", o.Members, " ", []osm.Tag(o.Tags))
	}
	return fmt.Sprintf("%T", o)
}

// listing collects elements as text.
type listing struct {
	lines []string
}

func (l *listing) visit(o osm.Object) error {
	l.lines = append(l.lines, text(o))
	return nil
}

// list decodes a whole file.
func list(data []byte) ([]string, error) {
	f, err := pbf.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	var l listing
	var d pbf.Decoder
	for _, b := range f.Blobs {
		if err := d.Decode(f, b, all, l.visit); err != nil {
			return l.lines, err
		}
	}
	return l.lines, nil
}

// reference decodes a whole file with paulmach/osm.
func reference(t *testing.T, data []byte) []string {
	t.Helper()
	var lines []string
	scanner := osmpbf.New(context.Background(), bytes.NewReader(data), 1)
	defer scanner.Close()
	for scanner.Scan() {
		lines = append(lines, text(scanner.Object()))
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestElementsEqualPaulmachOSM(t *testing.T) {
	for _, name := range []string{"monaco", "honolulu"} {
		data, err := os.ReadFile(osmtestdata.Path(t, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := list(data)
		if err != nil {
			t.Fatal(err)
		}
		want := reference(t, data)
		if len(got) != len(want) {
			t.Fatalf("%s: %d elements, want %d", name, len(got), len(want))
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%s: element %d is\n%s, want\n%s", name, i, got[i], want[i])
			}
		}
	}
}

// A box beyond the Earth is ignored.
func TestHeaderBoxBeyondTheEarth(t *testing.T) {
	for edge, lat := range map[protowire.Number]int64{3: 91e9, 4: -91e9} {
		file := rawHeader(bytesField(1, varintField(edge, protowire.EncodeZigZag(lat))))
		f, err := pbf.Open(bytes.NewReader(file), int64(len(file)))
		if err != nil || f.Header.Box != nil {
			t.Errorf("latitude %d: %+v, %v", lat, f, err)
		}
	}
}

func TestHeader(t *testing.T) {
	path := osmtestdata.Path(t, "monaco")
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := pbf.Open(file, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	want := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: 43.72335, Lon: 7.409205}, Max: loc2vec.LatLon{Lat: 43.75169, Lon: 7.448637}}
	if f.Header.Box == nil || *f.Header.Box != want {
		t.Errorf("box %v, want %v", f.Header.Box, want)
	}
	if got, want := f.Header.Replicated, time.Date(2015, 4, 27, 20, 21, 2, 0, time.UTC); !got.Equal(want) {
		t.Errorf("replicated %v, want %v", got, want)
	}
	newest := time.Time{}
	visit := func(o osm.Object) error {
		at := o.(interface{ CommittedAt() time.Time }).CommittedAt()
		if at.After(newest) {
			newest = at
		}
		return nil
	}
	d := pbf.Decoder{Timestamps: true}
	for _, b := range f.Blobs {
		if err := d.Decode(f, b, all, visit); err != nil {
			t.Fatal(err)
		}
	}
	if newest.Year() != 2015 || newest.After(f.Header.Replicated) {
		t.Errorf("newest element of %v in a file of %v", newest, f.Header.Replicated)
	}
}

// The builders below make minimal files.

func bytesField(field protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), value)
}

func varintField(field protowire.Number, value uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, field, protowire.VarintType), value)
}

func packedField(field protowire.Number, values ...uint64) []byte {
	var data []byte
	for _, v := range values {
		data = protowire.AppendVarint(data, v)
	}
	return bytesField(field, data)
}

func zigzags(values ...int64) []uint64 {
	var out []uint64
	for _, v := range values {
		out = append(out, protowire.EncodeZigZag(v))
	}
	return out
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// frame makes a file block of a Blob message.
func frame(kind string, blob []byte) []byte {
	header := join(bytesField(1, []byte(kind)), varintField(3, uint64(len(blob))))
	return join(binary.BigEndian.AppendUint32(nil, uint32(len(header))), header, blob)
}

// zlibBlob makes a Blob message that states a size.
func zlibBlob(content []byte, size int) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(content)
	w.Close()
	return join(varintField(2, uint64(size)), bytesField(3, b.Bytes()))
}

func header(features ...string) []byte {
	var content []byte
	for _, f := range features {
		content = append(content, bytesField(4, []byte(f))...)
	}
	return frame("OSMHeader", zlibBlob(content, len(content)))
}

func rawHeader(content []byte) []byte { return frame("OSMHeader", bytesField(1, content)) }

func data(block ...[]byte) []byte {
	content := join(block...)
	return frame("OSMData", zlibBlob(content, len(content)))
}

func stringTable(strings ...string) []byte {
	table := bytesField(1, nil)
	for _, s := range strings {
		table = append(table, bytesField(1, []byte(s))...)
	}
	return bytesField(1, table)
}

func group(objects ...[]byte) []byte { return bytesField(2, join(objects...)) }

func TestPlainNodesAndRawBlobs(t *testing.T) {
	node := join(varintField(1, protowire.EncodeZigZag(42)), packedField(2, 1), packedField(3, 2),
		varintField(8, protowire.EncodeZigZag(-5)), varintField(9, protowire.EncodeZigZag(7)))
	block := join(stringTable("shop", "bakery"), group(bytesField(1, node)),
		varintField(17, 1000), varintField(19, 30_000_000_000), varintField(20, 1<<64-10_000_000_000))
	file := join(rawHeader(bytesField(4, []byte("OsmSchema-V0.6"))), frame("OSMData", bytesField(1, block)))
	got, err := list(file)
	// 30° - 5·1000 nanodegrees, -10° + 7·1000 nanodegrees.
	want := "[n42 299999950 -99999930 [{shop bakery}]]"
	if err != nil || fmt.Sprint(got) != want {
		t.Errorf("%v, %v, want %s", got, err, want)
	}
}

// The decoder hands out nodes beyond the Earth; the visitor checks coordinates.
func TestNodesOffEarth(t *testing.T) {
	dense := join(packedField(1, zigzags(1, 1)...), packedField(8, zigzags(0, 910_000_000)...), packedField(9, zigzags(0, 0)...))
	file := join(rawHeader(nil), data(stringTable(), group(bytesField(2, dense))))
	got, err := list(file)
	if want := "[n1 0 0 [] n2 910000000 0 []]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("%v, %v, want %s", got, err, want)
	}
}

func TestBadFiles(t *testing.T) {
	good := rawHeader(nil)
	way := func(fields ...[]byte) []byte {
		return join(good, data(stringTable("a"), group(bytesField(3, join(fields...)))))
	}
	relation := func(fields ...[]byte) []byte {
		return join(good, data(stringTable("a"), group(bytesField(4, join(fields...)))))
	}
	tests := []struct {
		name string
		file []byte
		want string // in the message
	}{
		{"empty", nil, "empty"},
		{"text", []byte("<?xml version='1.0' encoding='UTF-8'?>"), "not an OpenStreetMap PBF"},
		{"zip", []byte("PK\x03\x04 and so on and so on"), "not an OpenStreetMap PBF"},
		{"data first", data(stringTable()), `of type "OSMData"`},
		{"two headers", join(good, good), fmt.Sprintf("byte %d", len(good))},
		{"half a length", append(good[:len(good):len(good)], 0, 0), fmt.Sprintf("byte %d", len(good))},
		{"half a blob", join(good, data(stringTable())[:20]), "truncated"},
		{"unknown feature", rawHeader(bytesField(4, []byte("HistoricalInformation"))), `"HistoricalInformation"`},
		{"negative blob size", join(good, func() []byte {
			h := join(bytesField(1, []byte("OSMData")), varintField(3, 1<<64-1))
			return join(binary.BigEndian.AppendUint32(nil, uint32(len(h))), h)
		}()), "a blob of"},
		{"inflates to more", join(good, frame("OSMData", zlibBlob(make([]byte, 100), 50))), "instead of 50"},
		{"inflates to less", join(good, frame("OSMData", zlibBlob(make([]byte, 100), 150))), "instead of 150"},
		{"inflates to gigabytes", join(good, frame("OSMData", zlibBlob(nil, math.MaxInt32))), "inflate to"},
		{"no data", join(good, frame("OSMData", varintField(2, 5))), "without data"},
		{"lzma", join(good, frame("OSMData", bytesField(4, []byte("x")))), "with lzma, which is not supported"},
		{"bzip2", join(good, frame("OSMData", bytesField(5, []byte("x")))), "with bzip2, which is not supported"},
		{"string out of range", way(packedField(2, 7), packedField(3, 0)), "string 7 of 2"},
		{"more keys than values", way(packedField(2, 1, 1), packedField(3, 1)), "tags break off"},
		{"broken nodes of a way", way(varintField(1, 5), bytesField(8, []byte{0x80})), "way 5"},
		{"unknown member type", relation(varintField(1, 6), packedField(8, 0), packedField(9, 2), packedField(10, 3)), "relation 6"},
		{"more members than roles", relation(varintField(1, 6), packedField(9, 2, 2), packedField(8, 0), packedField(10, 1)), "relation 6"},
		{"fewer latitudes", join(good, data(stringTable(), group(bytesField(2, join(packedField(1, 2, 2), packedField(8, 2), packedField(9, 2, 2)))))), "differ in length"},
		{"more latitudes", join(good, data(stringTable(), group(bytesField(2, join(packedField(1, 2), packedField(8, 2, 2), packedField(9, 2)))))), "differ in length"},
		{"group of wire type 7", join(good, data(stringTable(), group([]byte{0x1f}))), "wire type"},
		{"box upside down", rawHeader(bytesField(1, join(varintField(3, protowire.EncodeZigZag(1e9)), varintField(4, protowire.EncodeZigZag(2e9))))), "upside down"},
	}
	for _, test := range tests {
		_, err := list(test.file)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want an error with %q", test.name, err, test.want)
		}
		if err != nil && !errors.Is(err, loc2vec.ErrCorrupt) && test.name != "unknown feature" && test.name != "lzma" && test.name != "bzip2" {
			t.Errorf("%s: %v is not ErrCorrupt", test.name, err)
		}
	}
}

// Checksums protect the contents of blobs; the bytes around them are lengths and types.
func TestFlippedBytesDoNotPass(t *testing.T) {
	dense := join(packedField(1, zigzags(1, 1, 1)...), packedField(8, zigzags(10, 20, 30)...), packedField(9, zigzags(10, 20, 30)...))
	file := join(rawHeader(nil), data(stringTable("a", "b"), group(bytesField(2, dense))))
	want, err := list(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range file {
		flipped := bytes.Clone(file)
		flipped[i] ^= 0x40
		got, err := list(flipped)
		if err == nil && fmt.Sprint(got) != fmt.Sprint(want) && len(got) > 0 {
			t.Errorf("byte %d flipped: %v without an error", i, got)
		}
		if _, err := list(file[:i]); err == nil && i > len(rawHeader(nil)) {
			t.Errorf("truncated to %d bytes: no error", i)
		}
	}
}

func TestBlobOffsetsAreNamed(t *testing.T) {
	first := data(stringTable())
	second := data(stringTable(), group([]byte{0x1f}))
	file := join(rawHeader(nil), first, second)
	_, err := list(file)
	if want := fmt.Sprintf("blob at byte %d", len(file)-len(second)); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}

// FuzzDecode checks that no input makes the decoder panic or return a coordinate that is not a number.
func FuzzDecode(f *testing.F) {
	dense := join(packedField(1, zigzags(1, 1)...), packedField(8, zigzags(10, 20)...), packedField(9, zigzags(10, 20)...), packedField(10, 1, 2, 0, 0))
	way := join(varintField(1, 9), packedField(2, 1), packedField(3, 2), packedField(8, zigzags(1, 1)...))
	relation := join(varintField(1, 9), packedField(8, 0), packedField(9, zigzags(9)...), packedField(10, 1))
	block := join(stringTable("highway", "path"), group(bytesField(2, dense)), group(bytesField(3, way)), group(bytesField(4, relation)))
	f.Add(join(rawHeader(nil), data(block)))
	f.Add(join(rawHeader(nil), frame("OSMData", bytesField(1, block))))
	f.Add(join(header("OsmSchema-V0.6"), data(block), data()))
	located := join(way, packedField(9, zigzags(3, 4)...), packedField(10, zigzags(5, 6)...))
	block = join(stringTable("highway", "path"), group(bytesField(3, located)))
	for _, field := range []protowire.Number{6, 7} {
		f.Add(join(rawHeader(nil), frame("OSMData", compressedBlob(f, field, append(block, make([]byte, 200)...), len(block)+200))))
	}
	f.Add(join(rawHeader(bytesField(5, []byte("LocationsOnWays"))), data(block)))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := pbf.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		d := pbf.Decoder{Timestamps: true}
		for _, b := range file.Blobs {
			_ = d.Decode(file, b, all, func(o osm.Object) error {
				if n, ok := o.(*osm.Node); ok && (math.IsNaN(n.Lat) || math.IsInf(n.Lon, 0)) {
					t.Errorf("node at %g, %g", n.Lat, n.Lon)
				}
				return nil
			})
		}
	})
}

// An error of the visitor stops the decoder, which returns it unchanged.
func TestVisitorErrors(t *testing.T) {
	dense := join(packedField(1, zigzags(1, 1)...), packedField(8, zigzags(0, 1)...), packedField(9, zigzags(0, 0)...))
	file := join(rawHeader(nil), data(stringTable(), group(bytesField(2, dense))))
	f, err := pbf.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var d pbf.Decoder
	visits, errEnough := 0, errors.New("enough")
	err = d.Decode(f, f.Blobs[0], all, func(osm.Object) error {
		visits++
		return errEnough
	})
	if err != errEnough || visits != 1 {
		t.Errorf("error %v after %d visits", err, visits)
	}
}

func BenchmarkDecodeMonaco(b *testing.B) {
	content, err := os.ReadFile(osmtestdata.Path(b, "monaco"))
	if err != nil {
		b.Fatal(err)
	}
	f, err := pbf.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		b.Fatal(err)
	}
	var d pbf.Decoder
	elements := 0
	visit := func(osm.Object) error {
		elements++
		return nil
	}
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		for _, blob := range f.Blobs {
			if err := d.Decode(f, blob, all, visit); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkPaulmachOSMMonaco measures the library that serves as the oracle.
func BenchmarkPaulmachOSMMonaco(b *testing.B) {
	content, err := os.ReadFile(osmtestdata.Path(b, "monaco"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		scanner := osmpbf.New(context.Background(), bytes.NewReader(content), 1)
		for scanner.Scan() {
		}
		if err := scanner.Err(); err != nil && !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
		scanner.Close()
	}
}
