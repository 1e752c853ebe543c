package sample

import (
	"context"
	"math"
	"math/rand/v2"
	"sort"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
)

// tileContents holds the sites and roads of a tile, where people go. Its memory is reused from tile to tile.
type tileContents struct {
	id    loc2vec.Tile
	sites []tilePosition // one for each building, civic place and point of interest
	roads []roadSegment

	stepMetres float64 // length of a tile step on the ground
	reader     pack.TileReader
}

// tilePosition is a loc2vec.TilePoint with fractions.
type tilePosition struct {
	x, y float64
}

// roadSegment is a straight piece of road.
type roadSegment struct {
	from, to loc2vec.TilePoint
	end      float64 // metres of road up to its end
}

// load replaces the contents with those of a tile.
func (c *tileContents) load(tiles *Tiles, id loc2vec.Tile) error {
	c.id, c.sites, c.roads = id, c.sites[:0], c.roads[:0]
	c.stepMetres = id.Origin().MetresPerUnit() / (loc2vec.Extent << loc2vec.Zoom)
	_, err := c.reader.Parts(context.Background(), tiles.packs, id, c.add)
	return err
}

// add adds the sites or roads of a part.
func (c *tileContents) add(p *loc2vec.Part) {
	switch p.Layer {
	case loc2vec.Building, loc2vec.Civic, loc2vec.Commerce:
		switch {
		case p.Kind == loc2vec.KindDisc:
			for _, q := range p.Points {
				c.sites = append(c.sites, tilePosition{float64(q.X), float64(q.Y)})
			}
		case p.Outer():
			c.sites = append(c.sites, middle(p.Points))
		}
	case loc2vec.MajorRoad, loc2vec.MinorRoad:
		if p.Kind != loc2vec.KindLine {
			return
		}
		total := c.metres()
		for i := 1; i < len(p.Points); i++ {
			a, b := p.Points[i-1], p.Points[i]
			total += math.Hypot(float64(b.X-a.X), float64(b.Y-a.Y)) * c.stepMetres
			c.roads = append(c.roads, roadSegment{from: a, to: b, end: total})
		}
	}
}

// metres returns the length of all roads.
func (c *tileContents) metres() float64 {
	if len(c.roads) == 0 {
		return 0
	}
	return c.roads[len(c.roads)-1].end
}

// place draws a site, or a point along a road. There must be one.
func (c *tileContents) place(rng *rand.Rand, road bool) loc2vec.LatLon {
	if !road {
		return c.latLon(c.sites[rng.IntN(len(c.sites))])
	}
	x := rng.Float64() * c.metres()
	i := sort.Search(len(c.roads), func(i int) bool { return c.roads[i].end > x })
	s := c.roads[min(i, len(c.roads)-1)]
	t := rng.Float64()
	return c.latLon(tilePosition{
		float64(s.from.X) + t*float64(s.to.X-s.from.X),
		float64(s.from.Y) + t*float64(s.to.Y-s.from.Y),
	})
}

func (c *tileContents) latLon(p tilePosition) loc2vec.LatLon { return p.in(c.id) }

// in returns the place of the position in a tile.
func (p tilePosition) in(id loc2vec.Tile) loc2vec.LatLon {
	origin := id.Origin()
	return loc2vec.Point{
		X: origin.X + p.x/(loc2vec.Extent<<loc2vec.Zoom),
		Y: origin.Y + p.y/(loc2vec.Extent<<loc2vec.Zoom),
	}.LatLon()
}

// middle returns the mean of the ring's points.
func middle(ring []loc2vec.TilePoint) tilePosition {
	var m tilePosition
	for _, p := range ring {
		m.x += float64(p.X) / float64(len(ring))
		m.y += float64(p.Y) / float64(len(ring))
	}
	return m
}
