// Package onnx quantises a trained encoder to 8 bits and writes it as an ONNX model.
package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/loc2vec/loc2vec/internal/int8net"
)

// Versions of what is written: the oldest that know every operator used, so that old runtimes run
// the models. https://github.com/onnx/onnx/blob/main/docs/Versioning.md
const (
	irVersion    = 7
	opsetVersion = 13
)

// The tensors that a model goes by.
const (
	InputName  = int8net.InputName  // uint8 [N][C][H][W]
	OutputName = int8net.OutputName // float32 [N][D]
)

// Element types of tensors: TensorProto.DataType.
const (
	typeFloat = 1
	typeUint8 = 2
	typeInt8  = 3
	typeInt32 = 6
	typeInt64 = 7
)

// Field numbers of onnx.proto, of those messages and fields that are written.
const (
	modelIRVersion, modelProducer, modelGraph, modelOpset           = 1, 2, 7, 8
	opsetDomain, opsetNumber                                        = 1, 2
	graphNode, graphName, graphInitializer, graphInput, graphOutput = 1, 2, 5, 11, 12
	nodeInput, nodeOutput, nodeName, nodeOp, nodeAttribute          = 1, 2, 3, 4, 5
	attributeName, attributeFloat, attributeInt, attributeInts      = 1, 2, 3, 8
	attributeType                                                   = 20
	tensorDims, tensorType, tensorName, tensorRaw                   = 1, 2, 8, 9
	valueName, valueType                                            = 1, 2
	typeTensor, typeElement, typeShape                              = 1, 1, 2
	shapeDim, dimValue, dimParam                                    = 1, 1, 2
)

// model collects a graph: nodes in the order of computation, each naming its output after itself.
type model struct {
	nodes, initializers []byte
	names               map[string]bool
}

// attribute is a node's named constant: an int, a float32 or []int.
type attribute struct {
	name  string
	value any
}

// node adds an operator and returns the name of its output.
func (m *model) node(op, output string, inputs []string, attributes ...attribute) string {
	m.claim(output)
	var b []byte
	for _, in := range inputs {
		b = appendString(b, nodeInput, in)
	}
	b = appendString(b, nodeOutput, output)
	b = appendString(b, nodeName, output)
	b = appendString(b, nodeOp, op)
	for _, a := range attributes {
		b = appendMessage(b, nodeAttribute, a.encode())
	}
	m.nodes = appendMessage(m.nodes, graphNode, b)
	return output
}

// claim panics when two values have one name: a mistake in this package.
func (m *model) claim(name string) {
	if m.names == nil {
		m.names = make(map[string]bool)
	}
	if m.names[name] {
		panic("onnx: two values are named " + name)
	}
	m.names[name] = true
}

func (a attribute) encode() []byte {
	const float, integer, integers = 1, 2, 7 // AttributeProto.AttributeType
	b := appendString(nil, attributeName, a.name)
	switch v := a.value.(type) {
	case int:
		b = appendInt(b, attributeInt, v)
		return appendInt(b, attributeType, integer)
	case float32:
		b = protowire.AppendTag(b, attributeFloat, protowire.Fixed32Type)
		b = protowire.AppendFixed32(b, math.Float32bits(v))
		return appendInt(b, attributeType, float)
	case []int:
		for _, i := range v {
			b = appendInt(b, attributeInts, i)
		}
		return appendInt(b, attributeType, integers)
	}
	panic(fmt.Sprintf("onnx: attribute of type %T", a.value))
}

// tensor adds a constant and returns its name. No dims make a scalar.
func tensor[T float32 | uint8 | int8 | int32 | int64](m *model, name string, data []T, dims ...int) string {
	m.claim(name)
	size := 1
	var b []byte
	for _, d := range dims {
		size *= d
		b = appendInt(b, tensorDims, d)
	}
	if size != len(data) {
		panic(fmt.Sprintf("onnx: tensor %s %v has %d elements", name, dims, len(data)))
	}
	var zero T
	kind := map[any]int{
		float32(0): typeFloat, uint8(0): typeUint8, int8(0): typeInt8, int32(0): typeInt32, int64(0): typeInt64,
	}[any(zero)]
	b = appendInt(b, tensorType, kind)
	b = appendString(b, tensorName, name)
	raw, err := binary.Append(nil, binary.LittleEndian, data)
	if err != nil {
		panic(err) // every T has a fixed size
	}
	b = appendMessage(b, tensorRaw, raw)
	m.initializers = appendMessage(m.initializers, graphInitializer, b)
	return name
}

// encode returns the model file for rasters of that edge.
func (m *model) encode(name string, layers, pixels, dimension int) []byte {
	graph := append([]byte(nil), m.nodes...)
	graph = appendString(graph, graphName, name)
	graph = append(graph, m.initializers...)
	graph = appendMessage(graph, graphInput, valueInfo(InputName, typeUint8, layers, pixels, pixels))
	graph = appendMessage(graph, graphOutput, valueInfo(OutputName, typeFloat, dimension))
	opset := appendString(nil, opsetDomain, "")
	opset = appendInt(opset, opsetNumber, opsetVersion)
	b := appendInt(nil, modelIRVersion, irVersion)
	b = appendString(b, modelProducer, "loc2vec")
	b = appendMessage(b, modelGraph, graph)
	return appendMessage(b, modelOpset, opset)
}

// valueInfo describes a tensor [N][dims...].
func valueInfo(name string, kind int, dims ...int) []byte {
	shape := appendMessage(nil, shapeDim, appendString(nil, dimParam, "N"))
	for _, d := range dims {
		shape = appendMessage(shape, shapeDim, appendInt(nil, dimValue, d))
	}
	tensorProto := appendInt(nil, typeElement, kind)
	tensorProto = appendMessage(tensorProto, typeShape, shape)
	b := appendString(nil, valueName, name)
	return appendMessage(b, valueType, appendMessage(nil, typeTensor, tensorProto))
}

func appendInt(b []byte, field protowire.Number, v int) []byte {
	b = protowire.AppendTag(b, field, protowire.VarintType)
	return protowire.AppendVarint(b, uint64(v))
}

func appendString(b []byte, field protowire.Number, s string) []byte {
	b = protowire.AppendTag(b, field, protowire.BytesType)
	return protowire.AppendString(b, s)
}

func appendMessage(b []byte, field protowire.Number, message []byte) []byte {
	b = protowire.AppendTag(b, field, protowire.BytesType)
	return protowire.AppendBytes(b, message)
}
