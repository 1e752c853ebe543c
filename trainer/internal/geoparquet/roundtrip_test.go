package geoparquet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/extsort"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet"
)

// shops returns rows with a column of every type, some values missing, the last rows without a place or vector.
func shops(n int) (geoparquet.WriterOptions, []geoparquet.Row) {
	opts := geoparquet.WriterOptions{
		Columns: []geoparquet.Column{
			{Name: "name", Type: geoparquet.Text}, {Name: "open", Type: geoparquet.Bool}, {Name: "id", Type: geoparquet.Int},
			{Name: "rating", Type: geoparquet.Float}, {Name: "since", Type: geoparquet.Date}, {Name: "seen", Type: geoparquet.Timestamp},
			{Name: "clock", Type: geoparquet.LocalTimestamp}, {Name: "logo", Type: geoparquet.Bytes}, {Name: "tags", Type: geoparquet.JSON},
		},
		Dimensions: loc2vec.Dimension,
		Embeddings: geoparquet.Embeddings{
			Model: "base", Space: "58e92def99035ff3", Metric: loc2vec.Euclidean, Pixels: 64, Metres: 200,
			Sources: []geoparquet.Source{{
				Name: "bremen", File: "bremen.pmtiles", ContentSHA256: "00ff", Date: "2017-09-12T20:10:25Z", Attribution: "© OpenStreetMap contributors, ODbL 1.0",
			}},
		},
	}
	rng := rand.New(rand.NewPCG(7, 8))
	var rows []geoparquet.Row
	for i := range n {
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -i)
		row := geoparquet.Row{
			Place: loc2vec.LatLon{Lat: 53 + rng.NormFloat64()/20, Lon: 8.8 + rng.NormFloat64()/20},
			Values: []any{
				fmt.Sprintf("Café %d\nzweite Zeile", i), i%2 == 0, int64(i), rng.Float64() * 5, at,
				at.Add(time.Duration(i) * time.Microsecond), at.Add(time.Hour), []byte{byte(i), 0, 255}, `{"amenity":"cafe","n":[1,null]}`,
			},
		}
		for range loc2vec.Dimension {
			row.Vector = append(row.Vector, float32(rng.NormFloat64()))
		}
		if i%3 == 0 {
			row.Values[rng.IntN(2)*6+1] = nil
		}
		switch i {
		case n - 1:
			row.Err, row.Place, row.Vector = errors.New("no coordinate"), loc2vec.LatLon{}, nil
		case n - 2:
			row.Vector = nil
		}
		rows = append(rows, row)
	}
	return opts, rows
}

