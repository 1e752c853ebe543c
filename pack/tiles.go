package pack

import (
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/detmath"
)

// tilesAcross is the number of tiles along each side of the world.
const tilesAcross = 1 << loc2vec.Zoom

// tileRange is a range of tiles: some columns from minX on, which may cross the antimeridian, and rows with both ends.
type tileRange struct {
	minX, columns uint32
	minY, maxY    uint32
}

func (r tileRange) contains(t loc2vec.Tile) bool {
	return (t.X-r.minX)%tilesAcross < r.columns && t.Y >= r.minY && t.Y <= r.maxY
}

// grown returns the range with the tiles next to it.
func (r tileRange) grown() tileRange {
	return tileRange{(r.minX - 1) % tilesAcross, min(r.columns+2, tilesAcross), max(r.minY, 1) - 1, min(r.maxY+1, tilesAcross-1)}
}

// tilesAround returns the tiles that reach, in metres, leads to from a place of a box, which must be valid. Its result is
// the same on every processor.
func tilesAround(b loc2vec.Bounds, reach float64) tileRange {
	nw, se := loc2vec.LatLon{Lat: b.Max.Lat, Lon: b.Min.Lon}.Point(), loc2vec.LatLon{Lat: b.Min.Lat, Lon: b.Max.Lon}.Point()
	if se.X < nw.X {
		se.X++
	}
	// Metres are longer in Mercator's square away from the equator. That is less than the way there, so the northern end
	// reaches farthest to the north.
	north, south := reach/parallel(b.Max.Lat), reach/parallel(b.Min.Lat)
	sides := max(north, south)
	index := func(v float64) int64 { return int64(math.Floor(v * tilesAcross)) }
	row := func(v float64) uint32 { return uint32(min(max(index(v), 0), tilesAcross-1)) }
	minX, maxX := index(nw.X-sides), index(se.X+sides)
	return tileRange{
		minX: uint32(minX & (tilesAcross - 1)), columns: uint32(min(maxX-minX+1, tilesAcross)),
		minY: row(nw.Y - north), maxY: row(se.Y + south),
	}
}

// parallel returns the length of a parallel in metres, within the latitudes of Web Mercator.
func parallel(lat float64) float64 {
	_, cos := detmath.SincosDegrees(min(max(lat, -loc2vec.MaxLatitude), loc2vec.MaxLatitude))
	return float64(loc2vec.EarthCircumference * cos)
}

// tileSet is a set of tiles. Rows take 2 KiB, and the zero value is empty.
type tileSet struct {
	rows map[uint32]*[tilesAcross / 64]uint64
}

func (s *tileSet) add(r tileRange) {
	if s.rows == nil {
		s.rows = map[uint32]*[tilesAcross / 64]uint64{}
	}
	for y := r.minY; y <= r.maxY; y++ {
		row := s.rows[y]
		if row == nil {
			row = new([tilesAcross / 64]uint64)
			s.rows[y] = row
		}
		end := r.minX + r.columns
		setBits(row, r.minX, min(end, tilesAcross))
		if end > tilesAcross {
			setBits(row, 0, end-tilesAcross)
		}
	}
}

// setBits sets the bits from one to before another.
func setBits(row *[tilesAcross / 64]uint64, from, end uint32) {
	for from < end {
		n := min(64-from%64, end-from)
		row[from/64] |= (math.MaxUint64 >> (64 - n)) << (from % 64)
		from += n
	}
}

func (s *tileSet) contains(t loc2vec.Tile) bool {
	row := s.rows[t.Y]
	return row != nil && t.X < tilesAcross && row[t.X/64]>>(t.X%64)&1 == 1
}
