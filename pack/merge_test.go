package pack

import (
	"fmt"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// TestMerger: pieces that an earlier pack has are left out, in whatever order their points are.
func TestMerger(t *testing.T) {
	type points = []loc2vec.TilePoint
	road := func(p ...loc2vec.TilePoint) loc2vec.Part {
		return loc2vec.Part{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 60, Points: p}
	}
	discs := func(p ...loc2vec.TilePoint) loc2vec.Part {
		return loc2vec.Part{Layer: loc2vec.Commerce, Kind: loc2vec.KindDisc, Size: 30, Points: p}
	}
	ring := func(p ...loc2vec.TilePoint) loc2vec.Part {
		return loc2vec.Part{Layer: loc2vec.Building, Kind: loc2vec.KindArea, Points: p}
	}
	a, b, c, d := loc2vec.TilePoint{X: 0, Y: 0}, loc2vec.TilePoint{X: 90, Y: 0}, loc2vec.TilePoint{X: 90, Y: 90}, loc2vec.TilePoint{X: 0, Y: 90}
	hole := points{{X: 20, Y: 20}, {X: 20, Y: 40}, {X: 40, Y: 40}}
	for name, tc := range map[string]struct{ first, second, want []loc2vec.Part }{
		"a line backwards": {[]loc2vec.Part{road(a, b, c)}, []loc2vec.Part{road(c, b, a)}, nil},
		"a line that goes on": {[]loc2vec.Part{road(a, b)}, []loc2vec.Part{road(d, a, b, c)}, []loc2vec.Part{
			road(d, a), road(b, c)}},
		"a wider line": {[]loc2vec.Part{road(a, b)}, []loc2vec.Part{{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 90, Points: points{a, b}}},
			[]loc2vec.Part{{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 90, Points: points{a, b}}}},
		"discs":                       {[]loc2vec.Part{discs(a, b)}, []loc2vec.Part{discs(b, c, d)}, []loc2vec.Part{discs(c, d)}},
		"a ring from another point":   {[]loc2vec.Part{ring(a, b, c, d)}, []loc2vec.Part{ring(c, d, a, b)}, nil},
		"a ring cut off":              {[]loc2vec.Part{ring(a, b, c, d)}, []loc2vec.Part{ring(a, b, c)}, []loc2vec.Part{ring(a, b, c)}},
		"a hole in what is new":       {[]loc2vec.Part{ring(a, b, c, d), ring(hole...)}, []loc2vec.Part{ring(a, b, c), ring(hole...)}, []loc2vec.Part{ring(a, b, c), ring(hole...)}},
		"another hole in what is not": {[]loc2vec.Part{ring(a, b, c, d)}, []loc2vec.Part{ring(a, b, c, d), ring(hole...)}, nil},
	} {
		m := merger{work: &meter{ctx: t.Context()}}
		collect := func(parts []loc2vec.Part, pack int) (got []loc2vec.Part) {
			for _, p := range parts {
				m.add(&p, pack, func(part *loc2vec.Part) {
					kept := *part
					kept.Points = slices.Clone(kept.Points)
					got = append(got, kept)
				})
			}
			return got
		}
		twice := slices.Concat(tc.first, tc.first)
		if got := collect(twice, 0); fmt.Sprint(got) != fmt.Sprint(twice) {
			t.Errorf("%s: the first pack: %v, want %v", name, got, twice)
		}
		if got := collect(tc.second, 1); fmt.Sprint(got) != fmt.Sprint(tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}
