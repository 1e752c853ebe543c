// Package encoder computes the trained network for inference, in float32, with batch normalisation folded into the
// layers.
package encoder

// Kind is the kind of a layer.
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
	Slope   float32   // of the LeakyReLU below zero; 1 for a linear layer
}

// Head describes how the input of the first dense layer is made from the feature maps.
type Head struct {
	// Pooled selects global pooling: the mean of each feature map, followed by the coverage features, which are the
	// square roots of the coverage of each input layer under each mask, times FeatureScale. Otherwise the feature
	// maps are flattened in C, H, W order.
	Pooled bool
	// Masks are the areas of the input whose coverage is computed, [K][H*W], each byte 0 or 1. The order of the
	// features is mask, layer.
	Masks [][]uint8
	// FeatureScale is [K][C]. It scales the features of rare layers to the size of the others.
	FeatureScale []float32
}

// Network is an encoder for inference. Its slices are not copied by the methods.
type Network struct {
	Architecture string
	Pixels       int // H and W of the input
	// Rotations is 1, or 4: the embedding is averaged over the four rotations of the input.
	Rotations int
	Convs     []Layer // Conv3 and Conv1 layers
	Head      Head
	Dense     []Layer // the last one is linear with D outputs
}
