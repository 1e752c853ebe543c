package geoparquet_test

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/osmextract"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/base"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet"
)

// bremenGrid returns the cells, 45.9 m wide, of 24 tiles of Bremen with the vectors of the base model.
func bremenGrid(t *testing.T) (geoparquet.WriterOptions, []geoparquet.Row) {
	t.Helper()
	var file bytes.Buffer
	_, err := osmextract.Extract(t.Context(), &file, osmextract.Options{Name: "bremen", Files: []string{osmtestdata.Path(t, "bremen")}})
	if err != nil {
		t.Fatal(err)
	}
	region, err := pack.Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	model, err := sdk.OpenBytes(base.Bundle(), sdk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	if err := model.AddPack(region); err != nil {
		t.Fatal(err)
	}
	const side = 32 // cells of a tile
	first := loc2vec.LatLon{Lat: 53.0793, Lon: 8.8017}.Point()
	tileX, tileY := math.Floor(first.X*(1<<loc2vec.Zoom))-3, math.Floor(first.Y*(1<<loc2vec.Zoom))-2
	var places []loc2vec.LatLon
	for y := range 4 * side {
		for x := range 6 * side {
			cell := func(tile float64, i int) float64 { return (tile + (float64(i)+0.5)/side) / (1 << loc2vec.Zoom) }
			places = append(places, loc2vec.Point{X: cell(tileX, x), Y: cell(tileY, y)}.LatLon())
		}
	}
	outcomes, err := model.EmbedMany(t.Context(), places)
	if err != nil {
		t.Fatal(err)
	}
	opts := geoparquet.WriterOptions{Dimensions: loc2vec.Dimension, Columns: []geoparquet.Column{
		{Name: "id", Type: geoparquet.Int}, {Name: "lat", Type: geoparquet.Float}, {Name: "lon", Type: geoparquet.Float},
		{Name: "mapped", Type: geoparquet.Float}, {Name: "region", Type: geoparquet.Text},
	}}
	var rows []geoparquet.Row
	for i, o := range outcomes {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		p := places[i]
		rows = append(rows, geoparquet.Row{Place: p, Vector: o.Result.Vector.Values[:],
			Values: []any{int64(i), p.Lat, p.Lon, o.Result.Mapped, o.Result.Region}})
	}
	return opts, rows
}

// TestSizeAndFidelity writes a grid of Bremen: bytes a place, and how many of the ten nearest neighbours the vectors of
// 8 bits keep.
func TestSizeAndFidelity(t *testing.T) {
	if testing.Short() {
		t.Skip("computes 24,576 vectors")
	}
	opts, rows := bremenGrid(t)
	var quantization *geoparquet.Quantization
	for _, c := range []struct {
		quantise bool
		most     float64 // bytes a place
	}{{false, 70}, {true, 24}} {
		opts.Quantise = c.quantise
		data, summary := write(t, opts, rows)
		size := float64(len(data)) / float64(len(rows))
		t.Logf("quantise=%v: %.1f bytes a place", c.quantise, size)
		if size > c.most {
			t.Errorf("%.1f bytes a place, want at most %v", size, c.most)
		}
		quantization = summary.Quantization
	}
	exact := distinct(rows)
	var stored [][]float32
	for _, v := range exact {
		stored = append(stored, quantization.Dequantise(nil, quantization.Quantise(nil, v)))
	}
	kept, both := 0, 0
	const every, k = 50, 10
	queries := 0
	for i := 0; i < len(exact); i += every {
		want := neighbours(exact, i, exact[i], k)
		for _, n := range neighbours(stored, i, exact[i], k) {
			kept += count(want, n)
		}
		for _, n := range neighbours(stored, i, stored[i], k) {
			both += count(want, n)
		}
		queries++
	}
	overlap := func(n int) float64 { return float64(n) / float64(k*queries) }
	t.Logf("of the ten nearest of %d vectors %.4f are the same, %.4f when the query is of 8 bits too", len(exact), overlap(kept), overlap(both))
	if overlap(kept) < 0.98 || overlap(both) < 0.975 {
		t.Errorf("overlap %.4f, %.4f", overlap(kept), overlap(both))
	}
}

// distinct returns the vectors that differ: cells of equal rasters have equal vectors, whose order means nothing.
func distinct(rows []geoparquet.Row) (vectors [][]float32) {
	seen := map[[loc2vec.Dimension]float32]bool{}
	for _, row := range rows {
		if v := [loc2vec.Dimension]float32(row.Vector); !seen[v] {
			seen[v] = true
			vectors = append(vectors, row.Vector)
		}
	}
	return vectors
}

// neighbours returns the k vectors nearest to query, without vector i.
func neighbours(vectors [][]float32, i int, query []float32, k int) []int {
	type neighbour struct {
		index int
		d2    float64
	}
	var best []neighbour
	for j, v := range vectors {
		if j == i {
			continue
		}
		d2 := 0.0
		for axis, x := range v {
			d := float64(x - query[axis])
			d2 += d * d
		}
		if len(best) == k && d2 >= best[k-1].d2 {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, d2, func(n neighbour, d2 float64) int {
			if n.d2 < d2 {
				return -1
			}
			return 1
		})
		best = slices.Insert(best, at, neighbour{j, d2})
		best = best[:min(len(best), k)]
	}
	indices := make([]int, len(best))
	for n, b := range best {
		indices[n] = b.index
	}
	return indices
}

func count(of []int, n int) int {
	if slices.Contains(of, n) {
		return 1
	}
	return 0
}

// BenchmarkWrite writes a hundred thousand places a time.
func BenchmarkWrite(b *testing.B) {
	opts, rows := shops(1000)
	for i, quantise := range []bool{false, true} {
		b.Run([]string{"float32", "int8"}[i], func(b *testing.B) {
			opts.Quantise = quantise
			const copies = 100
			size := 0
			for b.Loop() {
				all := make([]geoparquet.Row, 0, copies*len(rows))
				for range copies {
					all = append(all, rows...)
				}
				data, _ := write(b, opts, all)
				size = len(data)
			}
			n := float64(copies * len(rows))
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/place")
			b.ReportMetric(float64(size)/n, "B/place")
		})
	}
}
