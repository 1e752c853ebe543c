// Package encoder is the trained network as inference sees it: layers with batch normalisation
// folded into them, and their float32 forward pass.
package encoder

// Kind is a layer's shape.
type Kind int

const (
	Conv3 Kind = iota // 3x3 convolution
	Conv1             // 1x1 convolution
	Dense             // fully connected, after the head
)

// Layer is one convolution or dense layer: y = leaky(pool(W x + b)).
type Layer struct {
	Kind    Kind
	In, Out int
	Same    bool      // Conv3: zero padding of one pixel; otherwise valid
	Weight  []float32 // [Out][In][3][3], [Out][In] for the others
	Bias    []float32 // [Out]
	Pool    bool      // 2x2 max pooling, stride 2, after the convolution
	Slope   float32   // of LeakyReLU below zero; 1 for a linear layer
}

// Head says how feature maps become the vector that the first dense layer reads.
type Head struct {
	// Pooled: the mean of each feature map, followed by the square root of the coverage of each input
	// layer under each mask, times its gain; otherwise the feature maps flattened in C, H, W order.
	Pooled bool
	// Masks are [K][H*W], each byte 0 or 1: the areas of the input over which coverage is taken.
	// The features follow in the order mask, layer.
	Masks [][]uint8
	Gain  []float32 // [K][C]: brings features of rare layers to the size of the others
}

// Network is an encoder for inference.
type Network struct {
	Architecture string
	Pixels       int // H and W of the input
	// Rotations is 1, or 4: the embedding is averaged over the four rotations of the input.
	Rotations int
	Convs     []Layer // Conv3 and Conv1 layers
	Head      Head
	Dense     []Layer // the last one is linear with D outputs
}
