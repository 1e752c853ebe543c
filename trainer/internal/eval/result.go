package eval

import (
	"encoding/json"
	"fmt"
	"maps"
)

// Result is the evaluation of one region.
type Result struct {
	Setting
	GallerySize
	Scores
}

// Setting says what was evaluated and how.
type Setting struct {
	Region   string  `json:"region"`
	Split    string  `json:"split"`               // how the places were kept apart from training
	FittedOn string  `json:"baselines_fitted_on"` // in words
	Seed     uint64  `json:"seed"`
	Metrics  Metrics `json:"metrics"`
}

// GallerySize counts the places of a gallery and the candidates that were left out of it.
type GallerySize struct {
	Places int `json:"places"` // N
	Blocks int `json:"blocks"` // squares of 2 km that the bootstrap resamples
	Dropped
}

// Scores holds the metrics that were computed; the others are nil.
type Scores struct {
	SamePlace            *SamePlace            `json:"same_place,omitempty"`
	HardTriplets         *HardTriplets         `json:"hard_triplets,omitempty"`
	LinearProbes         *LinearProbes         `json:"linear_probes,omitempty"`
	Smoothness           *Smoothness           `json:"smoothness,omitempty"`
	Arithmetic           *Arithmetic           `json:"arithmetic,omitempty"`
	JitterRobustness     *JitterRobustness     `json:"jitter_robustness,omitempty"`
	SpaceHealth          *SpaceHealth          `json:"space_health,omitempty"`
	QuantisationFidelity *QuantisationFidelity `json:"quantisation_fidelity,omitempty"`
}

// Map returns the result as the JSON object that a bundle's manifest holds.
func (r *Result) Map() (map[string]any, error) {
	data, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encoding an evaluation: %w", err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, fmt.Errorf("encoding an evaluation: %w", err)
	}
	return out, nil
}

// formerQuantisationKey is the key of the quantisation fidelity in bundles that were written before
// the metrics had names.
const formerQuantisationKey = "quantisation"

// ParseResult is the inverse of Result.Map. Of an evaluation with the former keys it reads the
// quantisation fidelity, the only metric that is read back from a bundle.
func ParseResult(m map[string]any) (*Result, error) {
	if former, ok := m[formerQuantisationKey]; ok {
		m = maps.Clone(m)
		m[string(QuantisationFidelityMetric)] = former
	}
	data, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("decoding an evaluation: %w", err)
	}
	r := &Result{}
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("decoding an evaluation: %w", err)
	}
	return r, nil
}

// QuantisationOnly returns the result with the quantisation fidelity as its only metric.
func (r *Result) QuantisationOnly() *Result {
	out := *r
	out.Scores = Scores{QuantisationFidelity: r.QuantisationFidelity}
	return &out
}
