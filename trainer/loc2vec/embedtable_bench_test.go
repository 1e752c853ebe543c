package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
	"github.com/loc2vec/loc2vec/trainer/internal/table"
)

// BenchmarkEmbedTable is a table of places of Monaco with the base model: on all processors, on one, and its embeddings
// alone. "speedup" is the rate against one processor, "of-alone" that against the embeddings alone. The files are
// compared: they are the same on any number of processors.
func BenchmarkEmbedTable(b *testing.B) {
	pack := b.TempDir() + "/monaco.pmtiles"
	if _, messages, err := runVerb(b, "", "extract", osmtestdata.Path(b, "monaco"), "-o", pack); err != nil {
		b.Fatalf("%v\n%s", err, messages)
	}
	model, err := openModel("base", []string{pack}, sdk.Options{Engine: sdk.Go})
	if err != nil {
		b.Fatal(err)
	}
	defer model.Close()
	r, err := pipeline.OpenRegion([]string{pack})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	places, _, err := sample.Draw(b.Context(), r.Tiles, sample.DefaultDraw(4096, 9))
	if err != nil {
		b.Fatal(err)
	}
	rows := len(places)
	rand.New(rand.NewPCG(1, 1)).Shuffle(rows, func(i, j int) { places[i], places[j] = places[j], places[i] })
	var text strings.Builder
	text.WriteString("id,lat,lon\n")
	for i, p := range places {
		fmt.Fprintf(&text, "%d,%v,%v\n", i, p.Lat, p.Lon)
	}
	embedTable := func() []byte {
		in, err := table.NewCSVReader(strings.NewReader(text.String()), geofile.TableOptions{}, table.CombinedOptions{})
		if err != nil {
			b.Fatal(err)
		}
		defer in.Close()
		var out bytes.Buffer
		to := tableOutput{format: "csv", out: &out, messages: io.Discard}
		e := tableEmbedding{model: model, regions: model.Regions(), input: &tableInput{Reader: in}, failures: rowErrors{messages: io.Discard}}
		err = to.write(to.schema(in.Columns(), addedColumns(false)), func(w table.Writer) error { return e.write(b.Context(), w) })
		if err != nil {
			b.Fatal(err)
		}
		if e.failures.rows > 0 {
			b.Fatalf("%d rows have no vector", e.failures.rows)
		}
		return out.Bytes()
	}
	seconds := func(work func()) float64 {
		began := time.Now()
		work()
		return time.Since(began).Seconds()
	}
	var one, all, alone float64
	embedTable() // the tiles are in the cache
	for b.Loop() {
		var first, second []byte
		alone += seconds(func() {
			if _, err := model.EmbedMany(b.Context(), places); err != nil {
				b.Fatal(err)
			}
		})
		all += seconds(func() { first = embedTable() })
		processors := runtime.GOMAXPROCS(1)
		one += seconds(func() { second = embedTable() })
		runtime.GOMAXPROCS(processors)
		if !bytes.Equal(first, second) {
			b.Fatal("another file on one processor")
		}
	}
	b.ReportMetric(float64(b.N*rows)/all, "places/s")
	b.ReportMetric(one/all, "speedup")
	b.ReportMetric(alone/all, "of-alone")
}
