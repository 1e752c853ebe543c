package int8net

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The parts of onnx.proto that a model of ours consists of. Slices point into the file.
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
	attributes map[string]attribute
}

type attribute struct {
	float float32
	int   int64
	ints  []int64
}

type tensor struct {
	dims []int
	kind int
	raw  []byte
}

type valueInfo struct {
	name string
	kind int
	dims []int // the batch is -1
}

// Element types: TensorProto.DataType.
const (
	typeFloat = 1
	typeUint8 = 2
	typeInt8  = 3
	typeInt32 = 6
	typeInt64 = 7
)

// Limits on a model file. Everything else is bounded by its length.
const (
	maxModel = 64 << 20
	maxNodes = 4096
	maxDims  = 8
)

// opsetVersion is the version of the operators whose arithmetic this package computes.
const opsetVersion = 13

var errWire = errors.New("malformed protobuf")

// field is one field of a protobuf message: number in value, bytes in data, by its wire type.
type field struct {
	number int
	value  uint64
	data   []byte
}

// eachField calls visit for the fields of a message in order.
func eachField(message []byte, visit func(f field) error) error {
	for len(message) > 0 {
		key, n := binary.Uvarint(message)
		if n <= 0 || key>>3 == 0 || key>>3 > 1<<29-1 {
			return errWire
		}
		message = message[n:]
		f := field{number: int(key >> 3)}
		size := 0
		switch key & 7 {
		case 0:
			if f.value, n = binary.Uvarint(message); n <= 0 {
				return errWire
			}
			size = n
		case 1:
			size = 8
		case 2:
			length, n := binary.Uvarint(message)
			if n <= 0 || length > uint64(len(message)-n) {
				return errWire
			}
			f.data = message[n : n+int(length)]
			size = n + int(length)
		case 5:
			if size = 4; len(message) >= 4 {
				f.value = uint64(binary.LittleEndian.Uint32(message))
			}
		default:
			return errWire
		}
		if size > len(message) {
			return errWire
		}
		message = message[size:]
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// decodeModel reads a ModelProto.
func decodeModel(b []byte) (*graph, error) {
	if len(b) > maxModel {
		return nil, fmt.Errorf("model of %d bytes", len(b))
	}
	var g *graph
	opset := int64(0)
	err := eachField(b, func(f field) (err error) {
		switch f.number {
		case 7:
			if g != nil {
				return errors.New("two graphs")
			}
			g, err = decodeGraph(f.data)
		case 8:
			opset, err = decodeOpset(f.data)
		case 25:
			err = errors.New("model with functions")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if g == nil {
		return nil, errors.New("no graph")
	}
	if opset != opsetVersion {
		return nil, fmt.Errorf("operator set %d, want %d", opset, opsetVersion)
	}
	return g, nil
}

func decodeOpset(b []byte) (version int64, err error) {
	err = eachField(b, func(f field) error {
		switch {
		case f.number == 1 && len(f.data) > 0:
			return fmt.Errorf("operators of %q", f.data)
		case f.number == 2:
			version = int64(f.value)
		}
		return nil
	})
	return version, err
}

func decodeGraph(b []byte) (*graph, error) {
	g := &graph{tensors: make(map[string]tensor)}
	err := eachField(b, func(f field) error {
		switch f.number {
		case 1:
			n, err := decodeNode(f.data)
			if err != nil {
				return fmt.Errorf("node %q: %w", n.name, err)
			}
			if len(g.nodes) == maxNodes {
				return fmt.Errorf("more than %d nodes", maxNodes)
			}
			g.nodes = append(g.nodes, n)
		case 5:
			name, t, err := decodeTensor(f.data)
			if err != nil {
				return fmt.Errorf("tensor %q: %w", name, err)
			}
			if _, ok := g.tensors[name]; ok {
				return fmt.Errorf("two tensors %q", name)
			}
			g.tensors[name] = t
		case 11, 12:
			v, err := decodeValueInfo(f.data)
			if err != nil {
				return err
			}
			if f.number == 11 {
				g.inputs = append(g.inputs, v)
			} else {
				g.outputs = append(g.outputs, v)
			}
		case 15:
			return errors.New("sparse tensor")
		}
		return nil
	})
	return g, err
}

func decodeNode(b []byte) (node, error) {
	n := node{attributes: make(map[string]attribute)}
	err := eachField(b, func(f field) error {
		switch f.number {
		case 1:
			n.inputs = append(n.inputs, string(f.data))
		case 2:
			if n.output != "" {
				return errors.New("two outputs")
			}
			n.output = string(f.data)
		case 3:
			n.name = string(f.data)
		case 4:
			n.op = string(f.data)
		case 5:
			name, a, err := decodeAttribute(f.data)
			if err != nil {
				return err
			}
			n.attributes[name] = a
		case 7:
			if len(f.data) > 0 {
				return fmt.Errorf("operator of %q", f.data)
			}
		}
		return nil
	})
	return n, err
}

func decodeAttribute(b []byte) (name string, a attribute, err error) {
	err = eachField(b, func(f field) error {
		switch f.number {
		case 1:
			name = string(f.data)
		case 2:
			a.float = math.Float32frombits(uint32(f.value))
		case 3:
			a.int = int64(f.value)
		case 8:
			if f.data != nil {
				return errors.New("packed integers")
			}
			if len(a.ints) == maxDims {
				return errors.New("too many integers")
			}
			a.ints = append(a.ints, int64(f.value))
		case 20:
		default:
			return fmt.Errorf("attribute %q of an unknown type", name)
		}
		return nil
	})
	return name, a, err
}

func decodeTensor(b []byte) (name string, t tensor, err error) {
	err = eachField(b, func(f field) error {
		switch f.number {
		case 1:
			if f.value > maxModel || len(t.dims) == maxDims {
				return errors.New("implausible shape")
			}
			t.dims = append(t.dims, int(f.value))
		case 2:
			t.kind = int(min(f.value, 1<<20))
		case 8:
			name = string(f.data)
		case 9:
			t.raw = f.data
		case 12:
		default:
			return errors.New("data not stored raw")
		}
		return nil
	})
	return name, t, err
}

// decodeValueInfo reads name, element type and shape of an input or output.
func decodeValueInfo(b []byte) (v valueInfo, err error) {
	var kind []byte
	err = eachField(b, func(f field) error {
		switch f.number {
		case 1:
			v.name = string(f.data)
		case 2:
			kind = f.data
		}
		return nil
	})
	if err != nil {
		return v, err
	}
	err = eachField(kind, func(f field) error {
		if f.number != 1 {
			return fmt.Errorf("%q is not a tensor", v.name)
		}
		return eachField(f.data, func(f field) error {
			switch f.number {
			case 1:
				v.kind = int(min(f.value, 1<<20))
			case 2:
				v.dims, err = decodeShape(f.data)
			}
			return err
		})
	})
	return v, err
}

func decodeShape(b []byte) (dims []int, err error) {
	err = eachField(b, func(f field) error {
		dim := -1
		if len(dims) == maxDims {
			return errors.New("too many dimensions")
		}
		err := eachField(f.data, func(f field) error {
			if f.number == 1 {
				if f.value > maxModel {
					return errors.New("implausible shape")
				}
				dim = int(f.value)
			}
			return nil
		})
		dims = append(dims, dim)
		return err
	})
	return dims, err
}
