package onnx

// The versions of the form: the oldest that define every operator used, so that old runtimes can run
// the models. See https://github.com/onnx/onnx/blob/main/docs/Versioning.md.
const (
	irVersion    = 7
	opsetVersion = 13
)

// Element types of tensors: TensorProto.DataType.
const (
	typeFloat = 1
	typeUint8 = 2
	typeInt8  = 3
	typeInt32 = 6
	typeInt64 = 7
)

// Types of attributes: AttributeProto.AttributeType.
const (
	attributeIsFloat = 1
	attributeIsInt   = 2
	attributeIsInts  = 7
)

// Field numbers of onnx.proto, for the messages and fields that the form uses or rejects.
const (
	modelIRVersion, modelProducer, modelGraph, modelOpset           = 1, 2, 7, 8
	modelFunctions                                                  = 25
	opsetDomain, opsetNumber                                        = 1, 2
	graphNode, graphName, graphInitializer, graphInput, graphOutput = 1, 2, 5, 11, 12
	graphSparse                                                     = 15
	nodeInput, nodeOutput, nodeName, nodeOp, nodeAttribute          = 1, 2, 3, 4, 5
	nodeDomain                                                      = 7
	attributeName, attributeFloat, attributeInt, attributeInts      = 1, 2, 3, 8
	attributeType                                                   = 20
	tensorDims, tensorType, tensorName, tensorRaw, tensorDoc        = 1, 2, 8, 9, 12
	valueName, valueType                                            = 1, 2
	typeTensor, typeElement, typeShape                              = 1, 1, 2
	shapeDim, dimValue, dimParam                                    = 1, 1, 2
)

// attribute is a named constant of a node: a float, an integer or a list of integers.
type attribute struct {
	name  string
	kind  int // set by the constructors below; not compared on reading
	float float32
	int   int64
	ints  []int64
}

func floatAttribute(name string, v float32) attribute {
	return attribute{name: name, kind: attributeIsFloat, float: v}
}

func intAttribute(name string, v int64) attribute {
	return attribute{name: name, kind: attributeIsInt, int: v}
}

func intsAttribute(name string, v ...int64) attribute {
	return attribute{name: name, kind: attributeIsInts, ints: v}
}
