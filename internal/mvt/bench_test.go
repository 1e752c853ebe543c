package mvt_test

import (
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"

	"github.com/loc2vec/loc2vec/internal/mvt/mvttest"
)

func BenchmarkEncoder_10kPoints(b *testing.B) {
	features := mvttest.City()
	var e mvt.Encoder
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Encode(features); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecoder_10kPoints(b *testing.B) {
	tile := encode(b, mvttest.City()...)
	var d mvt.Decoder
	n := 0
	b.ReportAllocs()
	b.SetBytes(int64(len(tile)))
	for b.Loop() {
		if err := d.Decode(tile, func(p *loc2vec.Part) { n += len(p.Points) }); err != nil {
			b.Fatal(err)
		}
	}
}
