package train

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Presets returns the names that ApplyPreset takes.
func Presets() []string { return slices.Sorted(maps.Keys(presets())) }

// ApplyPreset overlays a preset, and leaves what it does not name.
func (c *Config) ApplyPreset(name string) error {
	layer, ok := presets()[name]
	if !ok {
		return fmt.Errorf("unknown preset %q: there is %s", name, strings.Join(Presets(), ", "))
	}
	if err := c.Overlay([]byte(layer)); err != nil {
		return fmt.Errorf("preset %s: %w", name, err)
	}
	return nil
}

// presets maps names to layers over DefaultConfig.
func presets() map[string]string {
	return map[string]string{
		// Loc2Vec as published (Spruyt, 2018). The article gives no learning rate: 0.006 did best (trainer/ablation/README.md).
		"loc2vec": `{
			"net": "classic", "raster.pixels": 128, "loss": "softpn", "rate": 0.006, "dropout": 0.2, "rotations": 1,
			"batch": {"places": 20, "positives": 5, "mask": 0.1, "hard_negatives": 0}
		}`,
	}
}
