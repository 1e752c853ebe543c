package sdk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
)

// pool lends values that one goroutine at a time may use. It makes at most GOMAXPROCS of them, and only
// when all others are in use; it lends the value that was returned last. Safe for concurrent use.
type pool[T any] struct {
	tokens chan struct{} // one for each value that may still be lent
	make   func() (T, error)

	mu   sync.Mutex
	idle []*T
}

func newPool[T any](newValue func() (T, error)) *pool[T] {
	p := &pool[T]{tokens: make(chan struct{}, runtime.GOMAXPROCS(0)), make: newValue}
	for range cap(p.tokens) {
		p.tokens <- struct{}{}
	}
	return p
}

// get lends a value until put. It blocks while all values are in use. If the pool is closed, the error
// wraps os.ErrClosed.
func (p *pool[T]) get(ctx context.Context) (*T, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case _, open := <-p.tokens:
		if !open {
			return nil, fmt.Errorf("model: %w", os.ErrClosed)
		}
	}
	if v := p.takeIdle(); v != nil {
		return v, nil
	}
	v, err := p.make()
	if err != nil {
		p.tokens <- struct{}{}
		return nil, err
	}
	return &v, nil
}

// takeIdle returns the value that was returned last, or nil if all are lent.
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
	p.tokens <- struct{}{}
}

// close waits until all values are returned and releases them. Then the pool no longer references what it
// makes values from. close must be called only once.
func (p *pool[T]) close(release func(T) error) error {
	for range cap(p.tokens) {
		<-p.tokens
	}
	close(p.tokens)
	var errs []error
	for _, v := range p.idle {
		errs = append(errs, release(*v))
	}
	p.idle, p.make = nil, nil
	return errors.Join(errs...)
}
