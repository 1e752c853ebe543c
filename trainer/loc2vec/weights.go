package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/metric"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

// weightPlaces are the places that the batch of the verb weights is drawn from.
const weightPlaces = 1000

// weightsReport is what weights -json prints: a batch of a region, and how each loss weighs its
// pairs. All lists of pairs are in one order.
type weightsReport struct {
	Bundle   string               `json:"bundle"`
	SpaceID  string               `json:"space_id"`
	Region   string               `json:"region"`
	Seed     uint64               `json:"seed"`
	Places   int                  `json:"places"`
	Views    int                  `json:"views"` // of each place
	Anchor   []int                `json:"anchor"`
	Other    []int                `json:"other"`
	Positive []bool               `json:"positive"`
	Losses   []*pairLoss          `json:"losses"`
	LeftOut  map[string]string    `json:"left_out,omitempty"` // losses without pairs, and why
	Measures map[string][]float64 `json:"measures"`           // of each pair, by the names that the losses use
}

// pairLoss is how a loss weighs the pairs.
type pairLoss struct {
	Loss    string  `json:"loss"` // with its parameters
	Measure string  `json:"measure"`
	Value   float64 `json:"value"`
	// Slope is dL/dm for the measure m of a pair, Weight its size times the rows of the batch.
	Slope  []float64 `json:"slope"`
	Weight []float64 `json:"weight"`
	// Positives and Negatives sum up.
	Positives pairSide `json:"positives"`
	Negatives pairSide `json:"negatives"`
}

// pairSide sums up the weights of the positives or of the negatives.
type pairSide struct {
	Sum float64 `json:"sum"`
	// Active is the share of pairs that weigh anything.
	Active float64 `json:"active"`
	// TopTenth is the share of the weight that the heaviest tenth of the pairs has.
	TopTenth float64 `json:"top_tenth"`
	// Backwards is the share of pairs that are moved the wrong way: positives apart, negatives
	// together.
	Backwards float64 `json:"backwards"`
}

// runWeights is the verb weights.
func runWeights(ctx context.Context, std stdio, args []string) error {
	f := newFlags(std, "weights", "-bundle M.l2v -pack R.pmtiles[,R…] [-loss NAME[,NAME…]] [-o X.svg] [-json]")
	bundle := f.String("bundle", "", "model whose vectors make up the batch, or base for the one that comes with loc2vec")
	packs := f.String("pack", "", "region packs that the batch is drawn from, separated by commas")
	names := f.String("loss", strings.Join(metric.Names(), ","), "losses to look at, separated by commas; train -losses explains them")
	params := lossParams{}
	f.Var(params, "loss-param", "parameter of the loss, as name=value, where -loss names only one; may be repeated")
	out := f.String("o", "", "picture to write: each pair's weight over its similarity, a chart for each loss (.svg)")
	asJSON := f.Bool("json", false, "print every pair as JSON instead of a summary")
	seed := f.Uint64("seed", 1, "seed of the batch")
	recipe := sample.DefaultBatchConfig()
	recipe.Positives, recipe.HardNegativeShare = 5, 0 // a batch for looking at pairs, easy and hard ones
	f.IntVar(&recipe.Places, "places", 10, "places in the batch")
	f.IntVar(&recipe.Positives, "positives", recipe.Positives, "views of each place beside its anchor")
	engine := f.engine()
	if err := f.parse(args, false); err != nil {
		return err
	}
	losses, err := lossesOf(*names, params, *seed)
	switch {
	case *bundle == "" || *packs == "":
		return usagef("-bundle and -pack are needed")
	case err != nil:
		return usageError{err: err}
	case recipe.Validate() != nil:
		return usageError{err: recipe.Validate()}
	case *out != "" && strings.ToLower(filepath.Ext(*out)) != ".svg":
		return usagef("-o %s: the picture is an .svg", *out)
	}
	if err := checkOutput("-o", *out, append(strings.Split(*packs, ","), *bundle, engine.library)...); err != nil {
		return err
	}
	model, encoder, err := engine.open(std, *bundle)
	if err != nil {
		return err
	}
	defer encoder.Close()
	region, err := pipeline.OpenRegionFor(&model.Manifest, splitList(*packs))
	if err != nil {
		return err
	}
	defer region.Close()
	embeddings, labels, err := drawBatch(ctx, region, encoder, model.Manifest.Raster, recipe, *seed)
	if err != nil {
		return err
	}
	r := weightsReport{
		Bundle: filepath.Base(*bundle), SpaceID: model.Manifest.SpaceID, Region: region.Name(), Seed: *seed,
		Places: recipe.Places, Views: 1 + recipe.Positives,
	}
	if err := r.weigh(losses, embeddings, labels); err != nil {
		return err
	}
	if *out != "" {
		if err := output.Write(*out, r.picture().WriteSVG); err != nil {
			return err
		}
		fmt.Fprintf(std.err, "%s: %d losses, %d pairs\n", *out, len(r.Losses), len(r.Anchor))
	}
	if *asJSON {
		return json.NewEncoder(std.out).Encode(&r)
	}
	return r.write(std.out)
}

