package osmextract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/paulmach/osm"
)

// scanSource reads an osm.Scanner.
type scanSource struct {
	info    Info
	located atomic.Bool // a pass has met a way with coordinates
	open    func(context.Context) (osm.Scanner, error)
}

// Scan makes a Source from anything that paulmach/osm can scan: osmxml, osmpbf or a Scanner of the
// caller. open is called for each pass and must start from the beginning; Each closes the scanner. One
// goroutine scans, the others classify and clip. A Scanner must not reuse its objects.
//
// Negative ids, as editors give them to new elements, are supported. Deleted elements are not
// recognised: a history or a replication file is not an extract.
func Scan(info Info, open func(ctx context.Context) (osm.Scanner, error)) Source {
	return &scanSource{info: info, open: open}
}

func (s *scanSource) Info() Info {
	info := s.info
	info.LocatedWays = info.LocatedWays || s.located.Load()
	return info
}

// scannedBlock is the number of objects that one goroutine hands to another at a time.
const scannedBlock = 1024

func (s *scanSource) Each(ctx context.Context, pass Pass, newVisitor func() Visitor) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	scanner, err := s.open(ctx)
	if err != nil {
		return s.failure(err)
	}
	blocks := make(chan []osm.Object, pass.Procs)
	var wg sync.WaitGroup
	for range pass.Procs {
		wg.Go(func() {
			v := newVisitor()
			for block := range blocks {
				if err := visitBlock(v, block); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	err = s.scan(ctx, scanner, pass, blocks)
	close(blocks)
	wg.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = cause // the scanner's error follows from it
	}
	if closed := scanner.Close(); err == nil {
		err = closed
	}
	return s.failure(err)
}

func (s *scanSource) failure(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("reading %s: %w", s.info.Name, err)
}

func visitBlock(v Visitor, block []osm.Object) error {
	for _, o := range block {
		if err := v.Visit(o); err != nil {
			return err
		}
	}
	return v.EndBlock()
}

// scan sends the objects of the wanted types in blocks.
func (s *scanSource) scan(ctx context.Context, scanner osm.Scanner, pass Pass, blocks chan<- []osm.Object) error {
	var block []osm.Object
	send := func() error {
		if len(block) == 0 {
			return nil
		}
		select {
		case blocks <- block:
			block = nil
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	elements, located := 0, s.Info().LocatedWays
	var last osm.Object
	for scanner.Scan() {
		o := scanner.Object()
		t := typeOf(o)
		if t == 0 {
			continue // bounds, or a changeset, note or user
		}
		elements++
		last = o
		if w, ok := o.(*osm.Way); ok && !located && slices.ContainsFunc(w.Nodes, isLocated) {
			located = true
			s.located.Store(true)
		}
		if t&pass.Types == 0 {
			continue
		}
		if block = append(block, o); len(block) == scannedBlock {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if err := scanner.Err(); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("element %d, %s: %w", elements+1, after(last), err)
	}
	return send()
}

func isLocated(n osm.WayNode) bool {
	_, ok := locationOf(&n)
	return ok
}

// typeOf returns the type of an element, 0 for other objects.
func typeOf(o osm.Object) Types {
	switch o.(type) {
	case *osm.Node:
		return Nodes
	case *osm.Way:
		return Ways
	case *osm.Relation:
		return Relations
	}
	return 0
}

// after says which element came last.
func after(last osm.Object) string {
	switch o := last.(type) {
	case *osm.Node:
		return fmt.Sprintf("after node %d", o.ID)
	case *osm.Way:
		return fmt.Sprintf("after way %d", o.ID)
	case *osm.Relation:
		return fmt.Sprintf("after relation %d", o.ID)
	}
	return "the first one"
}
