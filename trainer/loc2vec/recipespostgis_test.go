//go:build linux

package main

import (
	"encoding/csv"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/postgrestest"
)

// TestRecipesPostGIS runs the programs of docs/recipes.md in psql.
func TestRecipesPostGIS(t *testing.T) {
	psql := installed(t, "psql")
	server, err := postgrestest.Start()
	if errors.Is(err, postgrestest.ErrNotInstalled) {
		t.Skip("needs PostgreSQL with PostGIS: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := server.Create(t.Context(), "recipes"); err != nil {
		t.Fatal(err)
	}
	r := newRecipes(t, "recipes.md")
	programs := r.programs(t, "psql", 2)
	run := func(sql string) string {
		return r.run(t, sql, psql, "-X", "-q", "--csv", "-v", "ON_ERROR_STOP=1", "-d", server.DSN("postgres", "recipes"))
	}
	if out := run(programs[0]); strings.TrimSpace(out) != "" {
		t.Errorf("got %s", out)
	}
	records, err := csv.NewReader(strings.NewReader(run(programs[1]))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	places := make([]loc2vec.LatLon, len(r.vectors))
	for i, record := range r.records(t, "vectors.csv")[1:] {
		if r.vectors[i] != nil {
			if places[i], err = parsePlace(record[2] + "," + record[3]); err != nil {
				t.Fatal(err)
			}
		}
	}
	var ids []string
	for _, record := range records[1:] {
		ids = append(ids, record[0])
		id, err := strconv.Atoi(record[0])
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []float64{r.distance(0, id-1), places[0].DistanceTo(places[id-1])} {
			if got, err := strconv.ParseFloat(record[1+i], 64); err != nil || math.Abs(got-want) > .005*want {
				t.Errorf("shop %d, column %d: %v, want %v; %v", id, i+1, got, want, err)
			}
		}
	}
	far := func(i int) bool { return places[0].DistanceTo(places[i]) > 500 }
	if want := r.nearest(0, 5, far); !slices.Equal(ids, want) {
		t.Errorf("nearest are %v, want %v", ids, want)
	}
}
