package sample

import (
	"errors"
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// BatchConfig says how a batch is composed. Shares and probabilities are within 0..1, lengths in metres.
type BatchConfig struct {
	// Places is the number of places in a batch.
	Places int `json:"places"`
	// Positives is the number of views of each place in addition to its anchor.
	Positives int `json:"positives"`
	// Apart is the least distance between two places of a batch. Views of nearer places could show the
	// same ground, and the loss would push them apart.
	Apart float64 `json:"apart"`
	// HardNegativeShare is the share of a batch's places that are hard negatives of equal coverage: places
	// around which each layer covers about as much ground as around another place of the batch, so that only
	// the layout of that ground tells the two apart.
	HardNegativeShare float64 `json:"hard_negatives"`
	// MinedShare is the share of a batch's places that are mined offline: they are among the nearest to
	// another place of the batch in the space being learned. See Config.Mined.
	MinedShare float64 `json:"mined"`
	// Shift moves a positive on both axes, uniformly within ±Shift.
	Shift float64 `json:"shift"`
	// Mirror is the probability that all views of a place are mirrored east to west. The mirror image of
	// a place is a place that could exist.
	Mirror float64 `json:"mirror"`
	// Mask is the probability that a layer of a positive is switched off.
	Mask float64 `json:"mask"`
	// LayerDropout is the probability that a layer of any view is switched off, anchors included.
	LayerDropout float64 `json:"layer_dropout"`
}

// DefaultBatchConfig returns batches of 40 places at least 200 m apart, nine in ten of them hard negatives.
// Each place has an anchor facing north and 2 positives, rotated at random and shifted by up to 80 m.
func DefaultBatchConfig() BatchConfig {
	return BatchConfig{Places: 40, Positives: 2, Apart: 200, HardNegativeShare: 0.9, Shift: 80}
}

// Fit reduces Places where the region has no room for that many places Apart: to at most half of the places
// that fit, so that batches differ, and to at least 2.
func (c BatchConfig) Fit(places []loc2vec.LatLon) BatchConfig {
	c.Places = max(min(c.Places, len(Spread(places, c.Apart))/2), 2)
	return c
}

// Rows returns B, the number of views in a batch.
func (c BatchConfig) Rows() int { return c.Places * (1 + c.Positives) }

// Validate returns an error that names every value out of range.
func (c BatchConfig) Validate() error {
	share := func(name string, v float64) error {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("%s is %v, not within 0..1", name, v)
		}
		return nil
	}
	switch {
	case c.Places < 2:
		return fmt.Errorf("%d places a batch: without a second one there are no negatives", c.Places)
	case c.Positives < 1:
		return fmt.Errorf("%d positives a place, want at least 1", c.Positives)
	case c.Rows() > 1<<16:
		return fmt.Errorf("%d places with %d positives make more than 65536 views", c.Places, c.Positives)
	case !(c.Apart >= 0 && c.Apart <= 1e5):
		return fmt.Errorf("places %v m apart, not within 0..100000", c.Apart)
	case !(c.Shift >= 0 && c.Shift <= 1e4):
		return fmt.Errorf("shift is %v m, not within 0..10000", c.Shift)
	}
	return errors.Join(
		share("hard_negatives", c.HardNegativeShare), share("mined", c.MinedShare),
		share("mirror", c.Mirror), share("mask", c.Mask), share("layer_dropout", c.LayerDropout),
	)
}
