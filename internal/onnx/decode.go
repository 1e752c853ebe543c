package onnx

import (
	"errors"
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec/internal/wire"
)

// graph is a decoded GraphProto, without what the form does not use. Slices point into the file.
type graph struct {
	nodes   []node
	tensors map[string]tensor
	inputs  []valueInfo
	outputs []valueInfo
}

type node struct {
	op, name   string
	inputs     []string
	output     string
	attributes []attribute
}

// tensor is a constant, its elements little-endian.
type tensor struct {
	dims []int
	kind int // element type
	raw  []byte
}

// valueInfo describes an input or output.
type valueInfo struct {
	name string
	kind int   // element type
	dims []int // -1 for the batch
}

// Limits of a model file, checked while it is decoded: empty messages of two bytes would take a hundred times as much
// memory as the file.
const (
	maxModel = 16 << 20 // wide with 256 pixels has 9.1 MB, the base model 1.0 MB
	// The base model has 121 nodes and 181 tensors; a network of maxLayers each of both kinds fewer than these.
	maxNodes      = 512
	maxTensors    = 1024
	maxInputs     = 4   // of a node: Concat has four
	maxName       = 128 // the longest name has 27 bytes
	maxDims       = 8
	maxAttributes = 8
	maxKind       = 1 << 20
)

// decodeName decodes a name. Names are in the texts of errors.
func decodeName(b []byte) (string, error) {
	if len(b) > maxName {
		return "", fmt.Errorf("a name of %d bytes, want at most %d", len(b), maxName)
	}
	return string(b), nil
}

// decodeModel decodes a ModelProto.
func decodeModel(b []byte) (*graph, error) {
	if len(b) > maxModel {
		return nil, fmt.Errorf("model of %d bytes, want at most %d", len(b), maxModel)
	}
	var g *graph
	var opset uint64
	r := wire.NewReader(b)
	for r.Next() {
		var err error
		switch r.Field {
		case modelGraph:
			if g != nil {
				return nil, errors.New("two graphs")
			}
			g, err = decodeGraph(r.Bytes)
		case modelOpset:
			opset, err = decodeOpset(r.Bytes)
		case modelFunctions:
			err = errors.New("model with functions")
		}
		if err != nil {
			return nil, err
		}
	}
	switch {
	case r.Err() != nil:
		return nil, r.Err()
	case g == nil:
		return nil, errors.New("no graph")
	case opset != opsetVersion:
		return nil, fmt.Errorf("operator set %d, want %d", opset, opsetVersion)
	}
	return g, nil
}

// decodeOpset decodes an OperatorSetIdProto of the default domain.
func decodeOpset(b []byte) (version uint64, err error) {
	r := wire.NewReader(b)
	for r.Next() {
		switch {
		case r.Field == opsetDomain && len(r.Bytes) > 0:
			return 0, fmt.Errorf("operators of domain %.*q", maxName, r.Bytes)
		case r.Field == opsetNumber:
			version = r.Value
		}
	}
	return version, r.Err()
}

// decodeGraph decodes a GraphProto.
func decodeGraph(b []byte) (*graph, error) {
	g := &graph{tensors: make(map[string]tensor)}
	r := wire.NewReader(b)
	for r.Next() {
		if err := g.add(&r); err != nil {
			return nil, err
		}
	}
	return g, r.Err()
}

// add decodes the current field of a GraphProto.
func (g *graph) add(r *wire.Reader) error {
	switch r.Field {
	case graphNode:
		if len(g.nodes) == maxNodes {
			return fmt.Errorf("more than %d nodes", maxNodes)
		}
		n, err := decodeNode(r.Bytes)
		if err != nil {
			return fmt.Errorf("node %q: %w", n.name, err)
		}
		g.nodes = append(g.nodes, n)
	case graphInitializer:
		if len(g.tensors) == maxTensors {
			return fmt.Errorf("more than %d tensors", maxTensors)
		}
		name, t, err := decodeTensor(r.Bytes)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		if _, ok := g.tensors[name]; ok {
			return fmt.Errorf("two tensors %q", name)
		}
		g.tensors[name] = t
	case graphInput, graphOutput:
		v, err := decodeValueInfo(r.Bytes)
		if err != nil {
			return err
		}
		values := &g.inputs
		if r.Field == graphOutput {
			values = &g.outputs
		}
		if len(*values) == 1 {
			return errors.New("more than one input or output")
		}
		*values = append(*values, v)
	case graphSparse:
		return errors.New("sparse tensor")
	}
	return nil
}

