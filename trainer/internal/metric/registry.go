package metric

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Param is a parameter of a loss: a number within Min..Max, or one of Choices.
type Param struct {
	Name     string
	Doc      string
	Default  float64
	Min, Max float64
	Choices  []string // values of a parameter that is not a number; the first is the default
}

// Usage returns default and range, such as "margin=1 (0..1000)".
func (p Param) Usage() string {
	if p.Choices != nil {
		return fmt.Sprintf("%s=%s (%s)", p.Name, p.Choices[0], strings.Join(p.Choices, "|"))
	}
	return fmt.Sprintf("%s=%v (%v..%v)", p.Name, p.Default, p.Min, p.Max)
}

// Spec describes a loss.
type Spec struct {
	Name   string
	Doc    string   // one line
	Paper  string   // source, with the equation
	Space  Distance // its Metric is how to compare the vectors afterwards
	Params []Param

	build func(s settings, rng *rand.Rand) (body, error)
}

// specs lists the losses in the order of the literature.
func specs() []Spec {
	return []Spec{
		contrastiveHadsellSpec(), pairwiseRankingSpec(), contrastiveSimSpec(),
		tripletRankingSpec(), tripletSimSpec(), faceNetSpec(), batchHardSpec(),
		softmaxRatioSpec(), softPNSpec(),
		liftedSongSpec(), liftedHermansSpec(), liftedSimSpec(),
		binomialSpec(), multiSimSpec(), multiSimMinedSpec(),
		nPairSpec(), infoNCESymSpec(), infoNCEEuclidSpec(), ntXentSpec(), supConSpec(), vicRegSpec(),
	}
}

// Names lists the losses.
func Names() []string {
	var names []string
	for _, s := range specs() {
		names = append(names, s.Name)
	}
	return names
}

// Lookup returns the loss with a name.
func Lookup(name string) (Spec, error) {
	for _, s := range specs() {
		if s.Name == name {
			return s, nil
		}
	}
	return Spec{}, fmt.Errorf("unknown loss %q: there are %s", name, strings.Join(Names(), ", "))
}

// New returns the loss with the given parameters by name, and defaults for the others. rng serves triplets=random and
// may be nil otherwise; the loss retains it. An unknown parameter or value is an error.
func (s Spec) New(params map[string]string, rng *rand.Rand) (*Loss, error) {
	set := settings{params: s.Params, numbers: map[string]float64{}, choices: map[string]string{}}
	for _, p := range s.Params {
		if p.Choices != nil {
			set.choices[p.Name] = p.Choices[0]
		} else {
			set.numbers[p.Name] = p.Default
		}
	}
	names := make([]string, 0, len(params))
	for name := range params {
		names = append(names, name)
	}
	slices.Sort(names) // the first error is the same each time
	for _, name := range names {
		if err := set.put(name, params[name]); err != nil {
			return nil, fmt.Errorf("loss %s: %w", s.Name, err)
		}
	}
	b, err := s.build(set, rng)
	if err != nil {
		return nil, fmt.Errorf("loss %s: %w", s.Name, err)
	}
	return &Loss{spec: s, params: set, body: b}, nil
}

// settings are the values of a loss's parameters.
type settings struct {
	params  []Param
	numbers map[string]float64
	choices map[string]string
}

func (s settings) put(name, value string) error {
	i := slices.IndexFunc(s.params, func(p Param) bool { return p.Name == name })
	if i < 0 {
		return fmt.Errorf("unknown parameter %q: it takes %s", name, s.usage())
	}
	p := s.params[i]
	if p.Choices != nil {
		if !slices.Contains(p.Choices, value) {
			return fmt.Errorf("parameter %s=%s is not one of %s", name, value, strings.Join(p.Choices, ", "))
		}
		s.choices[name] = value
		return nil
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return fmt.Errorf("parameter %s=%s is not a number", name, value)
	}
	if !(v >= p.Min && v <= p.Max) { // NaN fails as well
		return fmt.Errorf("parameter %s=%s is not within %v..%v", name, value, p.Min, p.Max)
	}
	s.numbers[name] = v
	return nil
}

func (s settings) usage() string {
	if len(s.params) == 0 {
		return "none"
	}
	usages := make([]string, len(s.params))
	for i, p := range s.params {
		usages[i] = p.Usage()
	}
	return strings.Join(usages, ", ")
}

// String returns " name=value" for each parameter in the order of the Spec.
func (s settings) String() string {
	var b strings.Builder
	for _, p := range s.params {
		if p.Choices != nil {
			fmt.Fprintf(&b, " %s=%s", p.Name, s.choices[p.Name])
		} else {
			fmt.Fprintf(&b, " %s=%v", p.Name, s.numbers[p.Name])
		}
	}
	return b.String()
}

// Parameters that several losses share.

func marginParam(value float64) Param {
	return Param{Name: "margin", Doc: "how much farther a negative has to be", Default: value, Min: 0, Max: 1000}
}

func lambdaParam(value float64) Param {
	return Param{Name: "lambda", Doc: "similarity that divides positives from negatives", Default: value, Min: -2, Max: 2}
}

func tauParam(value float64) Param {
	return Param{Name: "tau", Doc: "temperature", Default: value, Min: 1e-3, Max: 1000}
}

func tripletsParam() Param {
	return Param{Name: "triplets", Doc: "which triplets of the batch count", Choices: tripletChoices()}
}

// hingeTripletsParam is tripletsParam for a loss with a margin, which divides triplets by their difficulty.
func hingeTripletsParam() Param {
	p := tripletsParam()
	p.Choices = append(p.Choices, hingeChoices()...)
	return p
}

func reduceParam() Param {
	return Param{Name: "reduce", Doc: "mean over all triplets or over those with a loss", Choices: []string{"all", "active"}}
}

func alphaParam() Param {
	return Param{Name: "alpha", Doc: "steepness on positives", Default: 2, Min: 1e-3, Max: 1000}
}

func betaParam() Param {
	return Param{Name: "beta", Doc: "steepness on negatives", Default: 50, Min: 1e-3, Max: 1000}
}
