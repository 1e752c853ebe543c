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

// Listener receives the results of a task: OnPlace or OnSkipped for each place in order, then exactly one of
// OnDone and OnFailed. The calls are sequential, on a thread of this library. If OnPlace or OnSkipped throws an
// exception, the task fails with CodeListener. Exceptions of OnDone and OnFailed are ignored.
type Listener interface {
	// OnPlace receives the place at an index.
	OnPlace(index int, place *Place) error
	// OnSkipped receives the reason why the place at an index has no vector. The code is CodeNoCoverage or
	// CodeCoordinate.
	OnSkipped(index int, message string) error
	// OnDone: all places are done.
	OnDone() error
	// OnFailed: the task ended early. The message starts with a code.
	OnFailed(message string) error
}

// Task is work in the background, or the handle that cancels calls it is passed to.
type Task struct {
	ctx    context.Context
	cancel context.CancelFunc
}

// OpenTask returns a task to pass to calls. It need not be closed.
func OpenTask() (t *Task, err error) {
	defer guard(&err)
	ctx, cancel := context.WithCancel(context.Background())
	return &Task{ctx, cancel}, nil
}

// Cancel stops the task. Its listener or its calls receive CodeCancelled, unless the task was already done.
func (t *Task) Cancel() (err error) {
	defer guard(&err)
	if t == nil || t.cancel == nil {
		return fmt.Errorf("task: %w", errNotOpen)
	}
	t.cancel()
	return nil
}

// context returns the context of a task that the app has passed, which may be null.
func (t *Task) context() (context.Context, error) {
	switch {
	case t == nil:
		return context.Background(), nil
	case t.ctx == nil:
		return nil, fmt.Errorf("task: %w", errNotOpen)
	}
	return t.ctx, nil
}

// StartEmbed embeds many places on all processors. Coordinates are pairs of latitude and longitude in degrees,
// each a little-endian float64.
func (m *Model) StartEmbed(coordinates []byte, listener Listener) (t *Task, err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return nil, err
	}
	if listener == nil {
		return nil, fmt.Errorf("%w: the listener is null", errArgument)
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
	return &Task{ctx, cancel}, nil
}

// parsePlaces copies the coordinates, because the bytes belong to the caller after the call.
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

// embedAll embeds all places, then passes them to the listener.
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

// terminate sends the terminal event.
func terminate(listener Listener, err error) {
	// An exception here has no receiver.
	defer func() { _ = recover() }()
	if err != nil {
		_ = listener.OnFailed(err.Error())
		return
	}
	_ = listener.OnDone()
}