// write returns the file of rows.
func write(t testing.TB, opts geoparquet.WriterOptions, rows []geoparquet.Row) ([]byte, geoparquet.Summary) {
	t.Helper()
	var out bytes.Buffer
	w, err := geoparquet.NewWriter(&out, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for i := range rows {
		if err := w.Write(&rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	summary, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), summary
}

// read returns all rows of a file.
func read(t testing.TB, data []byte, opts geoparquet.ReaderOptions) ([]geoparquet.Column, []geoparquet.Row) {
	t.Helper()
	r, err := geoparquet.NewReader(bytes.NewReader(data), int64(len(data)), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var rows []geoparquet.Row
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Columns(), rows
		}
		if err != nil {
			t.Fatalf("row %d: %v", len(rows), err)
		}
		kept := *row
		kept.Values = slices.Clone(row.Values)
		rows = append(rows, kept)
	}
}

// TestRoundTrip: all columns come back with their types and values, whether rows were sorted in memory or in files, and
// the bytes do not depend on it.
func TestRoundTrip(t *testing.T) {
	for _, quantise := range []bool{false, true} {
		t.Run(fmt.Sprint("quantise=", quantise), func(t *testing.T) {
			opts, rows := shops(1000)
			opts.Quantise = quantise
			data, summary := write(t, opts, rows)
			if summary.Rows != 1000 || summary.Places != 999 || summary.Vectors != 998 {
				t.Errorf("summary %+v", summary)
			}
			opts.Sort = extsort.Options{Memory: 10_000, Dir: t.TempDir()}
			if again, _ := write(t, opts, rows); !bytes.Equal(data, again) {
				t.Error("the bytes depend on the memory of the sort")
			}
			columns, back := read(t, data, geoparquet.ReaderOptions{})
			want := append(slices.Clone(opts.Columns), geoparquet.Column{Name: "vector", Type: geoparquet.JSON})
			if !slices.Equal(columns, want) || len(back) != len(rows) {
				t.Fatalf("%d rows of %v", len(back), columns)
			}
			for i, got := range back {
				want := rows[got.Values[2].(int64)]
				if (got.Err == nil) != (want.Err == nil) || got.Place != want.Place {
					t.Errorf("row %d: place %v, %v, want %v", i, got.Place, got.Err, want.Place)
				}
				for c, v := range want.Values {
					if !reflect.DeepEqual(got.Values[c], v) {
						t.Errorf("row %d, column %s: %#v, want %#v", i, columns[c].Name, got.Values[c], v)
					}
				}
				checkVector(t, got.Values[9], want.Vector, summary.Quantization)
			}
			if last := back[len(back)-1]; last.Err == nil {
				t.Error("the row without a place is not the last one")
			}
		})
	}
}

// checkVector compares the text of a list with a vector.
func checkVector(t *testing.T, text any, want []float32, q *geoparquet.Quantization) {
	t.Helper()
	list := "["
	for i, v := range want {
		if i > 0 {
			list += ","
		}
		if q == nil {
			list += strconv.FormatFloat(float64(v), 'g', -1, 32)
			continue
		}
		n := q.Quantise(nil, want)[i]
		list += strconv.Itoa(int(n))
		if off := math.Abs(float64(q.Dequantise(nil, q.Quantise(nil, want))[i] - v)); off > q.Scale[i]*.5001 {
			t.Errorf("axis %d is off by %g with a scale of %g", i, off, q.Scale[i])
		}
	}
	list += "]"
	if got, _ := text.(string); want != nil && got != list || want == nil && text != nil {
		t.Errorf("vector %v, want %s", text, list)
	}
}

// TestReadVectors reads vectors as such, and refuses files that say nothing about theirs or contradict it.
func TestReadVectors(t *testing.T) {
	for _, quantise := range []bool{false, true} {
		opts, rows := shops(300)
		opts.Quantise = quantise
		data, summary := write(t, opts, rows)
		r, err := geoparquet.NewReader(bytes.NewReader(data), int64(len(data)), geoparquet.ReaderOptions{Vectors: true})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if e := *r.Embeddings(); !reflect.DeepEqual(e, geoparquet.StoredEmbeddings{Model: "base", Space: "58e92def99035ff3", Metric: loc2vec.Euclidean, Dimensions: 16}) {
			t.Errorf("%+v", e)
		}
		if !slices.Equal(r.Columns(), opts.Columns) {
			t.Errorf("columns %v", r.Columns())
		}
		for range rows {
			row, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			want := rows[row.Values[2].(int64)].Vector
			if q := summary.Quantization; q != nil && want != nil {
				want = q.Dequantise(nil, q.Quantise(nil, want))
			}
			if !slices.Equal(row.Vector, want) || (row.Vector == nil) != (want == nil) {
				t.Fatalf("vector %v, want %v", row.Vector, want)
			}
		}
		for _, swap := range [][2]string{
			{`"dimensions":16`, `"dimensions":17`}, {`"dimensions":16`, `"dimensions":15`}, {`"column":"vector"`, `"column":"rating"`},
			{`"column":"vector"`, `"column":"missin"`}, {`"dimensions":16`, `"dimensions":-1`},
		} {
			swap[1] += strings.Repeat(" ", len(swap[0])-len(swap[1]))
			damaged := bytes.Replace(data, []byte(swap[0]), []byte(swap[1]), 1)
			r, err := geoparquet.NewReader(bytes.NewReader(damaged), int64(len(data)), geoparquet.ReaderOptions{Vectors: true})
			if err == nil {
				_, err = r.Next()
			}
			if !errors.Is(err, loc2vec.ErrCorrupt) {
				t.Errorf("%s: %v", swap[1], err)
			}
		}
	}
	plain := file(t, []geometryRow{{1, nil}}, geo(`"encoding":"WKB","geometry_types":[]`))
	if _, err := geoparquet.NewReader(bytes.NewReader(plain), int64(len(plain)), geoparquet.ReaderOptions{Vectors: true}); !errors.Is(err, geoparquet.ErrNoVectors) {
		t.Errorf("got %v", err)
	}
}

// TestHilbertOrder: the way along the rows is a small part of that in any other order.
func TestHilbertOrder(t *testing.T) {
	opts, rows := shops(2000)
	data, _ := write(t, opts, rows)
	_, back := read(t, data, geoparquet.ReaderOptions{})
	length := func(rows []geoparquet.Row) (sum float64) {
		for i := 1; i < len(rows)-1; i++ {
			sum += rows[i-1].Place.DistanceTo(rows[i].Place)
		}
		return sum
	}
	if before, after := length(rows), length(back); after > before/10 {
		t.Errorf("%.0f m along the rows, %.0f m before", after, before)
	}
}

// TestWriterRefuses: what has no place in the file is an error of the row, not a panic of the library.
func TestWriterRefuses(t *testing.T) {
	opts, rows := shops(1)
	w, err := geoparquet.NewWriter(io.Discard, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []geoparquet.Row{
		{Values: rows[0].Values[:2]},
		{Values: slices.Replace(slices.Clone(rows[0].Values), 0, 1, any(3.5))},
		{Values: slices.Replace(slices.Clone(rows[0].Values), 0, 1, any(uint(3)))},
		{Values: rows[0].Values, Vector: make([]float32, 3)},
	} {
		if err := w.Write(&row); err == nil {
			t.Errorf("written: %v", row)
		}
	}
	for _, columns := range [][]geoparquet.Column{{{Name: "a"}, {Name: "a"}}, {{Name: "geometry"}}, {{Name: "vector"}}} {
		if _, err := geoparquet.NewWriter(io.Discard, geoparquet.WriterOptions{Columns: columns}); err == nil {
			t.Errorf("columns %v", columns)
		}
	}
}

// TestEmptyFile: a table without rows is a file without rows.
func TestEmptyFile(t *testing.T) {
	opts, _ := shops(0)
	opts.Quantise = true
	data, _ := write(t, opts, nil)
	if columns, rows := read(t, data, geoparquet.ReaderOptions{}); len(columns) != 10 || len(rows) != 0 {
		t.Errorf("%d columns, %d rows", len(columns), len(rows))
	}
}
