package sdk

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
)

// ErrSelfTest: the engine does not reproduce the golden vectors of the bundle.
var ErrSelfTest = errors.New("golden vectors differ")

// SelfTestReport is the result of SelfTest.
type SelfTestReport struct {
	Engine  string  `json:"engine"`  // as Model.Describe
	Vectors int     `json:"vectors"` // golden vectors that were computed
	Wrong   int     `json:"wrong"`   // vectors that differ in any bit
	Largest float64 `json:"largest"` // the largest difference of a single number
}

// SelfTest computes the golden vectors of the bundle. Every bit must agree, because all engines compute the
// same integers. If a vector differs, the error wraps ErrSelfTest and the report is complete. If the golden
// vectors cannot be read, the error wraps loc2vec.ErrCorrupt or loc2vec.ErrVersion. SelfTest looks at the context
// while it computes a vector.
func (m *Model) SelfTest(ctx context.Context) (SelfTestReport, error) {
	report := SelfTestReport{Engine: m.Describe()}
	got := make([]float32, loc2vec.Dimension)
	golden, err := m.readGolden()
	if err != nil {
		return report, fmt.Errorf("testing model: %w", err)
	}
	for i, g := range golden {
		if err := ctx.Err(); err != nil {
			return report, err
		}
		if err := m.encoder.Embed(ctx, got, g.Raster); err != nil {
			return report, fmt.Errorf("testing model, golden vector %d: %w", i, err)
		}
		report.Vectors++
		same := true
		for d, want := range g.Embedding {
			if got[d] == want {
				continue
			}
			same = false
			report.Largest = max(report.Largest, math.Abs(float64(got[d])-float64(want)))
		}
		if !same {
			report.Wrong++
		}
	}
	if report.Wrong > 0 {
		return report, fmt.Errorf("testing model with %s: %w: %d of %d, by up to %g",
			report.Engine, ErrSelfTest, report.Wrong, report.Vectors, report.Largest)
	}
	return report, nil
}
