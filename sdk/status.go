package sdk

import (
	"context"
	"errors"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/pack"
)

// Status describes a model on this device. Its JSON form is for people and logs.
type Status struct {
	// The newest formats of files that this build reads.
	BundleFormat int `json:"bundle_format"`
	PackFormat   int `json:"pack_format"`

	Engine       string         `json:"engine"` // as Model.Describe
	SpaceID      string         `json:"space_id"`
	SchemaHash   string         `json:"schema_hash"`
	Distance     loc2vec.Metric `json:"distance"`
	Quantisation string         `json:"quantisation"`
	Regions      []RegionStatus `json:"regions"`
	SelfTest     SelfTestReport `json:"self_test"`
	// Healthy: the self-test reproduced the golden vectors. Otherwise Problem is the reason.
	Healthy bool   `json:"healthy"`
	Problem string `json:"problem,omitempty"`
}

// RegionStatus describes a region of a model.
type RegionStatus struct {
	Name          string `json:"name"`
	Tiles         int    `json:"tiles"`
	ContentSHA256 string `json:"content_sha256"`
	Date          string `json:"date,omitempty"` // of the newest source, RFC 3339
	Attribution   string `json:"attribution"`
}

// Status describes the model and computes its golden vectors on this device: a few dozen embeddings.
// A failed self-test is reported in the status, not as an error. Errors wrap that of the context or
// os.ErrClosed.
func (m *Model) Status(ctx context.Context) (*Status, error) {
	manifest := m.Manifest()
	s := &Status{
		BundleFormat: bundle.FormatVersion, PackFormat: pack.FormatVersion,
		Engine: m.Describe(), SpaceID: manifest.SpaceID, SchemaHash: manifest.SchemaHash,
		Distance: manifest.Distance, Quantisation: manifest.Quantisation, Regions: []RegionStatus{},
	}
	for _, r := range m.Regions() {
		region := RegionStatus{Name: r.Name, Tiles: r.Tiles, ContentSHA256: r.ContentSHA256, Date: r.Date(), Attribution: r.Attribution}
		s.Regions = append(s.Regions, region)
	}
	var err error
	s.SelfTest, err = m.SelfTest(ctx)
	switch {
	case errors.Is(err, ErrSelfTest), errors.Is(err, loc2vec.ErrCorrupt), errors.Is(err, loc2vec.ErrVersion):
		s.Problem = err.Error()
	case err != nil:
		return nil, fmt.Errorf("reading status: %w", err)
	default:
		s.Healthy = true
	}
	return s, nil
}
