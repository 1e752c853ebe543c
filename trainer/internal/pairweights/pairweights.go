// Package pairweights shows how losses weigh the pairs of one batch: General Pair Weighting (Wang et al., 2019) at work.
package pairweights

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/metric"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

// drawnPlaces is how many places the batch is chosen from.
const drawnPlaces = 1000

// Options say which batch is weighed, embedded by which model, and by which losses.
type Options struct {
	Losses  []*metric.Loss
	Name    string // of the bundle, for the report
	Bundle  *bundle.Bundle
	Encoder *sdk.Encoder // of the bundle's model; the caller closes it
	Region  *pipeline.Region
	Batch   sample.BatchConfig
	Seed    uint64
}

// Report is a batch of a region, and how each loss weighs its pairs. All lists of pairs are in one order.
type Report struct {
	Bundle   string               `json:"bundle"`
	SpaceID  string               `json:"space_id"`
	Region   string               `json:"region"`
	Seed     uint64               `json:"seed"`
	Places   int                  `json:"places"`
	Views    int                  `json:"views"` // of each place
	Anchor   []int                `json:"anchor"`
	Other    []int                `json:"other"`
	Positive []bool               `json:"positive"`
	Losses   []*Loss              `json:"losses"`
	LeftOut  map[string]string    `json:"left_out,omitempty"` // losses without pairs, and why
	Measures map[string][]float64 `json:"measures"`           // of each pair, by the names that the losses use
}

// Loss is how a loss weighs the pairs.
type Loss struct {
	Loss    string  `json:"loss"` // with its parameters
	Measure string  `json:"measure"`
	Value   float64 `json:"value"`
	// Slope is dL/dm for the measure m of a pair, Weight its size times the rows of the batch.
	Slope  []float64 `json:"slope"`
	Weight []float64 `json:"weight"`
	// Positives and Negatives sum up.
	Positives Side `json:"positives"`
	Negatives Side `json:"negatives"`
}

// Side sums up the weights of the positives or of the negatives.
type Side struct {
	Sum float64 `json:"sum"`
	// Active is the share of pairs with a weight above zero.
	Active float64 `json:"active"`
	// TopTenth is the share of the weight on the heaviest tenth of the pairs.
	TopTenth float64 `json:"top_tenth"`
	// Backwards is the share of pairs moved in the wrong direction: positives apart, negatives together.
	Backwards float64 `json:"backwards"`
}

// New draws the first batch of a training run with the batch configuration and seed, embeds it, and weighs its pairs.
// Losses that are not functions of pairs are left out. If all are, that is an error.
func New(ctx context.Context, o Options) (*Report, error) {
	embeddings, labels, err := o.embed(ctx)
	if err != nil {
		return nil, err
	}
	r := &Report{
		Bundle: o.Name, SpaceID: o.Bundle.Manifest.SpaceID, Region: o.Region.Name(), Seed: o.Seed,
		Places: o.Batch.Places, Views: 1 + o.Batch.Positives,
	}
	return r, r.weigh(o.Losses, embeddings, labels)
}

// Losses makes losses by their names. Parameters are for a single loss.
func Losses(names []string, params map[string]string, seed uint64) ([]*metric.Loss, error) {
	if len(params) > 0 && len(names) != 1 {
		return nil, fmt.Errorf("loss_params are for one loss, not for %d", len(names))
	}
	var out []*metric.Loss
	for _, name := range names {
		spec, err := metric.Lookup(name)
		if err != nil {
			return nil, err
		}
		loss, err := spec.New(params, rand.New(rand.NewPCG(seed, 0)))
		if err != nil {
			return nil, err
		}
		out = append(out, loss)
	}
	return out, nil
}

