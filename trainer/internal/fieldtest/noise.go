package fieldtest

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
)

const (
	// window is half of the time over which a track is smoothed: longer than a receiver's errors from fix to fix,
	// shorter than a turn.
	window = 15 * time.Second
	// minWindowFixes is the least number of fixes in a window that is smoothed.
	minWindowFixes = 7
	// maxPairs bounds the fixes compared with their smoothed position.
	maxPairs = 400
	// unrelated is the distance in metres from which on two fixes count as unrelated.
	unrelated = 500
)

// Noise measures the effect of the receiver's errors on the vectors. The error of a fix is its distance from a straight
// line at constant speed through the fixes of the 15 seconds before and after, up to a break. It does not include errors that vary
// more slowly.
type Noise struct {
	Fixes  int          `json:"fixes"` // fixes measured
	Metres Distribution `json:"metres"`
	// Distance is from the vector of a fix to that of its smoothed position.
	Distance Distribution `json:"distance"`
	// Unrelated is the median distance of the vectors of fixes of this track at least 500 m apart; 0 without such fixes.
	Unrelated float64 `json:"unrelated_distance"`
	// Stability is 1 minus the median Distance over Unrelated: 1 when noise has no effect, 0 when it makes a place as
	// different as another place. It is 0, and not measured, when Fixes or Unrelated is 0.
	Stability float64 `json:"stability"`
}

// measureNoise computes Noise.
func (r *Result) measureNoise(ctx context.Context, model *sdk.Model, t *geofile.Track) error {
	var metres, distances []float64
	step := max(1, len(t.Fixes)/maxPairs)
	for i := 0; i < len(t.Fixes); i += step {
		smooth, ok := smoothed(t.Fixes, i)
		if !ok || !r.Outcomes[i].Known {
			continue
		}
		d, err := moved(ctx, model, t.Fixes[i].Place, smooth)
		if errors.Is(err, loc2vec.ErrNoCoverage) {
			continue
		}
		if err != nil {
			return err
		}
		metres = append(metres, t.Fixes[i].Place.DistanceTo(smooth))
		distances = append(distances, d)
	}
	r.Noise = Noise{Fixes: len(metres), Metres: distribution(metres), Distance: distribution(distances), Unrelated: r.unrelated()}
	if r.Noise.Unrelated > 0 && len(distances) > 0 {
		r.Noise.Stability = 1 - r.Noise.Distance.Median/r.Noise.Unrelated
	}
	return nil
}

// moved returns the distance of the vectors of two places.
func moved(ctx context.Context, model *sdk.Model, a, b loc2vec.LatLon) (float64, error) {
	first, err := model.Embed(ctx, a)
	if err != nil {
		return 0, err
	}
	second, err := model.Embed(ctx, b)
	if err != nil {
		return 0, err
	}
	return sdk.Distance(first.Vector, second.Vector)
}

// smoothed returns the position of fix i on the least-squares line over time through the fixes around it; not ok with
// fewer than minWindowFixes.
func smoothed(fixes []geofile.Fix, i int) (place loc2vec.LatLon, ok bool) {
	low, high := i, i
	for low > 0 && !fixes[low].Break && fixes[i].Time.Sub(fixes[low-1].Time) <= window {
		low--
	}
	for high < len(fixes)-1 && !fixes[high+1].Break && fixes[high+1].Time.Sub(fixes[i].Time) <= window {
		high++
	}
	n := float64(high - low + 1)
	if n < minWindowFixes {
		return place, false
	}
	// Metres east and north of the fix, seconds after it.
	origin := fixes[i].Place.Point()
	scale := origin.MetresPerUnit()
	var st, stt, se, sn, ste, stn float64
	for _, f := range fixes[low : high+1] {
		p, s := f.Place.Point(), f.Time.Sub(fixes[i].Time).Seconds()
		turn := p.X - origin.X
		east, north := (turn-math.Round(turn))*scale, (origin.Y-p.Y)*scale
		st, stt = st+s, stt+s*s
		se, sn, ste, stn = se+east, sn+north, ste+s*east, stn+s*north
	}
	spread := n*stt - st*st
	if spread <= 0 {
		return place, false // all at one time
	}
	at := func(sum, product float64) float64 { return (sum*stt - product*st) / spread }
	return fixes[i].Place.Offset(at(se, ste), at(sn, stn)), true
}

// unrelated returns the median distance of the vectors of unrelated fixes.
func (r *Result) unrelated() float64 {
	var known []Outcome
	for _, o := range r.Outcomes {
		if o.Known {
			known = append(known, o)
		}
	}
	var distances []float64
	const most = 120
	step := max(1, len(known)/most)
	for i := 0; i < len(known); i += step {
		for j := i + step; j < len(known); j += step {
			if known[i].Place.DistanceTo(known[j].Place) < unrelated {
				continue
			}
			if d, err := sdk.Distance(known[i].Result.Vector, known[j].Result.Vector); err == nil && !math.IsNaN(d) {
				distances = append(distances, d)
			}
		}
	}
	return distribution(distances).Median
}
