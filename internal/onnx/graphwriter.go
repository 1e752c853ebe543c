package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec/internal/wire"
)

// graphWriter collects the nodes of a graph in the order of computation. Each node names its output
// after itself.
type graphWriter struct {
	nodes, initializers []byte // encoded fields of a GraphProto
	names               map[string]bool
}

// node adds an operator and returns the name of its output.
func (w *graphWriter) node(op, output string, inputs []string, attributes ...attribute) string {
	w.claim(output)
	var b []byte
	for _, in := range inputs {
		b = appendString(b, nodeInput, in)
	}
	b = appendString(b, nodeOutput, output)
	b = appendString(b, nodeName, output)
	b = appendString(b, nodeOp, op)
	for _, a := range attributes {
		b = wire.AppendBytes(b, nodeAttribute, a.encode())
	}
	w.nodes = wire.AppendBytes(w.nodes, graphNode, b)
	return output
}

// claim panics if the name is taken: a mistake in this package.
func (w *graphWriter) claim(name string) {
	if w.names == nil {
		w.names = make(map[string]bool)
	}
	if w.names[name] {
		panic("onnx: two values are named " + name)
	}
	w.names[name] = true
}

func (a attribute) encode() []byte {
	b := appendString(nil, attributeName, a.name)
	switch a.kind {
	case attributeIsFloat:
		b = wire.AppendFixed32(b, attributeFloat, math.Float32bits(a.float))
	case attributeIsInt:
		b = appendInt(b, attributeInt, a.int)
	case attributeIsInts:
		for _, v := range a.ints {
			b = appendInt(b, attributeInts, v)
		}
	}
	return appendInt(b, attributeType, int64(a.kind))
}

// constant adds a tensor of that shape, a scalar without dims, and returns its name.
func constant[T float32 | uint8 | int8 | int32 | int64](w *graphWriter, name string, data []T, dims ...int) string {
	w.claim(name)
	size := 1
	var b []byte
	for _, d := range dims {
		size *= d
		b = appendInt(b, tensorDims, int64(d))
	}
	if size != len(data) {
		panic(fmt.Sprintf("onnx: tensor %s %v has %d elements", name, dims, len(data)))
	}
	b = appendInt(b, tensorType, elementType[T]())
	b = appendString(b, tensorName, name)
	raw, err := binary.Append(nil, binary.LittleEndian, data)
	if err != nil {
		panic(err) // every T has a fixed size
	}
	b = wire.AppendBytes(b, tensorRaw, raw)
	w.initializers = wire.AppendBytes(w.initializers, graphInitializer, b)
	return name
}

// elementType returns the TensorProto.DataType of T.
func elementType[T float32 | uint8 | int8 | int32 | int64]() int64 {
	var zero T
	switch any(zero).(type) {
	case float32:
		return typeFloat
	case uint8:
		return typeUint8
	case int8:
		return typeInt8
	case int32:
		return typeInt32
	}
	return typeInt64
}

// model returns the encoded ModelProto of the graph, for rasters [N][layers][pixels][pixels] and
// embeddings [N][dimension].
func (w *graphWriter) model(name string, layers, pixels, dimension int) []byte {
	graph := append([]byte(nil), w.nodes...)
	graph = appendString(graph, graphName, name)
	graph = append(graph, w.initializers...)
	graph = wire.AppendBytes(graph, graphInput, encodeValue(InputName, typeUint8, layers, pixels, pixels))
	graph = wire.AppendBytes(graph, graphOutput, encodeValue(OutputName, typeFloat, dimension))
	opset := appendString(nil, opsetDomain, "")
	opset = appendInt(opset, opsetNumber, opsetVersion)
	b := appendInt(nil, modelIRVersion, irVersion)
	b = appendString(b, modelProducer, "loc2vec")
	b = wire.AppendBytes(b, modelGraph, graph)
	return wire.AppendBytes(b, modelOpset, opset)
}

// encodeValue returns the ValueInfoProto of a tensor [N][dims...].
func encodeValue(name string, element int64, dims ...int) []byte {
	shape := wire.AppendBytes(nil, shapeDim, appendString(nil, dimParam, "N"))
	for _, d := range dims {
		shape = wire.AppendBytes(shape, shapeDim, appendInt(nil, dimValue, int64(d)))
	}
	tensor := appendInt(nil, typeElement, element)
	tensor = wire.AppendBytes(tensor, typeShape, shape)
	b := appendString(nil, valueName, name)
	return wire.AppendBytes(b, valueType, wire.AppendBytes(nil, typeTensor, tensor))
}

func appendInt(b []byte, field int, v int64) []byte { return wire.AppendVarint(b, field, uint64(v)) }

func appendString(b []byte, field int, s string) []byte { return wire.AppendBytes(b, field, []byte(s)) }
