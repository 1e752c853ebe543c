package int8net

import "encoding/binary"

// Map is a square feature map of bytes, [Size][Size][Channels], surrounded by a border of Halo pixels
// that hold the zero point.
type Map struct {
	Size, Channels, Halo int
	data                 []uint8
}

func newMap(size, channels, halo int, zero uint8) *Map {
	m := &Map{Size: size, Channels: channels, Halo: halo}
	edge := size + 2*halo
	m.data = make([]uint8, edge*edge*channels)
	if zero != 0 {
		for i := range m.data {
			m.data[i] = zero
		}
	}
	return m
}

// stride returns the number of bytes from one row to the next.
func (m *Map) stride() int { return (m.Size + 2*m.Halo) * m.Channels }

// pixels returns the map's memory from the pixel at column x of row y on. Negative coordinates address
// the border.
func (m *Map) pixels(x, y int) []uint8 {
	return m.data[(y+m.Halo)*m.stride()+(x+m.Halo)*m.Channels:]
}

// Fill sets the map to the layers of a raster, [Channels][Size][Size], and returns it.
func (m *Map) Fill(raster []uint8) *Map {
	interleave(m, raster, ascending(m.Channels), 0, m.Size)
	return m
}

// Copy sets the map to another one of the same size, whose border may differ, and returns it.
func (m *Map) Copy(src *Map) *Map {
	for y := range m.Size {
		copy(m.pixels(0, y), src.pixels(0, y)[:m.Size*m.Channels])
	}
	return m
}

// interleave fills rows from to to-1 of a map with the given channels of a planar raster, [C][H][W].
// Channel -1 stands for any bytes: its weights are zero.
func interleave(m *Map, raster []uint8, channels []int, from, to int) {
	area := m.Size * m.Size
	for group := 0; group < len(channels); group += 4 {
		for y := from; y < to; y++ {
			var rows [4][]uint8
			for i, c := range channels[group:][:4] {
				rows[i] = raster[max(c, 0)*area+y*m.Size:][:m.Size]
			}
			zip4(m.pixels(0, y)[group:], m.Channels, rows)
		}
	}
}

// rotate fills rows from to to-1 of dst with src, rotated clockwise by 90 degrees.
func rotate(dst, src *Map, from, to int) {
	last, stride := src.Size-1, src.stride()
	for y := from; y < to; y++ {
		row, column := dst.pixels(0, y)[:dst.Size*dst.Channels], src.pixels(y, 0)
		for x := range dst.Size {
			to, from := row[x*dst.Channels:][:dst.Channels], column[(last-x)*stride:][:dst.Channels]
			for c := 0; c < len(to); c += 4 { // channels are a multiple of four
				binary.LittleEndian.PutUint32(to[c:], binary.LittleEndian.Uint32(from[c:]))
			}
		}
	}
}

// zip4 writes the four bytes of each column next to each other, at distances of stride bytes.
func zip4(dst []uint8, stride int, rows [4][]uint8) {
	a, b, c, d := rows[0], rows[1], rows[2], rows[3]
	b, c, d = b[:len(a)], c[:len(a)], d[:len(a)]
	for x := range a {
		binary.LittleEndian.PutUint32(dst[x*stride:],
			uint32(a[x])|uint32(b[x])<<8|uint32(c[x])<<16|uint32(d[x])<<24)
	}
}

// ascending returns 0 to n-1.
func ascending(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
