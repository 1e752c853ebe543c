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
	tokens  chan struct{} // one for each value that may still be lent
	closing chan struct{} // closed by close

	mu      sync.Mutex
	make    func() (T, error)
	idle    []*T
	lent    int
	closed  bool
	release func(T) error // set by close
	last    func() error  // set by close
}

func newPool[T any](newValue func() (T, error)) *pool[T] {
	p := &pool[T]{tokens: make(chan struct{}, runtime.GOMAXPROCS(0)), closing: make(chan struct{}), make: newValue}
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
	case <-p.closing:
		return nil, fmt.Errorf("model: %w", os.ErrClosed)
	case <-p.tokens:
	}
	v, newValue, err := p.lend()
	if err == nil && v == nil {
		v = new(T)
		if *v, err = newValue(); err != nil {
			_ = p.unlend() // the error of making a value is the one to know
		}
	}
	if err != nil {
		p.tokens <- struct{}{}
		return nil, err
	}
	return v, nil
}

// lend counts a value as lent, and returns the one that was returned last or, if all are lent, what makes a new one.
func (p *pool[T]) lend() (*T, func() (T, error), error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, fmt.Errorf("model: %w", os.ErrClosed)
	}
	p.lent++
	n := len(p.idle)
	if n == 0 {
		return nil, p.make, nil
	}
	v := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return v, nil, nil
}

// put takes a value back. If the pool is closed, put releases it.
func (p *pool[T]) put(v *T) {
	p.mu.Lock()
	closed := p.closed
	if !closed {
		p.idle = append(p.idle, v)
		p.lent--
	}
	p.mu.Unlock()
	if closed {
		// Nobody waits for these errors.
		_ = p.release(*v)
		_ = p.unlend()
	}
	p.tokens <- struct{}{}
}

// unlend counts a lent value as gone, and calls last after the last one of a closed pool.
func (p *pool[T]) unlend() error {
	p.mu.Lock()
	p.lent--
	var last func() error
	if p.lent == 0 && p.closed {
		last, p.last = p.last, nil
	}
	p.mu.Unlock()
	if last == nil {
		return nil
	}
	return last()
}

// close releases all values, those in use as soon as they are put back, and then calls last. It does not wait: errors
// of what happens later are lost. Then the pool no longer references what it makes values from. close must be called
// only once.
func (p *pool[T]) close(release func(T) error, last func() error) error {
	p.mu.Lock()
	idle := p.idle
	p.lent++ // by close itself, until the idle values are released
	p.closed, p.release, p.last, p.idle, p.make = true, release, last, nil, nil
	p.mu.Unlock()
	close(p.closing)
	var errs []error
	for _, v := range idle {
		errs = append(errs, release(*v))
	}
	return errors.Join(append(errs, p.unlend())...)
}
