package sdk

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
)

// ErrSelfTest: the engine does not give the vectors that the bundle says it must.
var ErrSelfTest = errors.New("golden vectors differ")

// SelfTestReport is the outcome of SelfTest.
type SelfTestReport struct {
	Engine  string  `json:"engine"`  // what computed the vectors
	Vectors int     `json:"vectors"` // golden vectors that were computed
	Wrong   int     `json:"wrong"`   // of these, differ in any bit
	Largest float64 `json:"largest"` // the largest difference of a single number
}

// SelfTest computes the golden vectors of the bundle again. All engines compute the same integers,
// so that every bit must agree; the error otherwise wraps ErrSelfTest, with the report filled in. It
// wraps loc2vec.ErrCorrupt or loc2vec.ErrVersion when the bundle's golden vectors cannot be read.
func (m *Model) SelfTest() (SelfTestReport, error) { return m.selfTest(context.Background()) }

func (m *Model) selfTest(ctx context.Context) (SelfTestReport, error) {
	report := SelfTestReport{Engine: m.Describe()}
	got := make([]float32, loc2vec.Dimension)
	golden, err := m.readGolden()
	if err != nil {
		return report, fmt.Errorf("self-test: %w", err)
	}
	for i, g := range golden {
		if err := ctx.Err(); err != nil {
			return report, err
		}
		if err := m.encoder.Embed(got, g.Raster); err != nil {
			return report, fmt.Errorf("self-test, golden vector %d: %w", i, err)
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
		return report, fmt.Errorf("self-test of %s: %w: %d of %d, by up to %g",
			report.Engine, ErrSelfTest, report.Wrong, report.Vectors, report.Largest)
	}
	return report, nil
}
