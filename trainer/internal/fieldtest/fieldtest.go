// Package fieldtest replays a track through the sdk as a phone would, and measures the result.
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

// Options configure a replay. The zero value is ready for use.
type Options struct {
	// Threshold is that of sdk.FollowOptions, in metres.
	Threshold float64
	// Progress, when set, is called after each fix.
	Progress func(done, total int)
}

// Result describes a replay. Its JSON is the output of the verb fieldtest.
type Result struct {
	Track    Recording `json:"track"`
	Space    string    `json:"space_id"`
	Engine   string    `json:"engine"`
	Replay   Replay    `json:"replay"`
	Cost     Cost      `json:"cost"`
	Noise    Noise     `json:"noise"`
	Places   Places    `json:"places"`
	Stops    []Stop    `json:"stops"`
	Outcomes []Outcome `json:"-"` // one for each fix
}

// Recording describes a track.
type Recording struct {
	Fixes int  `json:"fixes"`
	Bad   int  `json:"bad"`   // rows left out
	Timed bool `json:"timed"` // false if one fix a second is assumed
	// Notes are those of geofile.Track.
	Notes      []string  `json:"notes,omitempty"`
	Start      time.Time `json:"start"`          // of the first fix
	End        time.Time `json:"end"`            // of the last fix
	Hours      float64   `json:"hours"`          // without gaps
	Standing   float64   `json:"standing_hours"` // of Hours, at the stops
	Kilometres float64   `json:"kilometres"`     // without the noise of standing
}

// Replay counts the results of the fixes.
type Replay struct {
	Computed int `json:"computed"` // vectors
	Reused   int `json:"reused"`   // fixes within Threshold of the previous vector
	// Shares of all fixes: outside every region; inside one, with nothing mapped around.
	Outside  float64 `json:"outside"`
	Unmapped float64 `json:"unmapped"`
	// Mapped is the mean share of the surroundings that any layer covers, over the fixes in regions.
	Mapped float64 `json:"mapped"`
	// Latency is the time from fix to vector in milliseconds, over the computed vectors.
	Latency Distribution `json:"latency_ms"`
}

// Cost is the processor time and memory of a replay.
type Cost struct {
	CPUSeconds float64 `json:"cpu_seconds"` // of the whole process during the replay
	// CPUSecondsPerHour is per hour of track: a proxy for the use of battery.
	CPUSecondsPerHour float64 `json:"cpu_seconds_per_hour"`
	// Resident memory of the process in megabytes: before the model was opened, and during the replay.
	ResidentBefore float64      `json:"resident_before_mb"`
	Resident       Distribution `json:"resident_mb"`
}

// Outcome is the result of a fix.
type Outcome struct {
	Place  loc2vec.LatLon
	Known  bool // Result holds a vector
	Fresh  bool // the vector was computed for this fix
	Result sdk.Result
}

// memoryEvery is the number of fixes between two measurements of memory.
const memoryEvery = 200

// Run replays a track from the first fix to the last, as fast as possible. The regions must have been added to the
// model; before is Resident before the model was opened. If every fix is outside the regions, the error wraps
// loc2vec.ErrNoCoverage.
func Run(ctx context.Context, model *sdk.Model, t *geofile.Track, before float64, opts Options) (*Result, error) {
	stops := stops(t)
	var standing time.Duration
	for _, s := range stops {
		standing += s.To.Sub(s.From)
	}
	r := &Result{
		Track: Recording{
			Fixes: len(t.Fixes), Bad: t.Bad, Timed: t.Timed, Notes: t.Notes, Start: t.Fixes[0].Time, End: t.Fixes[len(t.Fixes)-1].Time,
			Hours: t.Recorded().Hours(), Standing: standing.Hours(), Kilometres: wayMetres(t, stops) / 1000,
		},
		Stops: stops,
		Space: model.Manifest().SpaceID, Engine: model.Describe(),
		Outcomes: make([]Outcome, 0, len(t.Fixes)),
	}
	r.Cost.ResidentBefore = before
	if err := r.replay(ctx, model, t, opts); err != nil {
		return nil, fmt.Errorf("replaying a track: %w", err)
	}
	r.recognise()
	if err := r.measureNoise(ctx, model, t); err != nil {
		return nil, fmt.Errorf("measuring the noise of a track: %w", err)
	}
	if err := r.explainStops(ctx, model); err != nil {
		return nil, fmt.Errorf("explaining the stops of a track: %w", err)
	}
	return r, nil
}

// replay passes each fix to a follower.
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
		return fmt.Errorf("%w: all %d fixes are outside the regions", loc2vec.ErrNoCoverage, len(t.Fixes))
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
