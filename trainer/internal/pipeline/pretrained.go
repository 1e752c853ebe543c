package pipeline

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/sdk/base"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/quantise"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// BaseModel names the bundle that comes with loc2vec, in the place of a bundle's file.
const BaseModel = "base"

// OpenBundle reads a bundle from its file, or the one that comes with loc2vec.
func OpenBundle(path string) (*bundle.Bundle, error) {
	if path != BaseModel {
		return bundle.OpenFile(path)
	}
	data := base.Bundle()
	return bundle.Open(bytes.NewReader(data), int64(len(data)))
}

// fineTuneRate is the highest learning rate of a run that starts from a model: high enough to learn
// a region, low enough to keep what the model knows.
const fineTuneRate = 2e-3

// Pretrained is a trained model that another run starts from.
type Pretrained struct {
	Manifest bundle.Manifest
	Network  *encoder.Network
}

// OpenPretrained reads the model of a bundle's file, or of BaseModel.
func OpenPretrained(path string) (*Pretrained, error) {
	b, err := OpenBundle(path)
	if err != nil {
		return nil, err
	}
	network, err := Dequantised(b)
	if err != nil {
		return nil, fmt.Errorf("starting from %s: %w", path, err)
	}
	return &Pretrained{b.Manifest, network}, nil
}

// Dequantised returns the network of a bundle in float32, with the weights that its bytes stand for.
func Dequantised(b *bundle.Bundle) (*encoder.Network, error) {
	quantised, err := onnx.Unmarshal(b.Model)
	if err != nil {
		return nil, err
	}
	return quantise.Dequantise(quantised, b.Manifest.Provenance.Net)
}

// Configure lays over a configuration what a run takes from the model that it starts from: raster, architecture,
// rotations and a lower rate. Other settings are laid over it afterwards.
func (p *Pretrained) Configure(c *train.Config) {
	m := p.Manifest
	c.Raster, c.Architecture, c.Schedule.Peak = m.Raster, m.Provenance.Net, fineTuneRate
	c.Rotations = p.Network.Rotations
}

// Check returns what of a finished configuration does not fit the model.
func (p *Pretrained) Check(c *train.Config) error {
	m := p.Manifest
	switch {
	case !net.CanInitFrom(c.Architecture, m.Provenance.Net):
		return fmt.Errorf("a network of architecture %s cannot start from one of architecture %s", c.Architecture, m.Provenance.Net)
	case c.Raster != m.Raster:
		return fmt.Errorf("rasters of %d pixels over %g m: the model to start from reads rasters of %d pixels over %g m",
			c.Raster.Pixels, c.Raster.Metres, m.Raster.Pixels, m.Raster.Metres)
	}
	return nil
}

// sameRegion returns the one of the packs that is of the same region, or nil: it has the same contents, or the same
// name except for a date. A region that was extracted again, from a later map or by another version, has other
// contents and was seen in training all the same.
func sameRegion(packs []bundle.Pack, region bundle.Pack) *bundle.Pack {
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