// embed draws the batch and embeds it: [B][D].
func (o *Options) embed(ctx context.Context) (embeddings []float64, labels []int, err error) {
	spec := o.Bundle.Manifest.Raster
	places, _, err := sample.Draw(ctx, o.Region.Tiles, sample.DefaultDraw(max(drawnPlaces, o.Batch.Places), o.Seed))
	if err != nil {
		return nil, nil, err
	}
	stream, err := sample.NewStream(ctx, sample.Config{
		Tiles: o.Region.Tiles, Places: places, Spec: spec, Batch: o.Batch, Seed: o.Seed, Workers: 1, Ahead: 1,
	})
	if err != nil {
		return nil, nil, err
	}
	defer stream.Close()
	batch, err := stream.Next()
	if err != nil {
		return nil, nil, err
	}
	defer batch.Release()
	vectors := make([]float32, len(batch.Labels)*loc2vec.Dimension)
	if err := pipeline.NewForwarder(o.Encoder, spec).Forward(vectors, batch.Rasters); err != nil {
		return nil, nil, fmt.Errorf("embedding the batch: %w", err)
	}
	for _, v := range vectors {
		embeddings = append(embeddings, float64(v))
	}
	return embeddings, slices.Clone(batch.Labels), nil
}

// weigh fills in the pairs and how the losses weigh them.
func (r *Report) weigh(losses []*metric.Loss, embeddings []float64, labels []int) error {
	rows := len(labels)
	var at []int // of the pairs in the B x B matrices
	for i := range rows {
		for j := range rows {
			if i != j {
				at = append(at, i*rows+j)
				r.Anchor, r.Other, r.Positive = append(r.Anchor, i), append(r.Other, j), append(r.Positive, labels[i] == labels[j])
			}
		}
	}
	r.LeftOut, r.Measures = map[string]string{}, map[string][]float64{}
	for _, loss := range losses {
		slopes, err := loss.PairSlopes(embeddings, labels)
		if err != nil {
			r.LeftOut[loss.Spec().Name] = err.Error()
			continue
		}
		p := &Loss{Loss: loss.String(), Measure: measureName(slopes.Measure), Value: slopes.Value}
		if _, ok := r.Measures[p.Measure]; !ok {
			r.Measures[p.Measure] = pick(slopes.M, at)
		}
		p.Slope = pick(slopes.Slope, at)
		for _, s := range p.Slope {
			p.Weight = append(p.Weight, float64(rows)*math.Abs(s))
		}
		farther := slopes.Measure == metric.Euclidean || slopes.Measure == metric.SquaredSphere
		p.Positives, p.Negatives = p.side(r.Positive, true, farther), p.side(r.Positive, false, farther)
		r.Losses = append(r.Losses, p)
	}
	if len(r.Losses) == 0 {
		return fmt.Errorf("none of the losses is a function of pairs")
	}
	return nil
}

func pick(values []float64, at []int) []float64 {
	out := make([]float64, len(at))
	for i, k := range at {
		out[i] = values[k]
	}
	return out
}

// measureName names the measure of pairs that a loss depends on.
func measureName(d metric.Distance) string {
	switch d {
	case metric.Euclidean:
		return "distance"
	case metric.SquaredSphere:
		return "squared distance on the sphere"
	case metric.Cosine:
		return "cosine similarity"
	}
	return "dot product"
}

// side sums up the positives or the negatives; farther says that a larger measure means farther apart.
func (p *Loss) side(positive []bool, which, farther bool) Side {
	var weights []float64
	var s Side
	for i, is := range positive {
		if is != which {
			continue
		}
		weights = append(weights, p.Weight[i])
		s.Sum += p.Weight[i]
		if p.Weight[i] > 0 {
			s.Active++
		}
		// A loss falls along its negative slope: a positive distance slope pulls together.
		if together := p.Slope[i] > 0 == farther; p.Slope[i] != 0 && together != which {
			s.Backwards++
		}
	}
	n := float64(max(len(weights), 1))
	s.Active, s.Backwards = s.Active/n, s.Backwards/n
	slices.SortFunc(weights, func(a, b float64) int { return cmp.Compare(b, a) })
	for _, w := range weights[:(len(weights)+9)/10] {
		s.TopTenth += w / max(s.Sum, math.SmallestNonzeroFloat64)
	}
	return s
}
