package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/table"
)

// TestEmbedRows: every row has its row, in order; one without a vector has a reason, and a message that names it.
func TestEmbedRows(t *testing.T) {
	pack := monacoPack(t)
	model := untrainedBundle(t, pack, nil)
	const places = "lat,lon\n43.7384,7.4246\nhere,7\n43.74,7.43\n10,10\n91,0\n"
	out, messages, err := runVerb(t, places, "embed", "--bundle", model, "--pack", pack, "--engine", "go")
	if err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header := append([]string{"lat", "lon"}, table.VectorColumns("v", loc2vec.Dimension)...)
	if len(rows) != 6 || !slices.Equal(rows[0], append(header, "mapped", "unmapped", "region", "error")) {
		t.Fatalf("rows %v", rows)
	}
	last := len(rows[0]) - 1
	for i, want := range []struct{ lat, lon, reason string }{
		{"43.7384", "7.4246", ""}, {"here", "7", "not a number"}, {"43.74", "7.43", ""}, {"10", "10", "outside every region"}, {"91", "0", "latitude"},
	} {
		row := rows[1+i]
		if row[0] != want.lat || row[1] != want.lon || !strings.Contains(row[last], want.reason) || (row[last] == "") != (want.reason == "") || (row[2] == "") != (row[last] != "") {
			t.Errorf("row %d: %v", 1+i, row)
		}
	}
	for _, part := range []string{"row 2: ", "row 5: ", "row 4: outside every region", "3 of 5 rows have no vector"} {
		if !strings.Contains(messages, part) {
			t.Errorf("messages do not name %q:\n%s", part, messages)
		}
	}

	// The same place as JSON.
	out, _, err = runVerb(t, "", "embed", "--bundle", model, "--pack", pack, "--engine", "go", "--at", "43.7384,7.4246")
	if err != nil {
		t.Fatal(err)
	}
	var place struct {
		Vector []float32
		Space  string
	}
	if err := json.Unmarshal([]byte(out), &place); err != nil {
		t.Fatal(err)
	}
	for i, v := range place.Vector {
		if want, err := strconv.ParseFloat(rows[1][2+i], 32); err != nil || float32(want) != v {
			t.Errorf("coordinate %d: %v in JSON, %s in CSV", i, v, rows[1][2+i])
		}
	}
	if place.Space == "" {
		t.Errorf("space %q", place.Space)
	}
}

func TestEmbedFails(t *testing.T) {
	pack := monacoPack(t)
	model := untrainedBundle(t, pack, nil)
	if _, _, err := runVerb(t, "lat,lon\n10,10\n", "embed", "--bundle", model, "--pack", pack, "--engine", "go"); err == nil {
		t.Error("no error although no place has a vector")
	}
	for _, at := range []string{"91,0", "NaN,0", "0,540", "here", "1"} {
		_, _, err := runVerb(t, "", "embed", "--bundle", model, "--pack", pack, "--at", at)
		if !errors.Is(err, loc2vec.ErrCoordinate) {
			t.Errorf("--at %s: error %v", at, err)
		}
	}
	for _, args := range [][]string{
		{}, {"--bundle", model},
		{"--bundle", model, "--pack", pack, "--at", "1,1", "--engine", "abacus"},
		{"--bundle", model, "--pack", pack, "--at", "1,1", "--format", "xml"},
	} {
		var usage usageError
		if _, _, err := runVerb(t, "", "embed", args...); !errors.As(err, &usage) {
			t.Errorf("%v: error %v, want one about usage", args, err)
		}
	}
}
