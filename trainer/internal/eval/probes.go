package eval

import (
	"context"
	"errors"
	"fmt"
)

// Probes are the probes of figure C, fitted on places of other regions than the one that they are
// tried on.
type Probes struct {
	from   string
	fitted map[string][]*linear // by the methods' names, in the order of the tasks
}

// FitProbes fits the probes of figure C on all places of a region, for each method but oracles: what
// a coordinate says about its own region is nothing to another one.
func FitProbes(ctx context.Context, region *Region, methods []Method, seed uint64, progress func(done, total int)) (*Probes, error) {
	if len(region.Places) < 2 {
		return nil, errors.New("fit probes: fewer than two places")
	}
	views := append([]view{{}}, knowledgeViews()...)
	s := scanner{region: region, views: views, seed: seed, progress: progress}
	var rivals []Method
	for _, m := range methods {
		if m.Role != Oracle {
			rivals = append(rivals, m)
		}
	}
	summaries := make([]Summary, len(region.Places)*len(views))
	seen, err := s.embed(ctx, rivals, summaries)
	if err != nil {
		return nil, fmt.Errorf("fit probes: %w", err)
	}
	anchors := every(summaries, len(views))
	p := &Probes{from: region.Name, fitted: map[string][]*linear{}}
	for _, g := range seen {
		for k, task := range probeTasks() {
			l, err := fitLinear(g.views[1+k], task.targets(anchors))
			if err != nil {
				return nil, fmt.Errorf("fit probe of %s for %s: %w", g.method.Name, task.name, err)
			}
			p.fitted[g.method.Name] = append(p.fitted[g.method.Name], l)
		}
	}
	return p, nil
}

// every returns the first of each n summaries: the anchors.
func every(summaries []Summary, n int) []Summary {
	var out []Summary
	for i := 0; i < len(summaries); i += n {
		out = append(out, summaries[i])
	}
	return out
}
