package eval

import (
	"encoding/json"
	"fmt"
	"math"
)

// Estimate is a score with its 95 % interval from the block bootstrap. Low and High are NaN (null in
// JSON) where there are too few blocks for an interval.
type Estimate struct {
	Value, Low, High float64
}

// unknown returns an estimate without a value.
func unknown() Estimate { return Estimate{math.NaN(), math.NaN(), math.NaN()} }

// String formats the estimate as "0.752 [0.731, 0.770]".
func (e Estimate) String() string {
	if math.IsNaN(e.Low) || math.IsNaN(e.High) {
		return fmt.Sprintf("%.3f", e.Value)
	}
	return fmt.Sprintf("%.3f [%.3f, %.3f]", e.Value, e.Low, e.High)
}

// MarshalJSON writes {"value":…, "low":…, "high":…}.
func (e Estimate) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]*float64{"value": finite(e.Value), "low": finite(e.Low), "high": finite(e.High)})
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (e *Estimate) UnmarshalJSON(data []byte) error {
	var v struct{ Value, Low, High *float64 }
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	*e = Estimate{orNaN(v.Value), orNaN(v.Low), orNaN(v.High)}
	return nil
}

// Number is a score without an interval. NaN, null in JSON, stands for no score.
type Number float64

// MarshalJSON writes a number or null.
func (n Number) MarshalJSON() ([]byte, error) { return json.Marshal(finite(float64(n))) }

// UnmarshalJSON is the inverse of MarshalJSON.
func (n *Number) UnmarshalJSON(data []byte) error {
	var v *float64
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	*n = Number(orNaN(v))
	return nil
}

// finite rounds a number for JSON and returns nil for NaN and infinities.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	// Six decimal places are more than any score supports, and keep result files readable.
	v = math.Round(v*1e6) / 1e6
	return &v
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}
