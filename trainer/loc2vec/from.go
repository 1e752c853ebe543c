package main

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/quantise"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// fineTuneRate is the highest learning rate of a run that starts from a model: high enough to learn
// a region, low enough to keep what the model knows.
const fineTuneRate = 2e-3

// start is a trained model that another run starts from.
type start struct {
	manifest bundle.Manifest
	network  *encoder.Network
}

// openStart reads the model of a bundle.
func openStart(path string) (*start, error) {
	b, err := openBundle(path)
	if err != nil {
		return nil, err
	}
	s, err := newStart(b)
	if err != nil {
		return nil, fmt.Errorf("start from %s: %w", path, err)
	}
	return s, nil
}

func newStart(b *bundle.Bundle) (*start, error) {
	quantised, err := onnx.Unmarshal(b.Model)
	if err != nil {
		return nil, err
	}
	network, err := quantise.Dequantise(quantised, b.Manifest.Provenance.Net)
	if err != nil {
		return nil, err
	}
	return &start{b.Manifest, network}, nil
}

// apply sets what a run takes over from the model, unless the command line says otherwise: raster, which
// cannot differ, layout, turns and the rate. given holds the names of the flags on the command line.
func (s *start) apply(c *train.Config, given []string) error {
	m := s.manifest
	has := func(name string) bool { return slices.Contains(given, name) }
	switch {
	case has("net") && !net.CanInitFrom(c.Architecture, m.Provenance.Net):
		return usagef("-net %s: the model to start from is of layout %s", c.Architecture, m.Provenance.Net)
	case has("pixels") && c.Raster.Pixels != m.Raster.Pixels:
		return usagef("-pixels %d: the model to start from reads rasters of %d", c.Raster.Pixels, m.Raster.Pixels)
	}
	c.Raster = m.Raster
	if !has("net") {
		c.Architecture = m.Provenance.Net
	}
	if !has("turned") {
		c.Rotations = s.network.Rotations
	}
	if !has("rate") {
		c.Schedule.Peak = fineTuneRate
	}
	return nil
}

// find returns the one of the packs that is of the same region, or nil: it has the same contents, or the same name
// but for a date. A region that was extracted again, from a later map or by another version, has other contents,
// but has been seen.
func find(packs []bundle.Pack, region bundle.Pack) *bundle.Pack {
	date := regexp.MustCompile(`[-_](latest|(19|20)\d\d(-?\d\d){0,2}|\d{6})$`) // bremen-2017-09, bremen-170901, bremen-latest
	undated := func(name string) string { return date.ReplaceAllString(name, "") }
	name := undated(region.Name)
	i := slices.IndexFunc(packs, func(o bundle.Pack) bool {
		return o.ContentSHA256 == region.ContentSHA256 || undated(o.Name) == name
	})
	if i < 0 {
		return nil
	}
	return &packs[i]
}
