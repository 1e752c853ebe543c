package sdk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/deflate"
)

// The picture of a raster shows the layers in rows of four, each in its own colour on white.
const (
	sheetColumns = 4
	sheetGap     = 4
)

// PNG returns a picture of the raster: the twelve layers in channel order, four in a row. Without a raster
// the error wraps Err.
func (e *Explanation) PNG() ([]byte, error) {
	if e.Raster == nil {
		if e.Err != nil {
			return nil, fmt.Errorf("drawing raster: %w", e.Err)
		}
		return nil, errors.New("drawing raster: no raster")
	}
	rows := (loc2vec.NumLayers + sheetColumns - 1) / sheetColumns
	step := e.Pixels + sheetGap
	p := newPicture(sheetColumns*step-sheetGap, rows*step-sheetGap)
	for y := range p.height {
		for x := range p.width {
			p.set(x, y, [3]uint8{0x60, 0x60, 0x60}) // the gaps between the layers
		}
	}
	for l := range loc2vec.NumLayers {
		left, top := l%sheetColumns*step, l/sheetColumns*step
		for y := range e.Pixels {
			for x := range e.Pixels {
				p.set(left+x, top+y, tint(loc2vec.Layer(l), e.Raster[(l*e.Pixels+y)*e.Pixels+x]))
			}
		}
	}
	b, err := p.png()
	if err != nil {
		return nil, fmt.Errorf("drawing raster: %w", err)
	}
	return b, nil
}

// tint mixes a layer's colour with white according to the coverage.
func tint(l loc2vec.Layer, coverage uint8) [3]uint8 {
	full := [loc2vec.NumLayers][3]int{
		{40, 110, 190}, {60, 130, 60}, {120, 180, 60}, {170, 140, 120}, {150, 100, 160}, {110, 80, 70},
		{200, 80, 40}, {120, 120, 120}, {190, 130, 50}, {80, 80, 140}, {170, 50, 90}, {200, 60, 140},
	}[l]
	mix := func(c int) uint8 { return uint8(255 - (255-c)*int(coverage)/255) }
	return [3]uint8{mix(full[0]), mix(full[1]), mix(full[2])}
}

// picture is a picture in red, green and blue. Package image/png would bring a second deflate into every app, and with it
// 217 kB; the one that writes packs is there already.
type picture struct {
	width, height int
	rows          []byte // as PNG has them: a filter of 0, then the pixels
}

func newPicture(width, height int) *picture {
	return &picture{width, height, make([]byte, height*(1+3*width))}
}

func (p *picture) set(x, y int, colour [3]uint8) {
	copy(p.rows[y*(1+3*p.width)+1+3*x:], colour[:])
}

// png returns the picture as a PNG file (ISO/IEC 15948): 8 bits a channel, without filters.
func (p *picture) png() ([]byte, error) {
	data, err := new(deflate.Compressor).AppendZlib(nil, p.rows)
	if err != nil {
		return nil, err
	}
	var header []byte
	header = binary.BigEndian.AppendUint32(header, uint32(p.width))
	header = binary.BigEndian.AppendUint32(header, uint32(p.height))
	header = append(header, 8, 2, 0, 0, 0) // bits, RGB, deflate, filters, not interlaced
	b := []byte("\x89PNG\r\n\x1a\n")
	b = appendChunk(b, "IHDR", header)
	b = appendChunk(b, "IDAT", data)
	return appendChunk(b, "IEND", nil), nil
}

// appendChunk appends a chunk of a PNG file: length, name, data, and the checksum of the latter two.
func appendChunk(dst []byte, name string, data []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(data)))
	start := len(dst)
	dst = append(append(dst, name...), data...)
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}
