package pack

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/formatdoc"
)

// exampleTiles are the two tiles of the example pack.
func exampleTiles() map[loc2vec.Tile][]loc2vec.Feature {
	return map[loc2vec.Tile][]loc2vec.Feature{
		{X: 8528, Y: 5974}: nil,
		{X: 8529, Y: 5974}: {
			{Layer: loc2vec.Building, Kind: loc2vec.KindArea, Parts: [][]loc2vec.TilePoint{
				{{X: 100, Y: 100}, {X: 160, Y: 100}, {X: 160, Y: 140}, {X: 100, Y: 140}},
				{{X: 120, Y: 110}, {X: 120, Y: 130}, {X: 140, Y: 130}, {X: 140, Y: 110}},
			}},
			{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 60, Parts: [][]loc2vec.TilePoint{{{X: 0, Y: 200}, {X: 300, Y: 220}}}},
			{Layer: loc2vec.Commerce, Kind: loc2vec.KindDisc, Size: 100, Parts: [][]loc2vec.TilePoint{{{X: 110, Y: 120}}}},
		},
	}
}

func examplePack(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, WriterOptions{Metadata: Metadata{
		Name:        "minimal",
		SchemaHash:  "7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730",
		Attribution: "© OpenStreetMap contributors, ODbL 1.0",
		Sources: []Source{{
			Name:   "monaco.osm.pbf",
			SHA256: "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
			Date:   "2015-04-28T19:42:04Z",
			Bytes:  270427,
		}},
		Area: []loc2vec.Bounds{{Min: loc2vec.LatLon{Lat: 43.723, Lon: 7.408}, Max: loc2vec.LatLon{Lat: 43.752, Lon: 7.445}}},
	}})
	tiles := exampleTiles()
	for _, tile := range []loc2vec.Tile{{X: 8529, Y: 5974}, {X: 8528, Y: 5974}} {
		if err := w.WriteTile(tile, tiles[tile]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestFormatPack writes the example pack of FORMAT.md, and reads the bytes in the text.
func TestFormatPack(t *testing.T) {
	format, want := formatdoc.Read(t, "../FORMAT.md"), examplePack(t)
	p, err := Open(bytes.NewReader(want), int64(len(want)))
	if err != nil {
		t.Fatal(err)
	}
	metadata, err := p.inflate(p.sections.metadataStart(), p.sections.metadata, maxMetadataBytes)
	if err != nil {
		t.Fatal(err)
	}
	format.SetHex(t, "hex pack root", want[headerLength:p.sections.metadataStart()])
	format.SetHex(t, "hex pack metadata", want[p.sections.metadataStart():p.sections.leavesStart()])
	format.SetHex(t, "hex pack tiles", want[p.sections.tilesStart():])

	var file []byte
	for _, section := range []string{"header", "root", "metadata", "tiles"} {
		file = append(file, format.Hex(t, "hex pack "+section)...)
	}
	if !bytes.Equal(file, want) {
		t.Errorf("the example pack is written as\n% x\nFORMAT.md says\n% x", want, file)
	}
	if p, err = Open(bytes.NewReader(file), int64(len(file))); err != nil {
		t.Fatal(err)
	}
	if err := p.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(format.Block(t, "json pack metadata"))); err != nil {
		t.Fatal(err)
	}
	if compact.String() != string(metadata) {
		t.Errorf("the metadata are %s, FORMAT.md says %s", metadata, &compact)
	}
	if got := appendDirectory(nil, p.root); !bytes.Equal(got, format.Hex(t, "hex root directory")) {
		t.Errorf("the root directory is % x", got)
	}
}

// TestFormatKeys: FORMAT.md's table contains all keys of the metadata.
func TestFormatKeys(t *testing.T) {
	_, after, _ := strings.Cut(formatdoc.Read(t, "../FORMAT.md").Text(), "\n### Metadata\n")
	section, _, _ := strings.Cut(after, "\n```json")
	for _, of := range []any{metadataJSON{}, Source{}, Origin{}} {
		typ := reflect.TypeOf(of)
		for i := range typ.NumField() {
			key, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if !strings.Contains(section, "`"+key+"`") {
				t.Errorf("FORMAT.md does not name the key %q of %v", key, typ)
			}
		}
	}
}
