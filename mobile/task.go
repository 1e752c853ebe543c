package mobile

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// Listener hears from a task: OnPlace or OnSkipped for each place in order, then exactly one of
// OnDone and OnFailed. The calls come one after the other from a thread of this library. When
// OnPlace or OnSkipped throws, the task fails with CodeListener; what OnDone and OnFailed throw is
// lost.
type Listener interface {
	// OnPlace brings the place at an index.
	OnPlace(index int, place *Place) error
	// OnSkipped says why there is no vector for the place at an index: CodeNoCoverage or
	// CodeCoordinate.
	OnSkipped(index int, message string) error
	// OnDone: all places have been looked at.
	OnDone() error
	// OnFailed: the task ended early. The message begins with a code.
	OnFailed(message string) error
}

// Task is work that goes on while the app does something else.
type Task struct{ cancel context.CancelFunc }

// Cancel asks the task to stop. Its listener hears of CodeCancelled, unless it was done before.
func (t *Task) Cancel() (err error) {
	defer guard(&err)
	if t == nil || t.cancel == nil {
		return fmt.Errorf("task: %w", errNotOpen)
	}
	t.cancel()
	return nil
}

// StartEmbed embeds many places, on all processors. Coordinates are pairs of latitude and
// longitude in degrees, each a little-endian float64.
func (m *Model) StartEmbed(coordinates []byte, listener Listener) (t *Task, err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return nil, err
	}
	if listener == nil {
		return nil, fmt.Errorf("%w: no listener", errArgument)
	}
	places, err := parsePlaces(coordinates)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		terminate(listener, embedAll(ctx, m.m, places, listener))
	}()
	return &Task{cancel}, nil
}

// parsePlaces copies: the bytes belong to the caller as soon as the call is over.
func parsePlaces(b []byte) ([]loc2vec.LatLon, error) {
	if len(b)%16 != 0 {
		return nil, fmt.Errorf("%w: %d bytes of coordinates, want pairs of float64", errArgument, len(b))
	}
	places := make([]loc2vec.LatLon, len(b)/16)
	for i := range places {
		places[i].Lat = math.Float64frombits(binary.LittleEndian.Uint64(b[16*i:]))
		places[i].Lon = math.Float64frombits(binary.LittleEndian.Uint64(b[16*i+8:]))
	}
	return places, nil
}

// embedAll computes everything, on all processors, before it tells the first place.
func embedAll(ctx context.Context, m *sdk.Model, places []loc2vec.LatLon, listener Listener) (err error) {
	defer guard(&err)
	outcomes, err := m.EmbedMany(ctx, places)
	if err != nil {
		return err
	}
	for i, o := range outcomes {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch {
		case o.Err == nil:
			err = listener.OnPlace(i, openPlace(o.Result))
		case errors.Is(o.Err, loc2vec.ErrNoCoverage), errors.Is(o.Err, loc2vec.ErrCoordinate):
			err = listener.OnSkipped(i, withCode(o.Err).Error())
		default:
			return o.Err
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errListener, err)
		}
	}
	return nil
}

// terminate fires the one terminal event.
func terminate(listener Listener, err error) {
	// Nobody is left to tell when this throws.
	defer func() { _ = recover() }()
	if err != nil {
		_ = listener.OnFailed(err.Error())
		return
	}
	_ = listener.OnDone()
}
