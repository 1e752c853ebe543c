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
)

// TestEmbedRows: each valid row has a vector, in order; each invalid one has a message that names it.
func TestEmbedRows(t *testing.T) {
	pack := monacoPack(t)
	model := untrainedBundle(t, pack, nil)
	const rows = "lat,lon\n43.7384,7.4246\nhere,7\n43.74,7.43\n10,10\n91,0\n"
	out, messages, err := runVerb(t, rows, "embed", "--bundle", model, "--pack", pack, "--engine", "go")
	if err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	table, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(table) != 3 || !slices.Equal(table[0][:3], []string{"row", "lat", "lon"}) ||
		!slices.Equal(table[1][:3], []string{"2", "43.7384", "7.4246"}) || !slices.Equal(table[2][:3], []string{"4", "43.74", "7.43"}) {
		t.Fatalf("rows %v", table)
	}
	for _, part := range []string{"row 3", "row 6", "row 5: 10.0000000,10.0000000: ", "2 of 5"} {
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
		if want, err := strconv.ParseFloat(table[1][3+i], 32); err != nil || float32(want) != v {
			t.Errorf("coordinate %d: %v in JSON, %s in CSV", i, v, table[1][3+i])
		}
	}
	if place.Space != table[1][len(table[1])-1] || place.Space == "" {
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
