package sdk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
)

// pool lends values that one goroutine at a time may use. It makes no more of them than the
// machine can use at once; who comes too late waits. Safe for concurrent use.
type pool[T any] struct {
	places chan *T // nil for a value that is not made yet
	make   func() (T, error)
}

func newPool[T any](newValue func() (T, error)) *pool[T] {
	p := &pool[T]{places: make(chan *T, runtime.GOMAXPROCS(0)), make: newValue}
	for range cap(p.places) {
		p.places <- nil
	}
	return p
}

// get lends a value until put. The error of a pool that is closed wraps os.ErrClosed.
func (p *pool[T]) get(ctx context.Context) (*T, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case v, open := <-p.places:
		if !open {
			return nil, fmt.Errorf("model: %w", os.ErrClosed)
		}
		if v != nil {
			return v, nil
		}
	}
	v, err := p.make()
	if err != nil {
		p.places <- nil
		return nil, err
	}
	return &v, nil
}

func (p *pool[T]) put(v *T) { p.places <- v }

// close waits for all values to be back and releases them. It must be called once.
func (p *pool[T]) close(release func(T) error) error {
	var errs []error
	for range cap(p.places) {
		if v := <-p.places; v != nil {
			errs = append(errs, release(*v))
		}
	}
	close(p.places)
	return errors.Join(errs...)
}
