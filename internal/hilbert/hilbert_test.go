package hilbert_test

import (
	"testing"

	"github.com/loc2vec/loc2vec/internal/hilbert"
)

// TestHilbertCurve walks the curves of the low orders: every cell once, each beside the one before.
func TestHilbertCurve(t *testing.T) {
	for order := range uint32(9) {
		seen := make(map[[2]uint32]bool)
		var lastX, lastY uint32
		for index := range uint64(1) << (2 * order) {
			x, y := hilbert.Point(order, index)
			if x >= 1<<order || y >= 1<<order || seen[[2]uint32{x, y}] {
				t.Fatalf("order %d: cell %d is %d, %d", order, index, x, y)
			}
			seen[[2]uint32{x, y}] = true
			dx, dy := int(x)-int(lastX), int(y)-int(lastY)
			if index > 0 && dx*dx+dy*dy != 1 {
				t.Fatalf("order %d: a jump from %d, %d to %d, %d", order, lastX, lastY, x, y)
			}
			lastX, lastY = x, y
			if back := hilbert.Index(order, x, y); back != index {
				t.Fatalf("order %d: cell %d, %d is number %d, want %d", order, x, y, back, index)
			}
		}
		if last := uint32(1)<<order - 1; lastX != last || lastY != 0 {
			t.Errorf("order %d: the curve ends at %d, %d", order, lastX, lastY)
		}
	}
}
