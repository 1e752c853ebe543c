package main

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet"
)

// TestEmbedCombined: tables whose coordinates are in one column, in CSV and Parquet; the region decides on the order.
func TestEmbedCombined(t *testing.T) {
	pack := monacoPack(t)
	base := []string{"--bundle", untrainedBundle(t, pack, nil), "--pack", pack, "--engine", "go", "--vector-column"}
	run := func(input string, args ...string) (string, string, error) {
		t.Helper()
		return runVerb(t, input, "embed", append(args, base...)...)
	}
	want, _, err := run("id,lat,lon\na,43.7384,7.4246\n")
	if err != nil {
		t.Fatal(err)
	}
	_, vector, _ := strings.Cut(strings.Split(want, "\n")[1], "7.4246,")
	parquet := filepath.Join(t.TempDir(), "spots.parquet")
	writeSpots(t, parquet)
	for name, c := range map[string]struct {
		input string
		args  []string
		told  string
	}{
		"latitude first":  {"id,location\na,\"43.7384,7.4246\"\n", nil, `embed: column "location": read as lat,lon: 1 of the first 1 places are in a region then`},
		"longitude first": {"id,location\na,\"7.4246, 43.7384\"\n", nil, `read as lon,lat`},
		"WKT":             {"id,geom\na,POINT (7.4246 43.7384)\n", nil, ""},
		"named":           {"id,lat,lon,spot\na,1,2,43.7384 7.4246\n", []string{"--coordinates", "spot", "--coordinates-order", "lat,lon"}, ""},
		"Parquet":         {"", []string{parquet, "--coordinates", "coords"}, `column "coords": read as lat,lon`},
		"Parquet, WKB":    {"", []string{parquet, "--coordinates", "shape"}, ""},
	} {
		out, messages, err := run(c.input, c.args...)
		if err != nil || !strings.Contains(out, ",43.7384,7.4246,"+vector) && name != "named" || !strings.Contains(out, vector) ||
			!strings.Contains(messages, c.told) || c.told == "" && strings.Contains(messages, "read as") {
			t.Errorf("%s: %v\n%s\n%s", name, err, messages, out)
		}
	}
	for _, c := range []struct {
		input string
		args  []string
		want  string
		usage bool
	}{
		{"id,location\na,\"10,20\"\n", nil, `column "location": either number may be the latitude: say which with --coordinates-order`, false},
		{"id,location\na,Monaco\n", nil, `column "location" holds no coordinates`, false},
		{"id,location\na,Monaco\n", []string{"--coordinates", "location"}, "no place has a vector", false},
		{"", []string{parquet, "--coordinates", "spot"}, `no column "spot"`, false},
		{"", []string{"--coordinates-order", "north"}, `--coordinates-order "north": want lat,lon or lon,lat`, true},
		{"", []string{"--coordinates", "a", "--lat", "b", "--lon", "c"}, "names a column of both", true},
		{"{}", []string{"--coordinates", "a", "--input-format", "geojson"}, "JSON lines and Parquet files", true},
		{"", []string{"--coordinates", "a", "--grid", "100"}, "takes no places", true},
	} {
		_, _, err := run(c.input, c.args...)
		var usage usageError
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.As(err, &usage) != c.usage {
			t.Errorf("%v: got %v, want %s", c.args, err, c.want)
		}
	}
}

// writeSpots writes a Parquet file of a place whose coordinates are text and bytes, without metadata on geometries.
func writeSpots(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := geoparquet.NewWriter(f, geoparquet.WriterOptions{Columns: []geoparquet.Column{
		{Name: "id", Type: geoparquet.Text}, {Name: "coords", Type: geoparquet.Text}, {Name: "shape", Type: geoparquet.Bytes},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	place := binary.LittleEndian.AppendUint64([]byte{1, 1, 0, 0, 0}, math.Float64bits(7.4246))
	place = binary.LittleEndian.AppendUint64(place, math.Float64bits(43.7384))
	if err := w.Write(&geoparquet.Row{Values: []any{"a", "43.7384,7.4246", place}, Err: errors.New("no geometry")}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(); err != nil {
		t.Fatal(err)
	}
}
