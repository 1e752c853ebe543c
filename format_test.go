package loc2vec

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the hexadecimal examples of FORMAT.md that have no comments")

// formatExamples are the fenced blocks of FORMAT.md by what stands after the fence.
type formatExamples struct {
	text string
}

func readFormat(t *testing.T) *formatExamples {
	t.Helper()
	b, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	return &formatExamples{text: string(b)}
}

// span returns where the block's lines lie in the text.
func (f *formatExamples) span(t *testing.T, name string) (start, end int) {
	t.Helper()
	at := regexp.MustCompile("(?ms)^```"+regexp.QuoteMeta(name)+"\n(.*?)^```$").FindAllStringSubmatchIndex(f.text, -1)
	if len(at) != 1 {
		t.Fatalf("FORMAT.md has %d examples %q", len(at), name)
	}
	return at[0][2], at[0][3]
}

func (f *formatExamples) block(t *testing.T, name string) string {
	start, end := f.span(t, name)
	return f.text[start:end]
}

// hex returns the bytes of a block of hexadecimal numbers. A comment runs from # to the end of the line.
func (f *formatExamples) hex(t *testing.T, name string) []byte {
	t.Helper()
	var digits strings.Builder
	for line := range strings.Lines(f.block(t, name)) {
		line, _, _ = strings.Cut(line, "#")
		digits.WriteString(strings.Join(strings.Fields(line), ""))
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatalf("example %q: %v", name, err)
	}
	return b
}

