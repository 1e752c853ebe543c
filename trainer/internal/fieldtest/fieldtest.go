// Package fieldtest replays a track through the sdk as a phone would, and measures what comes of it.
package fieldtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
)

// Options say how a track is replayed. The zero value is ready.
type Options struct {
	// Threshold in metres is that of sdk.FollowOptions.
	Threshold float64
	// Progress is told after each fix; it may be nil.
	Progress func(done, total int)
}

// Result is what a replay came to. Its JSON form is that of the verb fieldtest.
type Result struct {
	Track    Recording `json:"track"`
	Space    string    `json:"space_id"`
	Engine   string    `json:"engine"`
	Replay   Replay    `json:"replay"`
	Cost     Cost      `json:"cost"`
	Noise    Noise     `json:"noise"`
	Places   Places    `json:"places"`
	Outcomes []Outcome `json:"-"` // one for each fix
}

// Recording describes a track.
type Recording struct {
	Fixes      int     `json:"fixes"`
	Bad        int     `json:"bad"`   // rows that were left out
	Timed      bool    `json:"timed"` // otherwise one fix a second is assumed
	Hours      float64 `json:"hours"` // without gaps
	Kilometres float64 `json:"kilometres"`
}

// Replay says what the fixes came to.
type Replay struct {
	Computed int `json:"computed"` // vectors
	Reused   int `json:"reused"`   // fixes that the position had not moved enough for
	// Shares of all fixes: outside of every region; inside, with nothing mapped around.
	Outside  float64 `json:"outside"`
	Unmapped float64 `json:"unmapped"`
	// Mapped is the mean share of the surroundings that any layer covers, inside of regions.
	Mapped float64 `json:"mapped"`
	// Milliseconds that computing a vector took, from fix to vector.
	Latency Distribution `json:"latency_ms"`
}

// Cost is what the replay took.
type Cost struct {
	CPUSeconds float64 `json:"cpu_seconds"` // of the whole process, while it replayed
	// CPUSecondsPerHour of track stands for what a battery feels.
	CPUSecondsPerHour float64 `json:"cpu_seconds_per_hour"`
	// Resident megabytes of the process: before the model was opened, and while the track was
	// replayed.
	ResidentBefore float64      `json:"resident_before_mb"`
	Resident       Distribution `json:"resident_mb"`
}

// Outcome is what a fix came to.
type Outcome struct {
	Place  loc2vec.LatLon
	Known  bool // there is a vector
	Fresh  bool // it was computed for this fix
	Result sdk.Result
}

// memoryEvery is how many fixes are between two looks at the memory.
const memoryEvery = 200

// Run replays a track, from the first fix to the last, as fast as it goes. The regions must have been
// added to the model; before is the Resident memory before it was opened.
func Run(ctx context.Context, model *sdk.Model, t *geofile.Track, before float64, opts Options) (*Result, error) {
	r := &Result{
		Track: Recording{
			Fixes: len(t.Fixes), Bad: t.Bad, Timed: t.Timed,
			Hours: t.Recorded().Hours(), Kilometres: t.Metres() / 1000,
		},
		Space: model.Manifest().SpaceID, Engine: model.Describe(),
		Outcomes: make([]Outcome, 0, len(t.Fixes)),
	}
	r.Cost.ResidentBefore = before
	if err := r.replay(ctx, model, t, opts); err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	r.recognise()
	if err := r.measureNoise(ctx, model, t); err != nil {
		return nil, fmt.Errorf("noise of the track: %w", err)
	}
	return r, nil
}

// replay gives each fix to a follower.
func (r *Result) replay(ctx context.Context, model *sdk.Model, t *geofile.Track, opts Options) error {
	follower := model.Follow(sdk.FollowOptions{Threshold: opts.Threshold})
	var latencies, memory []float64
	var outside, unmapped, inside int
	var mapped float64
	cpu := processTime()
	for i, fix := range t.Fixes {
		start := time.Now()
		result, fresh, err := follower.At(ctx, fix.Place)
		took := time.Since(start)
		switch {
		case errors.Is(err, loc2vec.ErrNoCoverage):
			outside++
		case err != nil:
			return err
		default:
			inside++
			mapped += result.Mapped
			if result.Unmapped {
				unmapped++
			}
			if fresh {
				latencies = append(latencies, took.Seconds()*1000)
			}
		}
		r.Outcomes = append(r.Outcomes, Outcome{Place: fix.Place, Known: err == nil, Fresh: fresh && err == nil, Result: result})
		if i%memoryEvery == 0 {
			memory = append(memory, Resident())
		}
		if opts.Progress != nil {
			opts.Progress(i+1, len(t.Fixes))
		}
	}
	r.Cost.CPUSeconds = (processTime() - cpu).Seconds()
	if r.Track.Hours > 0 {
		r.Cost.CPUSecondsPerHour = r.Cost.CPUSeconds / r.Track.Hours
	}
	if inside == 0 {
		return fmt.Errorf("%w: none of the %d fixes lies in a region", loc2vec.ErrNoCoverage, len(t.Fixes))
	}
	r.Cost.Resident = distribution(append(memory, Resident()))
	all := float64(len(t.Fixes))
	r.Replay = Replay{
		Computed: len(latencies), Reused: inside - len(latencies),
		Outside: float64(outside) / all, Unmapped: float64(unmapped) / all,
		Latency: distribution(latencies),
	}
	r.Replay.Mapped = mapped / float64(inside)
	return nil
}
