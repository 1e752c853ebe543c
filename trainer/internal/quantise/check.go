package quantise

import (
	"errors"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// check returns an error unless the layers of the network match and the rasters have its size.
func check(net *encoder.Network, calibration [][]uint8) error {
	if err := checkLayers(net); err != nil {
		return err
	}
	if len(calibration) == 0 {
		return errors.New("no rasters for calibration")
	}
	for i, r := range calibration {
		if want := loc2vec.NumLayers * net.Pixels * net.Pixels; len(r) != want {
			return fmt.Errorf("calibration raster %d has %d bytes, want %d", i, len(r), want)
		}
	}
	return nil
}

// checkLayers returns an error unless every layer has the weights of its shape.
func checkLayers(net *encoder.Network) error {
	if len(net.Convs) == 0 || len(net.Dense) == 0 {
		return errors.New("network without layers")
	}
	for i := range net.Convs {
		l, area := &net.Convs[i], 1
		if l.Kind == encoder.Conv3 {
			area = 9
		}
		if l.Kind == encoder.Dense || len(l.Weight) != l.In*l.Out*area || len(l.Bias) != l.Out {
			return fmt.Errorf("convolution %d: weights do not match its shape", i)
		}
	}
	for i := range net.Dense {
		if l := &net.Dense[i]; l.Kind != encoder.Dense || len(l.Weight) != l.In*l.Out || len(l.Bias) != l.Out {
			return fmt.Errorf("dense layer %d: weights do not match its shape", i)
		}
	}
	if len(net.Head.FeatureScale) != len(net.Head.Masks)*loc2vec.NumLayers {
		return fmt.Errorf("%d feature scales for %d masks of %d layers", len(net.Head.FeatureScale), len(net.Head.Masks), loc2vec.NumLayers)
	}
	for k, mask := range net.Head.Masks {
		if len(mask) != net.Pixels*net.Pixels {
			return fmt.Errorf("mask %d has %d pixels, want %d", k, len(mask), net.Pixels*net.Pixels)
		}
	}
	return nil
}
