package mvt

import (
	"errors"
	"testing"

	"github.com/loc2vec/loc2vec"
)

func FuzzDecoder(f *testing.F) {
	var d Decoder
	f.Fuzz(func(t *testing.T, data []byte) {
		err := d.Decode(data, func(p *loc2vec.Part) {
			if p.Layer >= loc2vec.NumLayers || len(p.Points) < int(p.Kind) || p.Kind == loc2vec.KindDisc && len(p.Points) != 1 {
				t.Fatalf("%v of layer %v with %d points", p.Kind, p.Layer, len(p.Points))
			}
			for _, q := range p.Points {
				if max(q.X, -q.X, q.Y, -q.Y) > maxCoordinate {
					t.Fatalf("point %v", q)
				}
			}
		})
		if err != nil && !errors.Is(err, loc2vec.ErrCorrupt) && !errors.Is(err, loc2vec.ErrVersion) {
			t.Fatalf("%v is neither ErrCorrupt nor ErrVersion", err)
		}
	})
}
