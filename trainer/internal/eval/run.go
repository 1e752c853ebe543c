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

// AllFigures are the figures that Run computes without being asked for any.
const AllFigures Figures = "ABGH"

// ParseFigures reads letters, with or without commas: "A,B" or "ab".
func ParseFigures(text string) (Figures, error) {
	var out strings.Builder
	for _, letter := range strings.ToUpper(strings.NewReplacer(",", "", " ", "").Replace(text)) {
		if !strings.ContainsRune(string(AllFigures), letter) {
			return "", fmt.Errorf("no figure %q: there are %s", letter, strings.Join(strings.Split(string(AllFigures), ""), ", "))
		}
		out.WriteRune(letter)
	}
	return Figures(out.String()), nil
}

func (f Figures) has(letter rune) bool { return strings.ContainsRune(string(f), letter) }

// Options are the settings of Run.
type Options struct {
	Figures  Figures // AllFigures when empty
	Places   int     // N of the gallery at most; 2,000 when 0
	Seed     uint64
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
	Health       *Health       `json:"health,omitempty"`       // G
	Quantisation *Quantisation `json:"quantisation,omitempty"` // H, when there is a Float method
}

// Run evaluates the methods on a gallery of the region's places.
func Run(ctx context.Context, region *Region, methods []Method, o Options) (*Result, error) {
	if o.Figures == "" {
		o.Figures = AllFigures
	}
	if o.Places == 0 {
		o.Places = 2000
	}
	gallery, dropped, err := region.Gallery(ctx, o.Places)
	if err != nil {
		return nil, fmt.Errorf("evaluate on %s: %w", region.Name, err)
	}
	views := galleryViews()
	var summaries []Summary
	if o.Figures.has('B') {
		summaries = make([]Summary, len(gallery.Places)*len(views))
	}
	s := scanner{region: gallery, views: views, seed: o.Seed, progress: o.Progress}
	seen, err := s.embed(ctx, methods, summaries)
	if err != nil {
		return nil, fmt.Errorf("evaluate on %s: %w", region.Name, err)
	}
	boot := newBootstrap(blocksOf(gallery.Places), rand.New(rand.NewPCG(o.Seed, 1<<63)))
	r := &Result{
		Region: region.Name, Split: o.Split, FittedOn: o.FittedOn, Seed: o.Seed, Figures: o.Figures,
		Places: len(gallery.Places), Blocks: boot.blocks, Dropped: dropped,
	}
	if o.Figures.has('A') {
		r.SamePlace = samePlace(seen, gallery, boot)
	}
	if o.Figures.has('B') {
		r.Twins = twins(seen, gallery, summaries, boot)
	}
	if o.Figures.has('G') {
		r.Health = health(seen, boot)
	}
	if float, model := find(seen, Float), find(seen, Model); o.Figures.has('H') && float != nil && model != nil {
		r.Quantisation = quantisation(*float, *model, boot)
	}
	return r, nil
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
	return &out
}
