package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// Figures is a set of figures by their letters.
type Figures string

const (
	// AllFigures are the figures that Run can compute.
	AllFigures Figures = "ABCDEFGH"
	// MainFigures are those that Run computes without being asked for any. The others take as many
	// rasters again.
	MainFigures Figures = "ABGH"
)

// ParseFigures reads letters, with or without commas: "A,B" or "ab".
func ParseFigures(text string) (Figures, error) {
	var out strings.Builder
	for _, letter := range strings.ToUpper(strings.NewReplacer(",", "", " ", "").Replace(text)) {
		if !strings.ContainsRune(string(AllFigures), letter) {
			return "", fmt.Errorf("no figure %q: there are %v", letter, AllFigures)
		}
		out.WriteRune(letter)
	}
	return Figures(out.String()), nil
}

// String returns the letters with commas between them.
func (f Figures) String() string { return strings.Join(strings.Split(string(f), ""), ",") }

// Within returns those of the figures that are among others.
func (f Figures) Within(others Figures) Figures {
	return Figures(strings.Map(func(letter rune) rune {
		if others.has(letter) {
			return letter
		}
		return -1
	}, string(f)))
}

func (f Figures) hasAny(letters string) bool { return strings.ContainsAny(string(f), letters) }

func (f Figures) has(letter rune) bool { return strings.ContainsRune(string(f), letter) }

// Options are the settings of Run.
type Options struct {
	Figures  Figures // MainFigures when empty
	Places   int     // N of the gallery at most; 2,000 when 0
	Seed     uint64
	Probes   *Probes               // of figure C, fitted on other regions; may be nil
	Split    string                // how the places were kept apart from training, in words
	FittedOn string                // what the baselines were fitted on, in words
	Progress func(done, total int) // may be nil; called by one goroutine at a time
}

// Result is what Run finds for one region.
type Result struct {
	Region   string  `json:"region"`
	Split    string  `json:"split"`
	FittedOn string  `json:"baselines_fitted_on"`
	Seed     uint64  `json:"seed"`
	Figures  Figures `json:"figures"`
	Places   int     `json:"places"` // N
	Blocks   int     `json:"blocks"` // 2 km blocks that the bootstrap draws from
	Dropped

	SamePlace    *SamePlace    `json:"same_place,omitempty"`   // A
	Twins        *Twins        `json:"twins,omitempty"`        // B
	Knowledge    *Knowledge    `json:"knowledge,omitempty"`    // C
	Smoothness   *Smoothness   `json:"smoothness,omitempty"`   // D
	Arithmetic   *Arithmetic   `json:"arithmetic,omitempty"`   // E
	Jitter       *Jitter       `json:"jitter,omitempty"`       // F
	Health       *Health       `json:"health,omitempty"`       // G
	Quantisation *Quantisation `json:"quantisation,omitempty"` // H, when there is a Float method
}

// Run evaluates the methods on a gallery of the region's places.
func Run(ctx context.Context, region *Region, methods []Method, o Options) (*Result, error) {
	if o.Figures == "" {
		o.Figures = MainFigures
	}
	if o.Places == 0 {
		o.Places = 2000
	}
	gallery, dropped, err := region.Gallery(ctx, o.Places)
	if err != nil {
		return nil, fmt.Errorf("evaluate on %s: %w", region.Name, err)
	}
	p := newPlan(gallery, o)
	var summaries []Summary
	if o.Figures.hasAny("BCDE") {
		summaries = make([]Summary, len(gallery.Places)*len(p.scanner.views))
	}
	seen, err := p.scanner.embed(ctx, methods, summaries)
	if err != nil {
		return nil, fmt.Errorf("evaluate on %s: %w", region.Name, err)
	}
	boot := newBootstrap(blocksOf(gallery.Places), o.random(1))
	r := &Result{
		Region: region.Name, Split: o.Split, FittedOn: o.FittedOn, Seed: o.Seed, Figures: o.Figures,
		Places: len(gallery.Places), Blocks: boot.blocks, Dropped: dropped,
	}
	if len(methods) == 0 {
		return r, nil
	}
	if err := r.compute(seen, gallery, p, summaries, boot, o); err != nil {
		return nil, fmt.Errorf("evaluate on %s: %w", region.Name, err)
	}
	return r, nil
}

// random returns the generator for one purpose.
func (o *Options) random(purpose uint64) *rand.Rand {
	// Places take the numbers from 0 on for their own generators.
	return rand.New(rand.NewPCG(o.Seed, 1<<63+purpose))
}

// plan is which views a run draws: galleryViews first, and then those of the figures asked for.
type plan struct {
	scanner                  scanner
	knowledge, union, jitter int // numbers of the figures' first views
}

func newPlan(gallery *Region, o Options) plan {
	p := plan{scanner: scanner{region: gallery, views: galleryViews(), seed: o.Seed, progress: o.Progress}}
	add := func(letter rune, views []view) int {
		first := len(p.scanner.views)
		if o.Figures.has(letter) {
			p.scanner.views = append(p.scanner.views, views...)
		}
		return first
	}
	p.knowledge = add('C', knowledgeViews())
	p.union = add('E', []view{{union: true}})
	p.jitter = add('F', jitterViews())
	p.scanner.partner = partners(len(gallery.Places), o.random(2))
	return p
}

// compute fills in the figures asked for. summaries are [N][views].
func (r *Result) compute(seen []embedded, gallery *Region, p plan, summaries []Summary, boot *bootstrap, o Options) error {
	anchors := every(summaries, len(p.scanner.views))
	if o.Figures.has('A') {
		r.SamePlace = samePlace(seen, gallery, boot)
	}
	if o.Figures.has('B') {
		r.Twins = twins(seen, gallery, summaries, boot)
	}
	if o.Figures.has('C') {
		var err error
		splits := boot.splits(o.random(3))
		if r.Knowledge, err = knowledge(seen, p.knowledge, anchors, o.Probes, boot, splits); err != nil {
			return err
		}
	}
	if o.Figures.has('D') {
		r.Smoothness = smoothness(seen, gallery, anchors, boot, o.random(4))
	}
	if o.Figures.has('E') {
		r.Arithmetic = arithmetic(seen, p.union, p.scanner.partner, anchors, boot, o.random(5))
	}
	if o.Figures.has('F') {
		r.Jitter = jitter(seen, p.jitter, boot, o.random(6))
	}
	if o.Figures.has('G') {
		r.Health = health(seen, boot)
	}
	if float, model := find(seen, Float), find(seen, Model); o.Figures.has('H') && float != nil && model != nil {
		r.Quantisation = quantisation(*float, *model, boot)
	}
	return nil
}

// find returns the first method of the role, or nil.
func find(gallery []embedded, role Role) *embedded {
	for i := range gallery {
		if gallery[i].method.Role == role {
			return &gallery[i]
		}
	}
	return nil
}

// Map returns the result as the JSON object that a bundle's manifest holds.
func (r *Result) Map() (map[string]any, error) {
	data, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode evaluation: %w", err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, fmt.Errorf("encode evaluation: %w", err)
	}
	return out, nil
}

// ParseResult is the inverse of Result.Map.
func ParseResult(m map[string]any) (*Result, error) {
	data, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("decode evaluation: %w", err)
	}
	r := &Result{}
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("decode evaluation: %w", err)
	}
	return r, nil
}

// QuantisationOnly returns the result without figures but H.
func (r *Result) QuantisationOnly() *Result {
	out := *r
	out.SamePlace, out.Twins, out.Health = nil, nil, nil
	out.Knowledge, out.Smoothness, out.Arithmetic, out.Jitter = nil, nil, nil, nil
	return &out
}
