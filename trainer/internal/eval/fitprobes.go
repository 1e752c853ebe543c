package eval

import (
	"context"
	"errors"
	"fmt"
)

// Probes are linear probes fitted on other regions than the one that they are evaluated on.
type Probes struct {
	from   string
	fitted map[string][]*ridgeMap // by the methods' names, in the order of probeTasks
}

// FitProbes fits linear probes on all places of a region, for each method but oracles: what a
// coordinate tells about its own region does not carry over to another one.
func FitProbes(ctx context.Context, region *Region, methods []Method, o FitOptions) (*Probes, error) {
	if len(region.Places) < 2 {
		return nil, errors.New("fitting probes: fewer than two places")
	}
	views := append([]view{{}}, probeViews()...)
	s := scanner{region: region, views: views, seed: o.Seed, progress: o.Progress}
	var candidates []Method
	for _, m := range methods {
		if m.Role != Oracle {
			candidates = append(candidates, m)
		}
	}
	descriptors := make([]Descriptor, len(region.Places)*len(views))
	all, err := s.embed(ctx, candidates, descriptors)
	if err != nil {
		return nil, fmt.Errorf("fitting probes: %w", err)
	}
	anchors := everyNth(descriptors, len(views))
	p := &Probes{from: region.Name, fitted: map[string][]*ridgeMap{}}
	for _, m := range all {
		for k, task := range probeTasks() {
			fitted, err := fitRidge(m.views[1+k], task.targets(anchors))
			if err != nil {
				return nil, fmt.Errorf("fitting the probe of %s for %s: %w", m.method.Name, task.name, err)
			}
			p.fitted[m.method.Name] = append(p.fitted[m.method.Name], fitted)
		}
	}
	return p, nil
}
