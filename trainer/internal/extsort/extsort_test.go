package extsort_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec/trainer/internal/extsort"
)

// TestSort compares with a sort in memory, of records with many equal keys, from one run to hundreds.
func TestSort(t *testing.T) {
	for _, memory := range []int{100, 2_000, 20_000, 1 << 20} {
		t.Run(fmt.Sprint(memory), func(t *testing.T) {
			dir := t.TempDir()
			s := extsort.New(extsort.Options{Memory: memory, Dir: dir})
			rng := rand.New(rand.NewPCG(1, 2))
			type pair struct {
				key    uint64
				record string
			}
			var want []pair
			for i := range 3000 {
				p := pair{rng.Uint64() >> (rng.IntN(2) * 58), fmt.Sprintf("%d%*s", i, rng.IntN(40), "")}
				want = append(want, p)
				if err := s.Add(p.key, []byte(p.record)); err != nil {
					t.Fatal(err)
				}
			}
			slices.SortStableFunc(want, func(a, b pair) int {
				if a.key < b.key {
					return -1
				}
				if a.key > b.key {
					return 1
				}
				return 0
			})
			n := 0
			err := s.Each(func(record []byte) error {
				if string(record) != want[n].record {
					return fmt.Errorf("record %d is %q, want %q", n, record, want[n].record)
				}
				n++
				return nil
			})
			if err != nil || n != len(want) {
				t.Fatalf("%d records of %d: %v", n, len(want), err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("%d files are left", len(left))
			}
		})
	}
}

// TestErrors: an error of the caller ends the walk, and a folder that is missing is an error of Add.
func TestErrors(t *testing.T) {
	s := extsort.New(extsort.Options{})
	if err := s.Each(func([]byte) error { return errors.New("called") }); err != nil {
		t.Errorf("nothing to sort: %v", err)
	}
	_ = s.Add(1, nil)
	stop := errors.New("stop")
	if err := s.Each(func([]byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	s = extsort.New(extsort.Options{Memory: 1, Dir: t.TempDir() + "/missing"})
	if err := errors.Join(s.Add(1, []byte("a")), s.Add(2, []byte("b"))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkSort(b *testing.B) {
	for b.Loop() {
		s := extsort.New(extsort.Options{Memory: 8 << 20, Dir: b.TempDir()})
		rng := rand.New(rand.NewPCG(1, 2))
		record := make([]byte, 150)
		for range 200_000 {
			key := rng.Uint64()
			binary.LittleEndian.PutUint64(record, key)
			if err := s.Add(key, record); err != nil {
				b.Fatal(err)
			}
		}
		if err := s.Each(func([]byte) error { return nil }); err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}
