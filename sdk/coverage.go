package sdk

import (
	"encoding/binary"

	"github.com/loc2vec/loc2vec"
)

// coverages returns the mean of each layer of a raster [C][H][W], 0 to 1.
func coverages(raster []uint8) (shares [loc2vec.NumLayers]float32) {
	plane := len(raster) / loc2vec.NumLayers
	for l := range shares {
		shares[l] = float32(share(sumBytes(raster[l*plane:(l+1)*plane]), plane))
	}
	return shares
}

// share returns the coverage of a layer of so many pixels by the sum of its bytes.
func share(sum, pixels int) float64 { return float64(sum) / float64(255*pixels) }

// sumBytes returns the sum of bytes.
func sumBytes(data []uint8) int {
	const (
		even = 0x00ff00ff00ff00ff // every second byte, each with room for 16 bits
		// words may be added before the sum of two bytes of each, up to 510, overflows 16 bits.
		words = 0xffff / 510
	)
	sum := 0
	for len(data) >= 8 {
		var four uint64 // sums of 16 bits
		block := data[:min(len(data)&^7, 8*words)]
		data = data[len(block):]
		for ; len(block) >= 8; block = block[8:] {
			word := binary.LittleEndian.Uint64(block)
			four += word&even + word>>8&even
		}
		sum += int(four&0xffff) + int(four>>16&0xffff) + int(four>>32&0xffff) + int(four>>48)
	}
	for _, v := range data {
		sum += int(v)
	}
	return sum
}
