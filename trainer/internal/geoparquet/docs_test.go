package geoparquet_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestQueriesOfDocs runs the queries of docs/geoparquet.md in DuckDB.
func TestQueriesOfDocs(t *testing.T) {
	page, err := os.ReadFile("../../../docs/geoparquet.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, quantise := range []bool{false, true} {
		path, rows, summary := save(t, 300, quantise)
		var queries []string
		for _, m := range regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
			queries = append(queries, strings.ReplaceAll(m[1], "shops.parquet", filepath.ToSlash(path)))
		}
		if len(queries) != 4 {
			t.Fatalf("%d queries", len(queries))
		}
		var got [][]map[string]any
		if err := json.Unmarshal(npm(t, "duckdb.mjs", []string{"@duckdb/node-api"}, append([]string{path}, queries...)...), &got); err != nil {
			t.Fatal(err)
		}
		if len(got[0]) != 10 || !quantise && got[0][0]["name"] != rows[nearest(rows, 7)].Values[0] {
			t.Errorf("similar: %v", got[0])
		}
		inside := 0
		for _, row := range rows {
			if p := row.Place; row.Err == nil && p.Lon >= 8.75 && p.Lon <= 8.85 && p.Lat >= 52.95 && p.Lat <= 53.05 {
				inside++
			}
		}
		if len(got[1]) != inside {
			t.Errorf("%d places in the box, want %d", len(got[1]), inside)
		}
		if want := fmt.Sprintf("map[space:58e92def99035ff3 type:%s]", map[bool]string{true: "int8", false: "float32"}[quantise]); fmt.Sprint(got[2][0]) != want {
			t.Errorf("metadata %v, want %s", got[2], want)
		}
		if !quantise {
			continue
		}
		for _, row := range got[3] {
			var id int
			fmt.Sscan(row["id"].(string), &id)
			vector, _ := row["vector"].([]any)
			for i, v := range vector {
				if off := math.Abs(v.(float64) - float64(rows[id].Vector[i])); off > summary.Quantization.Scale[i]*.5001 {
					t.Fatalf("row %d, axis %d is off by %g", id, i, off)
				}
			}
			if len(vector) != len(rows[id].Vector) {
				t.Fatalf("row %d has %d numbers", id, len(vector))
			}
		}
	}
}
