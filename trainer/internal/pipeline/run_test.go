package pipeline

import (
	"testing"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// TestMismatch: the first field in which a checkpoint and a bundle disagree.
func TestMismatch(t *testing.T) {
	origin := func(sha256 string) bundle.Pack { return bundle.Pack{ContentSHA256: sha256} }
	spec := raster.Spec{Metres: 200, Pixels: 64}
	for _, c := range []struct {
		want  string
		spoil func(p *train.Progress, m *bundle.Manifest)
	}{
		{"", func(p *train.Progress, m *bundle.Manifest) {}},
		{"steps: 8, in the bundle 9", func(p *train.Progress, m *bundle.Manifest) { m.Provenance.Steps = 9 }},
		{"seed: 1, in the bundle 2", func(p *train.Progress, m *bundle.Manifest) { m.Provenance.Seed = 2 }},
		{"loss: softpn, in the bundle npair", func(p *train.Progress, m *bundle.Manifest) { m.Provenance.Loss = "npair" }},
		{"architecture: lite, in the bundle wide", func(p *train.Progress, m *bundle.Manifest) { m.Provenance.Net = "wide" }},
		{"raster: {200 64}, in the bundle {200 32}", func(p *train.Progress, m *bundle.Manifest) { m.Raster.Pixels = 32 }},
		{"schema: s, in the bundle r", func(p *train.Progress, m *bundle.Manifest) { m.SchemaHash = "r" }},
		{"packs: a, b, in the bundle a", func(p *train.Progress, m *bundle.Manifest) { m.Provenance.Packs = m.Provenance.Packs[:1] }},
		{"packs: a, in the bundle a, b", func(p *train.Progress, m *bundle.Manifest) { p.Inputs.Packs = p.Inputs.Packs[:1] }},
		{"model to start from: x, in the bundle ", func(p *train.Progress, m *bundle.Manifest) { p.Inputs.From = "x" }},
		{"", func(p *train.Progress, m *bundle.Manifest) { // b is the other model's
			p.Inputs.From, m.Provenance.From, p.Inputs.Packs = "x", "x", p.Inputs.Packs[:1]
		}},
	} {
		p := train.Progress{Step: 8, Config: train.Config{
			Architecture: "lite", Raster: spec, Loss: "softpn", Seed: 1,
		}, Inputs: train.Inputs{SchemaHash: "s", Packs: []string{"a", "b"}}}
		m := bundle.Manifest{SchemaHash: "s", Raster: spec, Provenance: bundle.Provenance{
			Seed: 1, Steps: 8, Loss: "softpn", Net: "lite", Packs: []bundle.Pack{origin("a"), origin("b")},
		}}
		c.spoil(&p, &m)
		if got := mismatch(p, m); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