// lossesOf makes the losses of a comma-separated list.
func lossesOf(list string, params map[string]string, seed uint64) ([]*metric.Loss, error) {
	names := strings.Split(list, ",")
	if len(params) > 0 && len(names) != 1 {
		return nil, fmt.Errorf("-loss-param is for one loss, -loss names %d", len(names))
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

// batch draws the first batch of a training run with that recipe and seed, and embeds it: [B][D].
func drawBatch(ctx context.Context, r *pipeline.Region, encoder *sdk.Encoder, spec raster.Spec, recipe sample.BatchConfig, seed uint64) (embeddings []float64, labels []int, err error) {
	places, _, err := sample.Draw(ctx, r.Tiles, sample.DefaultDraw(max(weightPlaces, recipe.Places), seed))
	if err != nil {
		return nil, nil, err
	}
	stream, err := sample.NewStream(ctx, sample.Config{
		Tiles: r.Tiles, Places: places, Spec: spec, Batch: recipe, Seed: seed, Workers: 1, Ahead: 1,
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
	if err := pipeline.NewForwarder(encoder, spec).Forward(vectors, batch.Rasters); err != nil {
		return nil, nil, fmt.Errorf("embed the batch: %w", err)
	}
	for _, v := range vectors {
		embeddings = append(embeddings, float64(v))
	}
	return embeddings, slices.Clone(batch.Labels), nil
}

// weigh fills in the pairs and how the losses weigh them.
func (r *weightsReport) weigh(losses []*metric.Loss, embeddings []float64, labels []int) error {
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
		p := &pairLoss{Loss: loss.String(), Measure: measureName(slopes.Measure), Value: slopes.Value}
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

// measureName names what a loss sees of a pair.
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

// side sums up the positives or the negatives; farther says that more of the measure is farther.
func (p *pairLoss) side(positive []bool, which, farther bool) pairSide {
	var weights []float64
	var s pairSide
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

// picture draws each pair's weight over its measure.
func (r *weightsReport) picture() *report.Scatter {
	s := &report.Scatter{
		Title: "How each loss weighs the pairs of one batch",
		Note: fmt.Sprintf("%d places of %s, %d views each, seen by %s: %d pairs. The weight is the size of the loss's slope along the pair's measure, times the rows of the batch.",
			r.Places, r.Region, r.Views, r.Bundle, len(r.Anchor)),
		Kinds: [2]string{"positives", "negatives"}, YLabel: "weight",
	}
	for _, p := range r.Losses {
		panel := report.ScatterPanel{XLabel: p.Measure}
		panel.Title, panel.Note, _ = strings.Cut(p.Loss, " ")
		for i, w := range p.Weight {
			kind := 1
			if r.Positive[i] {
				kind = 0
			}
			panel.Points[kind] = append(panel.Points[kind], report.Point{X: r.Measures[p.Measure][i], Y: w})
		}
		s.Panels = append(s.Panels, panel)
	}
	return s
}

// write prints the summary.
func (r *weightsReport) write(w io.Writer) error {
	fmt.Fprintf(w, "%d places of %s, %d views each, seen by %s: %d pairs\n\n", r.Places, r.Region, r.Views, r.Bundle, len(r.Anchor))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "loss\tmeasure\tvalue\tweight +\tactive +\ttop tenth +\tweight -\tactive -\ttop tenth -\tbackwards")
	for _, p := range r.Losses {
		fmt.Fprintf(t, "%s\t%s\t%.4g", p.Loss, p.Measure, p.Value)
		for _, s := range []pairSide{p.Positives, p.Negatives} {
			fmt.Fprintf(t, "\t%.4g\t%.0f %%\t%.0f %%", s.Sum, 100*s.Active, 100*s.TopTenth)
		}
		fmt.Fprintf(t, "\t%.0f %%\n", 100*max(p.Positives.Backwards, p.Negatives.Backwards))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "\n+ positives, - negatives. Active: share of the pairs that weigh anything. Top tenth: share of the weight on the heaviest tenth of the pairs.")
	for _, name := range metric.Names() {
		if why, ok := r.LeftOut[name]; ok {
			fmt.Fprintf(w, "left out: %s\n", why)
		}
	}
	return nil
}
