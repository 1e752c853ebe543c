package parquetfile

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// Physical is how the values of a column are stored.
type Physical int8

// The physical types, as parquet.thrift numbers them.
const (
	Boolean           Physical = 0
	Int32             Physical = 1
	Int64             Physical = 2
	Int96             Physical = 3
	Float             Physical = 4
	Double            Physical = 5
	ByteArray         Physical = 6
	FixedLenByteArray Physical = 7
)

// Repetition says how often a field occurs in its parent.
type Repetition int8

// The repetitions, as parquet.thrift numbers them.
const (
	Required Repetition = 0
	Optional Repetition = 1
	Repeated Repetition = 2
)

// schemaElement is a node of the schema in a footer (SchemaElement in parquet.thrift).
type schemaElement struct {
	physical         Physical
	length           int32 // of FixedLenByteArray
	repetition       Repetition
	name             string
	children         int32
	hasConverted     bool
	converted        int32
	scale, precision int32
	logical          Logical
}

// Node is a field of the schema: a column of values, or a group of fields.
type Node struct {
	Name       string
	Repetition Repetition
	Logical    Logical
	Children   []*Node // of a group; empty: a column

	Physical Physical // of a column
	Length   int      // of the values of FixedLenByteArray, in bytes

	// MaxRepetition and MaxDefinition are the levels of a value that is there.
	MaxRepetition, MaxDefinition int

	column int // number of a column; for a group of its first
}

// Leaf reports whether the node is a column.
func (n *Node) Leaf() bool { return len(n.Children) == 0 }

const (
	// maxColumns bounds the columns of a file, each of which holds a page while rows are read. The widest tables
	// of the field (features for machine learning) have a few thousand.
	maxColumns = 10_000
	// maxDepth bounds groups within groups. Overture Maps' tables have six levels.
	maxDepth = 40
	// maxFixedLength bounds the values of fixed length. The longest in use are vectors of some kilobytes.
	maxFixedLength = 1 << 20
)

// schemaTree makes the tree of nodes, and the list of its columns.
type schemaTree struct {
	elements []schemaElement // not taken yet
	columns  []*Node
}

// newSchema returns the fields at the top of a schema and all columns.
func newSchema(elements []schemaElement) (fields, columns []*Node, err error) {
	if len(elements) == 0 || elements[0].children <= 0 {
		return nil, nil, fmt.Errorf("%w: the Parquet file has no columns", loc2vec.ErrCorrupt)
	}
	t := schemaTree{elements: elements[1:]}
	for range elements[0].children {
		field, err := t.node(0, 0, 1)
		if err != nil {
			return nil, nil, err
		}
		fields = append(fields, field)
	}
	if len(t.elements) > 0 {
		return nil, nil, fmt.Errorf("%w: the Parquet file's schema has fields without a parent", loc2vec.ErrCorrupt)
	}
	return fields, t.columns, nil
}

// node takes a node with everything below it. repetition and definition are the levels of its parent.
func (t *schemaTree) node(repetition, definition, depth int) (*Node, error) {
	switch {
	case len(t.elements) == 0:
		return nil, fmt.Errorf("%w: the Parquet file's schema ends too soon", loc2vec.ErrCorrupt)
	case depth > maxDepth:
		return nil, fmt.Errorf("%w: the Parquet file's schema is nested more than %d levels deep", loc2vec.ErrCorrupt, maxDepth)
	case len(t.columns) >= maxColumns:
		return nil, fmt.Errorf("%w: the Parquet file has more than %d columns", loc2vec.ErrCorrupt, maxColumns)
	}
	e := t.elements[0]
	t.elements = t.elements[1:]
	switch e.repetition {
	case Optional:
		definition++
	case Repeated:
		definition++
		repetition++
	}
	n := &Node{
		Name: e.name, Repetition: e.repetition, Logical: e.kind(), Physical: e.physical, Length: int(e.length),
		MaxRepetition: repetition, MaxDefinition: definition, column: len(t.columns),
	}
	if e.children > 0 {
		for range e.children {
			child, err := t.node(repetition, definition, depth+1)
			if err != nil {
				return nil, err
			}
			n.Children = append(n.Children, child)
		}
		return n, nil
	}
	switch {
	case e.physical < Boolean || e.physical > FixedLenByteArray:
		return nil, fmt.Errorf("%w: column %q has no type", loc2vec.ErrCorrupt, e.name)
	case e.physical == FixedLenByteArray && (e.length <= 0 || e.length > maxFixedLength):
		return nil, fmt.Errorf("%w: the values of column %q have a length of %d bytes", loc2vec.ErrCorrupt, e.name, e.length)
	}
	t.columns = append(t.columns, n)
	return n, nil
}

func (r *thriftReader) schemaElement() schemaElement {
	e := schemaElement{physical: -1}
	r.fields(func(field thriftField) {
		switch field {
		case thriftField{1, thriftInt}:
			e.physical = Physical(min(max(r.int(), -1), 100))
		case thriftField{2, thriftInt}:
			e.length = r.int32()
		case thriftField{3, thriftInt}:
			e.repetition = Repetition(min(max(r.int(), 0), 2))
		case thriftField{4, thriftBytes}:
			e.name = r.string()
		case thriftField{5, thriftInt}:
			e.children = r.int32()
		case thriftField{6, thriftInt}:
			e.hasConverted, e.converted = true, r.int32()
		case thriftField{7, thriftInt}:
			e.scale = r.int32()
		case thriftField{8, thriftInt}:
			e.precision = r.int32()
		case thriftField{10, thriftStruct}:
			e.logical = r.logical()
		default:
			r.skip(field.kind)
		}
	})
	return e
}
