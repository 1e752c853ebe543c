package pack

import (
	"fmt"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// TestShore merges the seas of two packs in both orders.
func TestShore(t *testing.T) {
	type points = []loc2vec.TilePoint
	const e = loc2vec.Extent
	at := func(x, y int32) loc2vec.TilePoint { return loc2vec.TilePoint{X: x, Y: y} }
	whole := points{at(0, 0), at(e, 0), at(e, e), at(0, e)}
	island := points{at(100, 100), at(100, 300), at(300, 300), at(300, 100)}
	other := points{at(2100, 2100), at(2100, 2300), at(2300, 2300), at(2300, 2100)}
	// A coast from west to east, with the sea in the south, and what a pack makes of it that knows one half.
	coast := points{at(0, 4000), at(2000, 4100), at(4000, 4050), at(6000, 4100), at(e, 4000), at(e, e), at(0, e)}
	west := points{at(0, 4000), at(2000, 4100), at(4000, 4050), at(4000, e), at(0, e)}
	east := points{at(4000, 0), at(4000, 4050), at(6000, 4100), at(e, 4000), at(e, e), at(0, e), at(0, 0)}
	// Neither pack knows what lies between these ends.
	gap := points{at(4500, 4050), at(6000, 4100), at(e, 4000), at(e, e), at(4500, e)}
	for name, tc := range map[string]struct{ first, second, want packSea }{
		"the same":                       {packSea{rings: []points{coast}}, packSea{rings: []points{coast}}, packSea{rings: []points{coast}}},
		"land and sea":                   {packSea{rings: []points{coast}}, packSea{}, packSea{rings: []points{coast}}},
		"an island that one knows":       {packSea{rings: []points{whole, island}}, packSea{rings: []points{whole}}, packSea{rings: []points{whole, island}}},
		"an island that each knows":      {packSea{rings: []points{whole, island}}, packSea{rings: []points{whole, other}}, packSea{rings: []points{whole, island, other}}},
		"an island beside a coast":       {packSea{rings: []points{coast}}, packSea{rings: []points{whole, southwards(island, 5000)}}, packSea{rings: []points{coast, southwards(island, 5000)}}},
		"the halves of a coast":          {closedAlong(west, at(4000, 4050), at(4000, e)), closedAlong(east, at(4000, 0), at(4000, 4050)), packSea{rings: []points{coast}}},
		"half of a coast, and all of it": {closedAlong(west, at(4000, 4050), at(4000, e)), packSea{rings: []points{coast}}, packSea{rings: []points{coast}}},
		"one that ends":                  {closedAlong(west, at(4000, 4050), at(4000, e)), packSea{}, packSea{rings: []points{west}}},
		"ends that do not meet":          {closedAlong(west, at(4000, 4050), at(4000, e)), closedAlong(gap, at(4500, e), at(4500, 4050)), packSea{rings: []points{west, gap}}},
		"nothing but a closing line":     {closedAlong(points{at(4000, 0), at(e, 0), at(e, e), at(4000, e)}, at(4000, e), at(4000, 0)), packSea{rings: []points{whole}}, packSea{rings: []points{whole}}},
	} {
		for order, packs := range [][]packSea{{tc.first, tc.second}, {tc.second, tc.first}} {
			var s shore
			for _, p := range packs {
				s.begin()
				for _, ring := range p.rings {
					s.addRing(ring)
				}
				for d := range p.closing {
					s.addClosing(points{d.from, d.to})
				}
			}
			rings, err := s.rings(&meter{ctx: t.Context()})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := canonical(rings), canonical(tc.want.rings); !slices.Equal(got, want) {
				t.Errorf("%s, order %d: %v, want %v", name, order, got, want)
			}
		}
	}
}

// TestShoreOfHostileLines: closing lines that run in circles end.
func TestShoreOfHostileLines(t *testing.T) {
	ring := []loc2vec.TilePoint{{X: 10, Y: 10}, {X: 20, Y: 10}, {X: 20, Y: 20}, {X: 10, Y: 20}}
	var s shore
	s.begin()
	s.addRing(ring)
	s.addClosing(ring)
	s.begin()
	s.addRing([]loc2vec.TilePoint{{X: 0, Y: 5}, {X: 10, Y: 10}, {X: 0, Y: 30}})
	s.addClosing([]loc2vec.TilePoint{{X: 10, Y: 10}, {X: 0, Y: 30}})
	s.begin()
	if _, err := s.rings(&meter{ctx: t.Context()}); err != nil {
		t.Error(err)
	}
}

// TestShoreIsBounded: where tracing would take too long, the sea is that of one pack.
func TestShoreIsBounded(t *testing.T) {
	var s shore
	for range 2 {
		s.begin()
		for i := range int32(8_000) {
			x, y := 2*(i%4000), 4*(i/4000)+2
			s.addRing([]loc2vec.TilePoint{{X: x + 1, Y: y}, {X: x + 2, Y: y}, {X: x + 2, Y: y + 1}})
		}
	}
	rings, err := s.rings(&meter{ctx: t.Context()})
	if err != nil || !slices.EqualFunc(rings, s.packs[0].rings, slices.Equal) {
		t.Errorf("%d rings, %v, want those of the first pack in their order", len(rings), err)
	}
}

// TestLargeShore: seas with very many points are not merged.
func TestLargeShore(t *testing.T) {
	ring := make([]loc2vec.TilePoint, maxShorePoints/2)
	for i := range ring {
		ring[i] = loc2vec.TilePoint{X: int32(i % 8192), Y: int32(i / 8192)}
	}
	other := []loc2vec.TilePoint{{X: 9, Y: 9}, {X: 10, Y: 9}, {X: 10, Y: 10}}
	var s shore
	s.begin()
	s.addRing(ring)
	s.addClosing(ring)
	s.begin()
	s.addRing(other)
	rings, err := s.rings(&meter{ctx: t.Context()})
	if err != nil || len(rings) != 1 || !slices.Equal(rings[0], other) {
		t.Errorf("%d rings, %v, want the pack without closing lines", len(rings), err)
	}
}

func southwards(ring []loc2vec.TilePoint, south int32) []loc2vec.TilePoint {
	moved := slices.Clone(ring)
	for i := range moved {
		moved[i].Y += south
	}
	return moved
}

// closedAlong is a sea of one ring with a closing line.
func closedAlong(ring []loc2vec.TilePoint, from, to loc2vec.TilePoint) packSea {
	return packSea{rings: [][]loc2vec.TilePoint{ring}, closing: map[directed]bool{{from, to}: true}}
}

// canonical returns rings as texts that begin with their least point, sorted.
func canonical(rings [][]loc2vec.TilePoint) (texts []string) {
	for _, ring := range rings {
		least := slices.Index(ring, slices.MinFunc(ring, comparePoints))
		texts = append(texts, fmt.Sprint(slices.Concat(ring[least:], ring[:least])))
	}
	slices.Sort(texts)
	return texts
}
