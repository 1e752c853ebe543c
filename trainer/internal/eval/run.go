package eval

import (
	"context"
	"fmt"
	"math/rand/v2"
)

// Options are the settings of Run.
type Options struct {
	Metrics  Metrics // DefaultMetrics when empty
	Places   int     // greatest N of the gallery; 2,000 when 0
	Seed     uint64
	Probes   *Probes               // linear probes fitted on other regions; may be nil
	Split    string                // how the places were kept apart from training, in words
	FittedOn string                // what the baselines were fitted on, in words
	Progress func(done, total int) // may be nil; called by one goroutine at a time
}

// random returns the generator for one purpose.
func (o *Options) random(purpose uint64) *rand.Rand {
	// Places have the streams from 0 on as their own generators.
	return rand.New(rand.NewPCG(o.Seed, 1<<63+purpose))
}

// study is what the metrics are computed from: the views of a gallery's places, embedded by every
// method.
type study struct {
	gallery     *Region
	methods     []embedded
	descriptors []Descriptor // [N][views] of the rasters, nil when no metric needs them
	anchors     []Descriptor // [N] of the anchors
	plan        plan
	boot        *bootstrap
	options     Options
}

// plan lists the views that a run draws: galleryViews, then those of single metrics.
type plan struct {
	scanner              scanner
	probe, union, jitter int // indices of the metrics' first views
}

func newPlan(gallery *Region, o Options) plan {
	p := plan{scanner: scanner{region: gallery, views: galleryViews(), seed: o.Seed, progress: o.Progress}}
	add := func(name MetricName, views []view) int {
		first := len(p.scanner.views)
		if o.Metrics.Has(name) {
			p.scanner.views = append(p.scanner.views, views...)
		}
		return first
	}
	p.probe = add(LinearProbesMetric, probeViews())
	p.union = add(ArithmeticMetric, []view{{union: true}})
	p.jitter = add(JitterRobustnessMetric, jitterViews())
	p.scanner.partner = partners(len(gallery.Places), o.random(2))
	return p
}

// Run evaluates the methods on a gallery of the region's places. It returns ctx's error when ctx is
// cancelled, and the errors of the region's Drawer and of the methods.
func Run(ctx context.Context, region *Region, methods []Method, o Options) (*Result, error) {
	if len(o.Metrics) == 0 {
		o.Metrics = DefaultMetrics()
	}
	if o.Places == 0 {
		o.Places = 2000
	}
	r, err := run(ctx, region, methods, o)
	if err != nil {
		return nil, fmt.Errorf("evaluating on %s: %w", region.Name, err)
	}
	return r, nil
}

func run(ctx context.Context, region *Region, methods []Method, o Options) (*Result, error) {
	gallery, dropped, err := region.Gallery(ctx, o.Places)
	if err != nil {
		return nil, err
	}
	s := &study{gallery: gallery, plan: newPlan(gallery, o), options: o}
	views := len(s.plan.scanner.views)
	if o.Metrics.needDescriptors() {
		s.descriptors = make([]Descriptor, len(gallery.Places)*views)
	}
	if s.methods, err = s.plan.scanner.embed(ctx, methods, s.descriptors); err != nil {
		return nil, err
	}
	s.anchors = everyNth(s.descriptors, views)
	s.boot = newBootstrap(blocksOf(gallery.Places), o.random(1))
	r := &Result{
		Setting:     Setting{Region: region.Name, Split: o.Split, FittedOn: o.FittedOn, Seed: o.Seed, Metrics: o.Metrics},
		GallerySize: GallerySize{Places: len(gallery.Places), Blocks: s.boot.blocks, Dropped: dropped},
	}
	if len(methods) > 0 {
		r.Scores, err = s.scores()
	}
	return r, err
}

// scores computes the metrics asked for.
func (s *study) scores() (Scores, error) {
	var out Scores
	has := s.options.Metrics.Has
	if has(SamePlaceMetric) {
		out.SamePlace = s.samePlace()
	}
	if has(HardTripletsMetric) {
		out.HardTriplets = s.hardTriplets()
	}
	if has(LinearProbesMetric) {
		var err error
		if out.LinearProbes, err = s.linearProbes(s.boot.splits(s.options.random(3))); err != nil {
			return Scores{}, err
		}
	}
	if has(SmoothnessMetric) {
		out.Smoothness = s.smoothness(s.options.random(4))
	}
	if has(ArithmeticMetric) {
		out.Arithmetic = s.arithmetic(s.options.random(5))
	}
	if has(JitterRobustnessMetric) {
		out.JitterRobustness = s.jitterRobustness(s.options.random(6))
	}
	if has(SpaceHealthMetric) {
		out.SpaceHealth = s.spaceHealth()
	}
	if float, model := s.method(Float), s.method(Model); has(QuantisationFidelityMetric) && float != nil && model != nil {
		out.QuantisationFidelity = quantisationFidelity(float, model, s.boot)
	}
	return out, nil
}

// method returns the first method with the role, or nil.
func (s *study) method(role Role) *embedded {
	for i := range s.methods {
		if s.methods[i].method.Role == role {
			return &s.methods[i]
		}
	}
	return nil
}

// everyNth returns the first of every n descriptors: the anchors.
func everyNth(descriptors []Descriptor, n int) []Descriptor {
	var out []Descriptor
	for i := 0; i < len(descriptors); i += n {
		out = append(out, descriptors[i])
	}
	return out
}
