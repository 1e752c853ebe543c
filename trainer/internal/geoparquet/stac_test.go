package geoparquet_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet"
)

// item returns the STAC item of a file of shops.
func item(t *testing.T, quantise bool, sources ...geoparquet.Source) []byte {
	t.Helper()
	opts, rows := shops(50)
	opts.Quantise = quantise
	if sources != nil {
		opts.Embeddings.Sources = sources
	}
	_, summary := write(t, opts, rows)
	data, err := geoparquet.Item(&opts.Embeddings, opts.Dimensions, &summary, geoparquet.ItemOptions{
		File: "shops.parquet", Created: time.Date(2026, 12, 1, 2, 3, 4, 0, time.UTC), Software: "loc2vec 1.0",
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestItemAgainstSchema checks items against the JSON Schema of the extension, which a clone may lack, and that the
// schema refuses what breaks it.
func TestItemAgainstSchema(t *testing.T) {
	const schema = "../../../../shared/fixtures/stac/schema.json"
	path, err := filepath.Abs(schema)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("needs the schema of the STAC extension in %s: not there", schema)
	}
	dir := t.TempDir()
	plain, quantised := item(t, false), item(t, true)
	args := []string{path}
	for i, data := range [][]byte{
		plain, quantised,
		bytes.Replace(quantised, []byte(`"method"`), []byte(`"manner"`), 1),
		bytes.Replace(plain, []byte(`"embeddings": {`), []byte(`"vectors": {`), 1),
		bytes.Replace(plain, []byte(`"emb:fit_for_use"`), []byte(`"emb:use"`), 1),
	} {
		name := filepath.Join(dir, string(rune('a'+i))+".json")
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	var errs [][]string
	if err := json.Unmarshal(npm(t, "ajv.mjs", []string{"ajv"}, args...), &errs); err != nil {
		t.Fatal(err)
	}
	for i, e := range errs {
		if valid := i < 2; valid != (len(e) == 0) {
			t.Errorf("item %d: %q", i, e)
		}
	}
}

// TestItem checks what STAC itself asks for, whose schemas are not at hand.
func TestItem(t *testing.T) {
	type properties struct {
		Datetime     *string                  `json:"datetime"`
		Start        string                   `json:"start_datetime"`
		End          string                   `json:"end_datetime"`
		DataType     string                   `json:"data_type"`
		Quantization *geoparquet.Quantization `json:"emb:quantization"`
	}
	var got struct {
		Version    string `json:"stac_version"`
		Type, ID   string
		BBox       []float64
		Geometry   struct{ Coordinates [][][2]float64 }
		Properties properties
		Links      []map[string]string
		Assets     map[string]struct{ Href string }
	}
	decode := func(data []byte) {
		got.Properties = properties{}
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
	}
	decode(item(t, true))
	if got.Version != "1.0.0" || got.Type != "Feature" || got.ID != "shops" || len(got.BBox) != 4 || len(got.Geometry.Coordinates[0]) != 5 ||
		got.Assets["embeddings"].Href != "./shops.parquet" || got.Links[0]["rel"] != "emb:source-data" || got.Links[0]["href"] != "./bremen.pmtiles" {
		t.Errorf("%+v", got)
	}
	if p := got.Properties; p.Datetime == nil || *p.Datetime != "2017-09-12T20:10:25Z" || p.DataType != "int8" || len(p.Quantization.Scale) != 16 {
		t.Errorf("%+v", p)
	}
	decode(item(t, false, geoparquet.Source{Date: "2020-01-01T00:00:00Z"}, geoparquet.Source{Date: "2019-01-01T00:00:00Z"}, geoparquet.Source{}))
	if p := got.Properties; p.Datetime != nil || p.Start != "2019-01-01T00:00:00Z" || p.End != "2020-01-01T00:00:00Z" || p.Quantization != nil || p.DataType != "float32" {
		t.Errorf("%+v", p)
	}
	decode(item(t, false, geoparquet.Source{}))
	if p := got.Properties; p.Datetime == nil || *p.Datetime != "2026-12-01T02:03:04Z" {
		t.Errorf("%+v", p)
	}
}
