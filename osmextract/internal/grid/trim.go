package grid

import "github.com/loc2vec/loc2vec"

// Trim returns the area without its empty tiles at the border: those that are reached from outside of
// the area over empty tiles. Empty tiles that others enclose stay. If no tile or every tile would stay,
// it returns the area itself.
func (a *Area) Trim(empty func(x, y int32) bool) *Area {
	outside := a.reach(func(x, y int32) bool { return !a.Contains(x, y) || empty(x, y) })
	kept := &Area{top: a.top, rows: make([][]span, len(a.rows))}
	for t := range a.Tiles() {
		if x, y := int32(t.X), int32(t.Y); !outside(x, y) {
			row := &kept.rows[y-a.top]
			*row = appendColumn(*row, x)
		}
	}
	if n := kept.Count(); n == 0 || n == a.Count() {
		return a
	}
	for _, box := range kept.Boxes() {
		for _, whole := range a.bounds {
			if b, ok := intersect(box, whole); ok {
				kept.bounds = append(kept.bounds, b)
			}
		}
	}
	return kept
}

// reach floods the tiles around the area and the empty tiles next to flooded ones. It returns a function
// that reports whether a tile of the area is flooded.
func (a *Area) reach(empty func(x, y int32) bool) func(x, y int32) bool {
	e := a.extent()
	// The margin is one tile wide. Around the Earth there is none in the west and east.
	margin := int32(1)
	around := e.X0 == 0 && e.X1 == TilesAcross-1
	if around {
		margin = 0
	}
	w, h := int(e.X1-e.X0+1+2*margin), int(e.Y1-e.Y0)+3
	reached := make([]bool, w*h)
	index := func(x, y int32) int { return int(y-e.Y0+1)*w + int(x-e.X0+margin) }
	stack := []int{0, len(reached) - 1}
	reached[0], reached[len(reached)-1] = true, true
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		west, east := i-1, i+1
		if i%w == 0 {
			if west = -1; around {
				west = i + w - 1
			}
		}
		if east%w == 0 {
			if east = -1; around {
				east = i + 1 - w
			}
		}
		for _, n := range [...]int{west, east, i - w, i + w} {
			if n < 0 || n >= len(reached) || reached[n] {
				continue
			}
			if empty(int32(n%w)+e.X0-margin, int32(n/w)+e.Y0-1) {
				reached[n] = true
				stack = append(stack, n)
			}
		}
	}
	return func(x, y int32) bool { return reached[index(x, y)] }
}

// intersect returns the intersection of two boxes, and whether it is more than an edge. The second box
// may cross the antimeridian.
func intersect(a, b loc2vec.Bounds) (loc2vec.Bounds, bool) {
	if b.Min.Lon > b.Max.Lon {
		west, east := b, b
		west.Max.Lon, east.Min.Lon = 180, -180
		if c, ok := intersect(a, west); ok {
			return c, true
		}
		return intersect(a, east)
	}
	c := loc2vec.Bounds{
		Min: loc2vec.LatLon{Lat: max(a.Min.Lat, b.Min.Lat), Lon: max(a.Min.Lon, b.Min.Lon)},
		Max: loc2vec.LatLon{Lat: min(a.Max.Lat, b.Max.Lat), Lon: min(a.Max.Lon, b.Max.Lon)},
	}
	return c, c.Min.Lat < c.Max.Lat && c.Min.Lon < c.Max.Lon
}
