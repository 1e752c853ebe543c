package mobile

import (
	"fmt"
	"slices"
	"sync"
)

// Strings is a list of strings.
type Strings struct {
	mu   sync.Mutex
	all  []string
	open bool
}

// OpenStrings returns an empty list.
func OpenStrings() (s *Strings, err error) { return openStrings(nil), nil }

func openStrings(all []string) *Strings { return &Strings{all: all, open: true} }

func (s *Strings) check() error {
	if s == nil || !s.open {
		return fmt.Errorf("strings: %w", errNotOpen)
	}
	return nil
}

// Add adds a string at the end.
func (s *Strings) Add(text string) (err error) {
	defer guard(&err)
	if err := s.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, text)
	return nil
}

// Count returns the number of strings.
func (s *Strings) Count() (n int, err error) {
	defer guard(&err)
	all, err := s.slice()
	return len(all), err
}

// At returns the string at an index.
func (s *Strings) At(index int) (text string, err error) {
	defer guard(&err)
	all, err := s.slice()
	if err != nil {
		return "", err
	}
	return at(all, index)
}

// slice returns a copy of the list.
func (s *Strings) slice() ([]string, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.all), nil
}

// at returns the element at an index that the app has given.
func at[T any](all []T, index int) (element T, err error) {
	if index < 0 || index >= len(all) {
		return element, fmt.Errorf("%w: index %d of %d", errArgument, index, len(all))
	}
	return all[index], nil
}
