package osmextract

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

func TestNodeTable(t *testing.T) {
	rng := newRNG(3)
	for _, sorted := range []bool{true, false} {
		ids := map[int64]grid.Location{}
		for range 5000 {
			id := rng.Int64N(20_000)
			if rng.IntN(10) == 0 {
				id += 1 << 40
			}
			ids[id-100] = grid.Location{Lat: rng.Int32N(180e7+1) - 90e7, Lon: int32(rng.Int64N(360e7+1) - 180e7)}
		}
		var order []int64
		for id := range ids {
			order = append(order, id)
		}
		if sorted {
			slices.Sort(order)
		}
		var chunks []nodeChunk
		for len(order) > 0 { // in blocks
			n := min(len(order), 1+rng.IntN(1000))
			var block []nodeChunk
			for _, id := range order[:n] {
				block = appendNode(block, id, ids[id])
			}
			for i := range block {
				block[i].trim()
			}
			chunks = append(chunks, block...)
			order = order[n:]
		}
		rng.Shuffle(len(chunks), func(i, j int) { chunks[i], chunks[j] = chunks[j], chunks[i] })
		table := newNodeTable(chunks)
		if table.len() != len(ids) {
			t.Fatalf("%d nodes, want %d", table.len(), len(ids))
		}
		held := 0
		for id, at := range table.nodes() {
			if ids[id] != at {
				t.Fatalf("node %d: %v, want %v", id, at, ids[id])
			}
			held++
		}
		if held != len(ids) {
			t.Fatalf("%d nodes yielded, want %d", held, len(ids))
		}
		f := newNodeFinder(table, newNodeTable(nil))
		for range 50_000 {
			id := rng.Int64N(20_100) - 150
			if rng.IntN(5) == 0 {
				id += 1 << 40
			}
			for range 1 + rng.IntN(3) { // some in sequence
				want, known := ids[id]
				if got, ok := f.find(id); ok != known || got != want {
					t.Fatalf("node %d: %v, %v, want %v, %v", id, got, ok, want, known)
				}
				id++
			}
		}
	}
}

// The first table that holds a node decides, in whatever order nodes are looked up.
func TestNodeFinderOfSeveralTables(t *testing.T) {
	rng := newRNG(5)
	where := map[int64]grid.Location{}
	var tables []*nodeTable
	for i := range int32(3) {
		var chunks []nodeChunk
		for id := range int64(1000) {
			if rng.IntN(2) == 0 {
				continue
			}
			at := grid.Location{Lat: i, Lon: int32(id)}
			chunks = appendNode(chunks, id, at)
			if _, ok := where[id]; !ok {
				where[id] = at
			}
		}
		tables = append(tables, newNodeTable(chunks))
	}
	f := newNodeFinder(tables...)
	for range 10_000 {
		id := rng.Int64N(1000)
		want, known := where[id]
		if got, ok := f.find(id); ok != known || got != want {
			t.Fatalf("node %d: %v, %v, want %v, %v", id, got, ok, want, known)
		}
	}
}

// newRNG returns the random numbers of a seed.
func newRNG(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 2)) }