// decodeNode decodes a NodeProto.
func decodeNode(b []byte) (n node, err error) {
	r := wire.NewReader(b)
	for r.Next() {
		switch r.Field {
		case nodeInput:
			if len(n.inputs) == maxInputs {
				return n, fmt.Errorf("more than %d inputs", maxInputs)
			}
			var input string
			input, err = decodeName(r.Bytes)
			n.inputs = append(n.inputs, input)
		case nodeOutput:
			if n.output != "" {
				return n, errors.New("two outputs")
			}
			n.output, err = decodeName(r.Bytes)
		case nodeName:
			n.name, err = decodeName(r.Bytes)
		case nodeOp:
			n.op, err = decodeName(r.Bytes)
		case nodeAttribute:
			if len(n.attributes) == maxAttributes {
				return n, fmt.Errorf("more than %d attributes", maxAttributes)
			}
			var a attribute
			a, err = decodeAttribute(r.Bytes)
			n.attributes = append(n.attributes, a)
		case nodeDomain:
			if len(r.Bytes) > 0 {
				return n, fmt.Errorf("operator of domain %.*q", maxName, r.Bytes)
			}
		}
		if err != nil {
			return n, err
		}
	}
	return n, r.Err()
}

// decodeAttribute decodes an AttributeProto.
func decodeAttribute(b []byte) (a attribute, err error) {
	r := wire.NewReader(b)
	for r.Next() {
		switch r.Field {
		case attributeName:
			if a.name, err = decodeName(r.Bytes); err != nil {
				return a, err
			}
		case attributeFloat:
			a.float = math.Float32frombits(uint32(r.Value))
		case attributeInt:
			a.int = int64(r.Value)
		case attributeInts:
			if r.Bytes != nil {
				return a, errors.New("packed integers")
			}
			if len(a.ints) == maxDims {
				return a, errors.New("too many integers")
			}
			a.ints = append(a.ints, int64(r.Value))
		case attributeType:
		default:
			return a, fmt.Errorf("attribute %q of an unknown type", a.name)
		}
	}
	return a, r.Err()
}

// decodeTensor decodes a TensorProto whose elements are raw bytes.
func decodeTensor(b []byte) (name string, t tensor, err error) {
	r := wire.NewReader(b)
	for r.Next() {
		switch r.Field {
		case tensorDims:
			if r.Value > maxModel || len(t.dims) == maxDims {
				return name, t, errors.New("implausible shape")
			}
			t.dims = append(t.dims, int(r.Value))
		case tensorType:
			t.kind = int(min(r.Value, maxKind))
		case tensorName:
			if name, err = decodeName(r.Bytes); err != nil {
				return name, t, err
			}
		case tensorRaw:
			t.raw = r.Bytes
		case tensorDoc:
		default:
			return name, t, errors.New("elements are not raw bytes")
		}
	}
	return name, t, r.Err()
}

// decodeValueInfo decodes a ValueInfoProto: name, element type and shape of a tensor.
func decodeValueInfo(b []byte) (v valueInfo, err error) {
	var typeProto []byte
	r := wire.NewReader(b)
	for r.Next() {
		switch r.Field {
		case valueName:
			if v.name, err = decodeName(r.Bytes); err != nil {
				return v, err
			}
		case valueType:
			typeProto = r.Bytes
		}
	}
	if r.Err() != nil {
		return v, r.Err()
	}
	r = wire.NewReader(typeProto)
	for r.Next() {
		if r.Field != typeTensor {
			return v, fmt.Errorf("%q is not a tensor", v.name)
		}
		if v.kind, v.dims, err = decodeTensorType(r.Bytes); err != nil {
			return v, err
		}
	}
	return v, r.Err()
}

// decodeTensorType decodes a TypeProto.Tensor.
func decodeTensorType(b []byte) (kind int, dims []int, err error) {
	r := wire.NewReader(b)
	for r.Next() {
		switch r.Field {
		case typeElement:
			kind = int(min(r.Value, maxKind))
		case typeShape:
			if dims, err = decodeShape(r.Bytes); err != nil {
				return 0, nil, err
			}
		}
	}
	return kind, dims, r.Err()
}

// decodeShape decodes a TensorShapeProto.
func decodeShape(b []byte) (dims []int, err error) {
	r := wire.NewReader(b)
	for r.Next() {
		if len(dims) == maxDims {
			return nil, errors.New("too many dimensions")
		}
		dim := -1
		d := wire.NewReader(r.Bytes)
		for d.Next() {
			if d.Field != dimValue {
				continue
			}
			if d.Value > maxModel {
				return nil, errors.New("implausible shape")
			}
			dim = int(d.Value)
		}
		if d.Err() != nil {
			return nil, d.Err()
		}
		dims = append(dims, dim)
	}
	return dims, r.Err()
}