// setHex replaces a block when -update is given.
func (f *formatExamples) setHex(t *testing.T, name string, b []byte) {
	t.Helper()
	if !*update {
		return
	}
	var lines strings.Builder
	for ; len(b) > 0; b = b[min(32, len(b)):] {
		fmt.Fprintf(&lines, "% x\n", b[:min(32, len(b))])
	}
	start, end := f.span(t, name)
	f.text = f.text[:start] + lines.String() + f.text[end:]
	if err := os.WriteFile("FORMAT.md", []byte(f.text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// exampleTiles are the two tiles of the example pack.
func exampleTiles() map[Tile][]Feature {
	return map[Tile][]Feature{
		{X: 8528, Y: 5974}: nil,
		{X: 8529, Y: 5974}: {
			{Layer: Building, Kind: KindArea, Parts: [][]TilePoint{
				{{X: 100, Y: 100}, {X: 160, Y: 100}, {X: 160, Y: 140}, {X: 100, Y: 140}},
				{{X: 120, Y: 110}, {X: 120, Y: 130}, {X: 140, Y: 130}, {X: 140, Y: 110}},
			}},
			{Layer: MinorRoad, Kind: KindLine, Size: 60, Parts: [][]TilePoint{{{X: 0, Y: 200}, {X: 300, Y: 220}}}},
			{Layer: Commerce, Kind: KindDisc, Size: 100, Parts: [][]TilePoint{{{X: 110, Y: 120}}}},
		},
	}
}

// memorySpool is an io.ReadWriteSeeker in memory.
type memorySpool struct{ bytes.Buffer }

func (*memorySpool) Seek(int64, int) (int64, error) { return 0, nil }

func examplePack(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewPackWriter(&b, new(memorySpool), PackMetadata{
		Name:        "minimal",
		SchemaHash:  "7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730",
		Attribution: "© OpenStreetMap contributors, ODbL 1.0",
		Sources: []PackSource{{
			Name:   "monaco.osm.pbf",
			SHA256: "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
			Date:   "2015-04-28T19:42:04Z",
			Bytes:  270427,
		}},
		Area: []Bounds{{Min: LatLon{Lat: 43.723, Lon: 7.408}, Max: LatLon{Lat: 43.752, Lon: 7.445}}},
	})
	tiles := exampleTiles()
	for _, tile := range []Tile{{X: 8529, Y: 5974}, {X: 8528, Y: 5974}} {
		if err := w.WriteTile(tile, tiles[tile]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestFormatPack writes the example pack, and reads the one in the text.
func TestFormatPack(t *testing.T) {
	format, want := readFormat(t), examplePack(t)
	p, err := OpenPack(bytes.NewReader(want), int64(len(want)))
	if err != nil {
		t.Fatal(err)
	}
	metadata, err := p.inflate(p.sections.metadataStart(), p.sections.metadata, maxMetadataBytes)
	if err != nil {
		t.Fatal(err)
	}
	format.setHex(t, "hex pack root", want[headerLength:p.sections.metadataStart()])
	format.setHex(t, "hex pack metadata", want[p.sections.metadataStart():p.sections.leavesStart()])
	format.setHex(t, "hex pack tiles", want[p.sections.tilesStart():])

	var file []byte
	for _, section := range []string{"header", "root", "metadata", "tiles"} {
		file = append(file, format.hex(t, "hex pack "+section)...)
	}
	if !bytes.Equal(file, want) {
		t.Errorf("the example pack is written as\n% x\nFORMAT.md says\n% x", want, file)
	}
	if p, err = OpenPack(bytes.NewReader(file), int64(len(file))); err != nil {
		t.Fatal(err)
	}
	if err := p.Verify(); err != nil {
		t.Error(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(format.block(t, "json pack metadata"))); err != nil {
		t.Fatal(err)
	}
	if compact.String() != string(metadata) {
		t.Errorf("the metadata are %s, FORMAT.md says %s", metadata, &compact)
	}
	if got := appendDirectory(nil, p.root); !bytes.Equal(got, format.hex(t, "hex root directory")) {
		t.Errorf("the root directory is % x", got)
	}
}

func TestFormatVectorTile(t *testing.T) {
	format, tiles := readFormat(t), exampleTiles()
	want := format.hex(t, "hex vector tile")
	var e TileEncoder
	got, err := e.AppendTile(nil, tiles[Tile{X: 8529, Y: 5974}])
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("the tile is % x, %v", got, err)
	}
	if names := layerNames(); !reflect.DeepEqual(strings.Fields(format.block(t, "text layers")), names[:]) {
		t.Errorf("the layers are %q", names)
	}
}

func TestFormatTileNumbers(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(readFormat(t).block(t, "text tile numbers")), "\n")
	for _, line := range lines[1:] {
		var zoom, x, y uint32
		var want uint64
		if _, err := fmt.Sscan(line, &zoom, &x, &y, &want); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if id := tileID(zoom, x, y); id != want {
			t.Errorf("%d/%d/%d is number %d, FORMAT.md says %d", zoom, x, y, id, want)
		}
	}
}

func exampleBundle() *Bundle {
	return &Bundle{
		Manifest: Manifest{
			SchemaHash:   "7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730",
			Raster:       RasterSpec{Metres: 200, Pixels: 1},
			Dimension:    2,
			Distance:     Euclidean,
			Input:        TensorSpec{Name: "raster", Type: "uint8", Shape: []int{-1, NumLayers, 1, 1}},
			Output:       TensorSpec{Name: "embedding", Type: "float32", Shape: []int{-1, 2}},
			Quantisation: "int8",
			Provenance: Provenance{
				Command: "loc2vec train -pack minimal.pmtiles -o minimal.l2v", Seed: 1, Steps: 1000, Loss: "softpn", Net: "lite",
				Packs: []PackOrigin{{
					Name:          "minimal",
					ContentSHA256: "33fffb8c404911d4bc43b1ce9ba474adb18eb4696ac0e0cc40101e87b692adc4",
					Attribution:   "© OpenStreetMap contributors, ODbL 1.0",
				}},
			},
			Evaluation: map[string]any{"recall_at_1": 0.5},
		},
		Model:  []byte("not a model"),
		Golden: []Golden{{Raster: []byte{0, 0, 128, 0, 0, 255, 0, 64, 0, 0, 0, 0}, Embedding: []float32{1, -2.5}}},
	}
}

// TestFormatKeys looks for the keys and limits of the code in the tables.
func TestFormatKeys(t *testing.T) {
	text := readFormat(t).text
	section := func(title string) string {
		_, after, _ := strings.Cut(text, "\n### "+title+"\n")
		before, _, _ := strings.Cut(after, "\n```json")
		return before
	}
	metadata, manifest := section("Metadata"), section("Manifest")
	for _, c := range []struct {
		in string
		of any
	}{
		{metadata, packJSON{}}, {metadata, PackSource{}},
		{manifest, Manifest{}}, {manifest, RasterSpec{}}, {manifest, TensorSpec{}}, {manifest, Provenance{}}, {manifest, PackOrigin{}},
	} {
		for of, i := reflect.TypeOf(c.of), 0; i < of.NumField(); i++ {
			key, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			if !strings.Contains(c.in, "`"+key+"`") {
				t.Errorf("FORMAT.md does not name the key %q of %v", key, of)
			}
		}
	}
	plain := strings.ReplaceAll(manifest, ",", "") // 20,000
	for _, limit := range []string{fmt.Sprintf("up to %d)", maxMetres), fmt.Sprintf("width (1 to %d)", maxPixels), fmt.Sprintf("has (1 to %d)", maxDimension)} {
		if !strings.Contains(plain, limit) {
			t.Errorf("FORMAT.md does not say %q", limit)
		}
	}
}

func TestFormatBundle(t *testing.T) {
	format, b := readFormat(t), exampleBundle()
	var file bytes.Buffer
	if err := WriteBundle(&file, b); err != nil {
		t.Fatal(err)
	}
	manifest, err := b.Manifest.encode()
	if err != nil {
		t.Fatal(err)
	}
	var compact, want bytes.Buffer
	if err := json.Compact(&compact, []byte(format.block(t, "json manifest"))); err != nil {
		t.Fatal(err)
	}
	if err := json.Compact(&want, manifest); err != nil {
		t.Fatal(err)
	}
	if compact.String() != want.String() {
		t.Errorf("the manifest is %s", manifest)
	}
	space := format.block(t, "text space")
	if got := b.Manifest.space(); got != space {
		t.Errorf("the text of the space is %q", got)
	}
	hash := strings.TrimSpace(format.block(t, "text space id"))
	if sha256Hex([]byte(space)) != hash || b.Manifest.SpaceID != hash[:16] {
		t.Errorf("the space id is %s, FORMAT.md says %s", b.Manifest.SpaceID, hash[:16])
	}
	golden := format.hex(t, "hex golden.bin")
	if got, err := parseGolden(golden, &b.Manifest); err != nil || !reflect.DeepEqual(got, b.Golden) {
		t.Errorf("the golden vectors are %v, %v", got, err)
	}
	if sha256Hex(golden) != b.Manifest.Files[goldenEntry] {
		t.Error("golden.bin is written otherwise")
	}
}
