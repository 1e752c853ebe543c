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
	w, h := int(e.X1-e.X0)+3, int(e.Y1-e.Y0)+3 // with a margin of one tile
	reached := make([]bool, w*h)
	index := func(x, y int32) int { return int(y-e.Y0+1)*w + int(x-e.X0+1) }
	stack := []int{0}
	reached[0] = true
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, n := range [...]int{i - 1, i + 1, i - w, i + w} {
			if n < 0 || n >= len(reached) || reached[n] || (n == i-1 && i%w == 0) || (n == i+1 && n%w == 0) {
				continue
			}
			if empty(int32(n%w)+e.X0-1, int32(n/w)+e.Y0-1) {
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
