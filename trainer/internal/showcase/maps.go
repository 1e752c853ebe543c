package showcase

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
)

const (
	// mapPoints is the number of embeddings of all maps together.
	mapPoints = 16_000
	// mapStep is the least number of metres between two of them.
	mapStep = 40
	// maxMaps is the number of maps, and townShare the least share of the places on a map of its own.
	maxMaps, townShare = 4, 0.1
	// townMetres is the distance within which places are on one map.
	townMetres = 15_000
)

// maps draws the view asked for, or each part of the region with many places: a city and its harbour 50 km away are two
// maps. All share the points by the number of their places.
func (s *scene) maps(ctx context.Context) ([]*report.EmbeddingMap, error) {
	views := []part{{s.View, 1}}
	if s.View == (loc2vec.Bounds{}) {
		views = s.parts()
	}
	bar := progress.New(s.Messages, "map", mapPoints, progress.Items)
	defer bar.Close()
	var out []*report.EmbeddingMap
	finished := 0
	for _, v := range views {
		var here int
		m, err := report.DrawMap(ctx, report.MapOptions{
			Bounds: v.bounds, Points: max(1, int(min(v.share*mapPoints, area(v.bounds)/(mapStep*mapStep)))), Spec: s.spec, Tile: s.Region.Tiles.Tile, Contains: s.Region.Tiles.Contains,
			Embed: func(dst []float32, rasters []uint8) error { return s.Encoder.Embed(ctx, dst, rasters) }, Dimension: loc2vec.Dimension,
			Progress: func(done, total int) {
				here = done
				bar.Set(int64(finished+done), "")
			},
		})
		if err != nil {
			return nil, err
		}
		finished += here
		if !slices.Contains(m.Known, true) {
			continue
		}
		m.Caption = fmt.Sprintf("An embedding every %.0f m.", m.Metres)
		out = append(out, m)
	}
	bar.SetTotal(int64(finished))
	return out, nil
}

// part is a part of the region that a map shows, with its share of the points.
type part struct {
	bounds loc2vec.Bounds
	share  float64
}

// parts returns the parts of the region with many places, the one with most of them first, or all of a region without
// places.
func (s *scene) parts() []part {
	if len(s.places) == 0 {
		return s.whole()
	}
	towns := towns(s.places, townMetres)
	slices.SortStableFunc(towns, func(a, b []loc2vec.LatLon) int { return cmp.Compare(len(b), len(a)) })
	total := 0
	for i, t := range towns {
		if i == maxMaps || float64(len(t)) < townShare*float64(len(s.places)) {
			towns = towns[:i]
			break
		}
		total += len(t)
	}
	var out []part
	for _, t := range towns {
		out = append(out, part{densest(t), float64(len(t)) / float64(total)})
	}
	return out
}

// whole returns the box around the covered areas of all packs, if there are any.
func (s *scene) whole() []part {
	var corners []loc2vec.LatLon
	for _, m := range s.Region.Metadata() {
		for _, b := range m.Area {
			corners = append(corners, b.Min, b.Max)
		}
	}
	if len(corners) == 0 {
		return nil
	}
	return []part{{around(unrolled(corners)), 1}}
}

// towns groups places: two places within the given metres are in the same group, and so are those that a chain of such
// places links.
func towns(places []loc2vec.LatLon, metres float64) [][]loc2vec.LatLon {
	var groups [][]loc2vec.LatLon
	left := slices.Clone(places)
	for len(left) > 0 {
		group := []loc2vec.LatLon{left[0]}
		left = left[1:]
		for next := 0; next < len(group); next++ {
			rest := left[:0]
			for _, p := range left {
				if p.DistanceTo(group[next]) <= metres {
					group = append(group, p)
				} else {
					rest = append(rest, p)
				}
			}
			left = rest
		}
		groups = append(groups, group)
	}
	return groups
}

// area returns the area of a box in square metres, which may cross the antimeridian.
func area(b loc2vec.Bounds) float64 {
	nw, se := loc2vec.LatLon{Lat: b.Max.Lat, Lon: b.Min.Lon}.Point(), loc2vec.LatLon{Lat: b.Min.Lat, Lon: b.Max.Lon}.Point()
	width := se.X - nw.X
	if width < 0 {
		width++
	}
	unit := loc2vec.Point{X: nw.X, Y: (nw.Y + se.Y) / 2}.MetresPerUnit()
	return width * (se.Y - nw.Y) * unit * unit
}
