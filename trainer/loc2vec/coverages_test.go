package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// TestEmbedCoverages: in every format a place has the coverages of its raster, a row without a vector has none, and a
// column of the input keeps its name.
func TestEmbedCoverages(t *testing.T) {
	pack := monacoPack(t)
	bundle := untrainedBundle(t, pack, nil)
	model, err := openModel(bundle, []string{pack}, sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	e, err := model.Explain(t.Context(), loc2vec.LatLon{Lat: 43.7384, Lon: 7.4246})
	if err != nil {
		t.Fatal(err)
	}
	const places = "cover_path,lat,lon\nmine,43.7384,7.4246\nnowhere,10,10\n"
	run := func(args ...string) (string, error) {
		t.Helper()
		out, _, err := runVerb(t, places, "embed", append([]string{"--bundle", bundle, "--pack", pack, "--engine", "go", "--coverages"}, args...)...)
		return out, err
	}
	values, columns := "", ""
	for l, c := range e.Layers {
		name := "cover_" + loc2vec.Layer(l).String()
		if c.Layer == loc2vec.Path {
			name = "cover_path_loc2vec"
		}
		share := strconv.FormatFloat(c.Coverage, 'g', -1, 32)
		columns += "," + name
		values += "," + share
	}
	csv, err := run("--vector-column")
	lines := strings.Split(csv, "\n")
	if err != nil || !strings.HasSuffix(lines[0], ",mapped,unmapped"+columns+",region,error") ||
		!strings.Contains(lines[1], ",false"+values+",monaco") || lines[2] != "nowhere,10,10"+strings.Repeat(",", loc2vec.NumLayers+5)+"outside every region" {
		t.Errorf("%v: columns %s, values %s of\n%s", err, columns, values, csv)
	}
	for _, format := range []string{"jsonl", "geojson"} {
		out, err := run("--format", format)
		want := fmt.Sprintf(`"cover_water":%s,`, strconv.FormatFloat(e.Layers[loc2vec.Water].Coverage, 'g', -1, 32))
		if err != nil || !strings.Contains(out, want) || !strings.Contains(out, `"cover_water":null,`) {
			t.Errorf("%s lacks %s: %v\n%s", format, want, err, out)
		}
	}
	path := filepath.Join(t.TempDir(), "out.parquet")
	if _, err := run("-o", path); err != nil {
		t.Fatal(err)
	}
	r, rows := readParquet(t, path)
	named := r.Embeddings().Coverages
	if len(named) != loc2vec.NumLayers || named[loc2vec.Path].Layer != "path" || named[loc2vec.Path].Column != "cover_path_loc2vec" {
		t.Fatalf("the metadata name %v", named)
	}
	for i, c := range r.Columns() {
		for l, n := range named {
			if c.Name == n.Column && (rows[0].Values[i] != float32(e.Layers[l].Coverage) && rows[1].Values[i] != float32(e.Layers[l].Coverage)) {
				t.Errorf("%s is %v and %v, want %v", c.Name, rows[0].Values[i], rows[1].Values[i], e.Layers[l].Coverage)
			}
		}
	}
	if _, err := run("-o", filepath.Join(t.TempDir(), "out.npy")); err == nil || !strings.Contains(err.Error(), "no columns besides") {
		t.Errorf("npy: %v", err)
	}
	var one map[string]any
	out, _, err := runVerb(t, "", "embed", "--bundle", bundle, "--pack", pack, "--engine", "go", "--coverages", "--at", "43.7384,7.4246")
	if err := json.Unmarshal([]byte(out), &one); err != nil {
		t.Fatal(err)
	}
	if want := float32(e.Layers[loc2vec.Building].Coverage); err != nil || float32(one["cover_building"].(float64)) != want {
		t.Errorf("--at: %v: %s", err, out)
	}
}

// TestEmbedAreaCoverages: the coverages of a cell or polygon are the means over its sample.
func TestEmbedAreaCoverages(t *testing.T) {
	c := newAreaCommand(t)
	polygon := filepath.Join(t.TempDir(), "polygon.geojson")
	const box = `{"type":"Polygon","coordinates":[[[7.41,43.725],[7.44,43.725],[7.44,43.75],[7.41,43.75],[7.41,43.725]]]}`
	if err := os.WriteFile(polygon, []byte(box), 0o644); err != nil {
		t.Fatal(err)
	}
	grid := c.records(t, "--grid", "200", "--within", inMonaco, "--coverages")
	whole := c.records(t, "--polygons", polygon, "--sample", "200", "--coverages")[0]
	for l := range loc2vec.NumLayers {
		name, sum := "cover_"+loc2vec.Layer(l).String(), 0.0
		for _, row := range grid {
			sum += number(t, row[name])
		}
		if mean := sum / float64(len(grid)); mean == 0 || float32(mean)-float32(number(t, whole[name])) > 1e-6 || float32(mean)-float32(number(t, whole[name])) < -1e-6 {
			t.Errorf("%s is %s, want %v", name, whole[name], mean)
		}
	}
	if out, _, err := c.run(t, "--h3", "9", "--within", inMonaco, "--coverages", "--format", "jsonl"); err != nil || !strings.Contains(out, `,"unmapped_share":0,"cover_water":`) {
		t.Errorf("%v\n%.300s", err, out)
	}
}
