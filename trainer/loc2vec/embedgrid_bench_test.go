package main

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// gridFileVariable names an extract for BenchmarkEmbedGrid.
const gridFileVariable = "LOC2VEC_BENCH_PBF"

// TestGridComputesEachRasterOnce: a grid computes as many vectors as it has different rasters, also where several
// goroutines meet at one.
func TestGridComputesEachRasterOnce(t *testing.T) {
	c := newAreaCommand(t)
	out, messages, err := c.run(t, "--grid", "90")
	if err != nil {
		t.Fatal(err)
	}
	places := gridPlaces(t, out)
	distinct := distinctRasters(t, c.pack, raster.Spec{Metres: 200, Pixels: 32}, places)
	if distinct == len(places) {
		t.Fatalf("%d cells, all with different rasters", len(places))
	}
	if want := fmt.Sprintf("%d rows of %[1]d places; %d (", len(places), len(places)-distinct); !strings.Contains(messages, want) {
		t.Errorf("want %q in %s", want, messages)
	}
}

// BenchmarkEmbedGrid is a grid of 45 m over Monaco, or over the extract that LOC2VEC_BENCH_PBF names, with the base model.
// "cells" are its places, "repeated" is the share whose raster another one had, "computed" the number of vectors computed
// to that of different rasters: 1 where the cache is large enough. "without-cache" is the time without a cache to that with one.
func BenchmarkEmbedGrid(b *testing.B) {
	path := os.Getenv(gridFileVariable)
	if path == "" {
		path = osmtestdata.Path(b, "monaco")
	}
	pack := filepath.Join(b.TempDir(), "region.pmtiles")
	if _, messages, err := runVerb(b, "", "extract", path, "-o", pack); err != nil {
		b.Fatalf("%v\n%s", err, messages)
	}
	out, messages, err := runVerb(b, "", "embed", "--bundle", "base", "--engine", "go", "--pack", pack, "--grid", "45", "--vector-column")
	if err != nil {
		b.Fatalf("%v\n%s", err, messages)
	}
	places := gridPlaces(b, out)
	var elapsed [2]time.Duration // with and without a cache
	var repeated int64
	var spec raster.Spec
	for b.Loop() {
		for i, cache := range []int{rasterCacheBytes, 0} {
			model, err := openModel("base", []string{pack}, sdk.Options{Engine: sdk.Go, RasterCache: cache})
			if err != nil {
				b.Fatal(err)
			}
			began := time.Now()
			for rest := places; len(rest) > 0; {
				block := rest[:min(blockRows, len(rest))]
				rest = rest[len(block):]
				if _, err := model.EmbedMany(b.Context(), block); err != nil {
					b.Fatal(err)
				}
			}
			elapsed[i] += time.Since(began)
			repeated += model.RepeatedRasters()
			spec = model.Manifest().Raster
			if err := model.Close(); err != nil {
				b.Fatal(err)
			}
		}
	}
	cells := float64(len(places))
	computed := cells - float64(repeated)/float64(b.N)
	b.ReportMetric(cells, "cells")
	b.ReportMetric(cells*float64(b.N)/elapsed[0].Seconds(), "cells/s")
	b.ReportMetric(1-computed/cells, "repeated")
	b.ReportMetric(computed/float64(distinctRasters(b, pack, spec, places)), "computed")
	b.ReportMetric(elapsed[1].Seconds()/elapsed[0].Seconds(), "without-cache")
}

// gridPlaces returns the centres of the cells of a CSV file, all of which have a vector.
func gridPlaces(t testing.TB, text string) []loc2vec.LatLon {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) < 100 || records[0][1] != "lat" || records[0][2] != "lon" {
		t.Fatalf("%d records: %v", len(records), records[0])
	}
	places := make([]loc2vec.LatLon, len(records)-1)
	for i, record := range records[1:] {
		if problem := record[len(record)-1]; problem != "" {
			t.Fatalf("cell %s: %s", record[0], problem)
		}
		if places[i], err = parsePlace(record[1] + "," + record[2]); err != nil {
			t.Fatal(err)
		}
	}
	return places
}

// distinctRasters returns how many different rasters places have.
func distinctRasters(t testing.TB, pack string, spec raster.Spec, places []loc2vec.LatLon) int {
	t.Helper()
	r, err := pipeline.OpenRegion([]string{pack})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var mu sync.Mutex
	seen := map[[sha256.Size]byte]bool{}
	err = r.Tiles.DrawEach(context.Background(), spec, places, runtime.GOMAXPROCS(0), func(_ int, pixels []uint8) error {
		sum := sha256.Sum256(pixels)
		mu.Lock()
		defer mu.Unlock()
		seen[sum] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return len(seen)
}
