package onnx

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// Limits of the cost of a network, so that no model of a stranger holds up a device. TestLimits of
// trainer/internal/quantise shows that all networks that can be trained fit. Of those with rasters of up to 128 pixels, classic
// averaged over four rotations is the costliest.
const (
	// maxWork is the largest Work of a network: twice that of the costliest one, 17 times that of the base model. The portable
	// kernel takes 1.3 s for it, the others a few hundredths.
	maxWork = 5 << 29
	// MaxSelfTest is the largest Work of all golden vectors together: 1.2 times that of the base model's 24, three vectors of the
	// costliest network. The portable kernel takes two seconds for it.
	MaxSelfTest = 4 << 30
	// maxActivations bounds the bytes of all feature maps: 2.8 times those of the costliest network, and a little more than
	// those of wide with rasters of 256 pixels. ONNX Runtime takes four times as much.
	maxActivations = 16 << 20
	// maxPacked bounds the bytes of the weights in the form of the kernels: four times those of wide with rasters of 128
	// pixels, and a little more than with 256.
	maxPacked = 10 << 20

	// lanes is the number of outputs that a kernel computes together. Fewer take as long and as much memory.
	lanes = 16
	// outputWork is the work of an output beside its products, in multiply-adds.
	outputWork = 16
)

// Work returns the number of multiply-adds that an embedding takes. Outputs are counted in whole blocks of a kernel, and
// each as some multiply-adds more, so that it is proportional to the time for every shape of network.
func (n *Network) Work() int64 {
	var work int64
	size := n.Pixels
	for i := range n.Convs {
		c := &n.Convs[i]
		width := c.width(size)
		work += int64(width) * int64(width) * product64(c.Out, c.In*c.Size*c.Size)
		size = c.OutputSize(size)
	}
	for i := range n.Dense {
		work += product64(n.Dense[i].Out, n.Dense[i].In)
	}
	if c := n.Coverage; c != nil {
		work += loc2vec.NumLayers*product64(len(c.Masks), n.Pixels*n.Pixels) + product64(n.Dense[0].Out, len(c.Masks)*loc2vec.NumLayers)
	}
	return work * int64(n.Rotations)
}

// product64 returns the work of a product with that many outputs and inputs.
func product64(out, in int) int64 { return int64(padded(out)) * int64(in+outputWork) }

// padded rounds outputs up to whole blocks.
func padded(out int) int { return (out + lanes - 1) / lanes * lanes }

// width returns the edge of the output before pooling, for an input whose edge is size.
func (c *Conv) width(size int) int {
	if c.Same {
		return size
	}
	return size - c.Size + 1
}

// memory returns the bytes of all feature maps before pooling, for all rotations together as ONNX Runtime computes them, and of
// the weights in the form of a kernel. The engine in Go has the input four times, with a border of one pixel, and less of
// the maps.
func (n *Network) memory() (activations, packed int) {
	size := n.Pixels
	activations = (size + 2) * (size + 2) * loc2vec.NumLayers * 4
	for i := range n.Convs {
		c := &n.Convs[i]
		width := c.width(size)
		activations += n.Rotations * width * width * c.Out
		size = c.OutputSize(size)
		packed += padded(c.Out) * c.In * c.Size * c.Size
	}
	for i := range n.Dense {
		packed += padded(n.Dense[i].Out) * n.Dense[i].In
	}
	if c := n.Coverage; c != nil {
		packed += padded(len(c.Masks)) * n.Pixels * n.Pixels
	}
	return activations, packed
}

// checkCost checks the limits of a network whose shapes are consistent.
func (n *Network) checkCost() error {
	if work := n.Work(); work > maxWork {
		return fmt.Errorf("an embedding takes %d multiply-adds, want at most %d", work, int64(maxWork))
	}
	activations, packed := n.memory()
	if activations > maxActivations || packed > maxPacked {
		return fmt.Errorf("feature maps of %d bytes and weights of %d, want at most %d and %d", activations, packed, maxActivations, maxPacked)
	}
	return nil
}
