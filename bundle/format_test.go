package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/formatdoc"
	"github.com/loc2vec/loc2vec/raster"
)

func exampleBundle() *Bundle {
	return &Bundle{
		Manifest: Manifest{
			SchemaHash:   "7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730",
			Raster:       raster.Spec{Metres: 200, Pixels: 1},
			Dimension:    2,
			Distance:     loc2vec.Euclidean,
			Input:        TensorSpec{Name: "raster", Type: "uint8", Shape: []int{-1, loc2vec.NumLayers, 1, 1}},
			Output:       TensorSpec{Name: "embedding", Type: "float32", Shape: []int{-1, 2}},
			Quantisation: "int8",
			Provenance: Provenance{
				Command: "loc2vec train minimal.pmtiles -o minimal.l2v", Seed: 1, Steps: 1000, Loss: "softpn", Net: "lite",
				Packs: []Pack{{
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

// TestFormatKeys looks for the keys and limits of the manifest in FORMAT.md's table.
func TestFormatKeys(t *testing.T) {
	_, after, _ := strings.Cut(formatdoc.Read(t, "../FORMAT.md").Text(), "\n### Manifest\n")
	manifest, _, _ := strings.Cut(after, "\n```json")
	for _, of := range []any{Manifest{}, raster.Spec{}, TensorSpec{}, Provenance{}, Pack{}} {
		typ := reflect.TypeOf(of)
		for i := range typ.NumField() {
			key, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if !strings.Contains(manifest, "`"+key+"`") {
				t.Errorf("FORMAT.md does not name the key %q of %v", key, typ)
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
	format, b := formatdoc.Read(t, "../FORMAT.md"), exampleBundle()
	var file bytes.Buffer
	if err := Write(&file, b); err != nil {
		t.Fatal(err)
	}
	manifest, err := b.Manifest.encode()
	if err != nil {
		t.Fatal(err)
	}
	var compact, want bytes.Buffer
	if err := json.Compact(&compact, []byte(format.Block(t, "json manifest"))); err != nil {
		t.Fatal(err)
	}
	if err := json.Compact(&want, manifest); err != nil {
		t.Fatal(err)
	}
	if compact.String() != want.String() {
		t.Errorf("the manifest is %s", manifest)
	}
	space := format.Block(t, "text space")
	if got := b.Manifest.space(); got != space {
		t.Errorf("the text of the space is %q", got)
	}
	hash := strings.TrimSpace(format.Block(t, "text space id"))
	if sha256Hex([]byte(space)) != hash || b.Manifest.SpaceID != hash[:16] {
		t.Errorf("the space id is %s, FORMAT.md says %s", b.Manifest.SpaceID, hash[:16])
	}
	golden := format.Hex(t, "hex golden.bin")
	if got, err := parseGolden(golden, &b.Manifest); err != nil || !reflect.DeepEqual(got, b.Golden) {
		t.Errorf("the golden vectors are %v, %v", got, err)
	}
	if sha256Hex(golden) != b.Manifest.Files[goldenEntry] {
		t.Error("golden.bin is written otherwise")
	}
}
