package osmextract

import (
	"context"
	"path/filepath"
	"time"

	"github.com/loc2vec/loc2vec/pack"
)

// hashSources starts to hash the sources and returns a function that waits for the sums, in the order
// of the sources. A source without a sum has "".
func hashSources(ctx context.Context, sources []Source) func() ([]string, error) {
	sums := make([]string, len(sources))
	done := make(chan error, 1)
	go func() {
		for i, s := range sources {
			sums[i] = s.Info().SHA256
			h, ok := s.(Hasher)
			if !ok {
				continue
			}
			var err error
			if sums[i], err = h.Hash(ctx); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	return func() ([]string, error) { return sums, <-done }
}

// describe describes the inputs for the pack's metadata.
func (s *survey) describe(hashes func() ([]string, error)) ([]pack.Source, error) {
	sums, err := hashes()
	if err != nil {
		return nil, err
	}
	var sources []pack.Source
	for i, in := range s.inputs {
		when, date := in.info.Date, ""
		if when.IsZero() {
			when = in.newest
		}
		if !when.IsZero() {
			date = when.Format(time.RFC3339)
		}
		sources = append(sources, pack.Source{
			Name: filepath.Base(in.info.Name), SHA256: sums[i], Date: date, Bytes: in.info.Bytes,
		})
	}
	return sources, nil
}
