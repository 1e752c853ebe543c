package onnx

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// Limits of the cost of a network, so that no model of a stranger holds up a device. The costliest network that can be
// trained is classic with rasters of 256 pixels, averaged over four rotations; TestLimits of
// trainer/internal/quantise shows that it and its siblings fit.
const (
	// maxWork is the largest Work of a network: 1.5 times what the costliest one takes.
	maxWork = 8 << 30
	// MaxSelfTest is the largest Work of all golden vectors together: those of classic with 128 pixels and four
	// rotations, of which a bundle has 24, take 0.7 of it. Some tenths of a second on a processor with products of
	// bytes.
	MaxSelfTest = 40 << 30
	// maxActivations bounds the bytes of all feature maps: twice what the costliest network takes.
	maxActivations = 8 << 20
	// maxPacked bounds the bytes of the weights in the form of the kernels: 1.7 times what the largest, wide
	// with rasters of 256 pixels, takes.
	maxPacked = 16 << 20

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

// memory returns the bytes of all feature maps, with a border of one pixel, and of the weights in the form of a kernel. The
// input has a map for each of three numbers of channels, and two of them to rotate it.
func (n *Network) memory() (activations, packed int) {
	size := n.Pixels
	activations = (size + 2) * (size + 2) * loc2vec.NumLayers * 4
	for i := range n.Convs {
		c := &n.Convs[i]
		size = c.OutputSize(size)
		activations += (size + 2) * (size + 2) * c.Out
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
