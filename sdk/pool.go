package sdk

import (
	"errors"
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

func (p *pool[T]) get() (T, error) {
	place := <-p.places
	if place != nil {
		return *place, nil
	}
	v, err := p.make()
	if err != nil {
		p.places <- nil
	}
	return v, err
}

func (p *pool[T]) put(v T) { p.places <- &v }

// close waits for all values to be back and releases them.
func (p *pool[T]) close(release func(T) error) error {
	var errs []error
	for range cap(p.places) {
		if place := <-p.places; place != nil {
			errs = append(errs, release(*place))
		}
	}
	return errors.Join(errs...)
}
