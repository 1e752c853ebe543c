package mobile

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/loc2vec/loc2vec/sdk"
)

// Status describes a model on this device.
type Status struct {
	Healthy      bool   // the self-test reproduced the golden vectors
	Problem      string // the reason if it did not
	Engine       string // what computes the model, such as "go (neondot)"
	Space        string // the id of the embedding space
	SchemaHash   string
	BundleFormat int // the newest format that this library reads
	PackFormat   int
	Golden       int     // golden vectors that the self-test computed
	Wrong        int     // vectors that differ in any bit
	Largest      float64 // the largest difference of a single number
	s            *sdk.Status
}

// Status describes the model and computes its golden vectors on this device: a few dozen embeddings.
func (m *Model) Status() (s *Status, err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return nil, err
	}
	found, err := m.m.Status(context.Background())
	if err != nil {
		return nil, err
	}
	return &Status{
		Healthy: found.Healthy, Problem: found.Problem, Engine: found.Engine,
		Space: found.SpaceID, SchemaHash: found.SchemaHash,
		BundleFormat: found.BundleFormat, PackFormat: found.PackFormat,
		Golden: found.SelfTest.Vectors, Wrong: found.SelfTest.Wrong, Largest: found.SelfTest.Largest,
		s: found,
	}, nil
}

// JSON returns the complete status, for logs.
func (s *Status) JSON() (text string, err error) {
	defer guard(&err)
	if s == nil || s.s == nil {
		return "", fmt.Errorf("status: %w", errNotOpen)
	}
	b, err := json.Marshal(s.s)
	return string(b), err
}
