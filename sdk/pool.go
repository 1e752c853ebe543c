package sdk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
)

// pool lends values that one goroutine at a time may use. It makes no more of them than the
// machine can use at once, and no more than are needed at once: the value that came back last is
// lent first. Who comes too late waits. Safe for concurrent use.
type pool[T any] struct {
	places chan struct{} // one token for each value that may be lent
	make   func() (T, error)

	mu   sync.Mutex
	idle []*T
}

func newPool[T any](newValue func() (T, error)) *pool[T] {
	p := &pool[T]{places: make(chan struct{}, runtime.GOMAXPROCS(0)), make: newValue}
	for range cap(p.places) {
		p.places <- struct{}{}
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
	case _, open := <-p.places:
		if !open {
			return nil, fmt.Errorf("model: %w", os.ErrClosed)
		}
	}
	if v := p.takeIdle(); v != nil {
		return v, nil
	}
	v, err := p.make()
	if err != nil {
		p.places <- struct{}{}
		return nil, err
	}
	return &v, nil
}

// takeIdle returns the value that came back last, nil when all are lent.
func (p *pool[T]) takeIdle() *T {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	v := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return v
}

func (p *pool[T]) put(v *T) {
	p.mu.Lock()
	p.idle = append(p.idle, v)
	p.mu.Unlock()
	p.places <- struct{}{}
}

// close waits for all values to be back and releases them, and lets go of all that it has made them
// from. It must be called once.
func (p *pool[T]) close(release func(T) error) error {
	for range cap(p.places) {
		<-p.places
	}
	close(p.places)
	var errs []error
	for _, v := range p.idle {
		errs = append(errs, release(*v))
	}
	p.idle, p.make = nil, nil
	return errors.Join(errs...)
}
