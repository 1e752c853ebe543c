package geoparquet

import (
	"reflect"

	"github.com/parquet-go/parquet-go"
)

// Names of the columns that a file has besides those of its table.
const (
	VectorColumn   = "vector"
	GeometryColumn = "geometry"
	bboxColumn     = "bbox"
)

// Reserved returns the names that a table's columns must not have.
func Reserved() []string { return []string{VectorColumn, GeometryColumn, bboxColumn} }

// orderedGroup is a group whose fields keep their order. Those of parquet.Group are sorted by name.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

// orderedField is a field of an orderedGroup.
type orderedField struct {
	parquet.Node
	name string
}

func newGroup(fields ...orderedField) orderedGroup {
	g := orderedGroup{Group: parquet.Group{}}
	for _, f := range fields {
		g.Group[f.name] = f.Node
		g.fields = append(g.fields, f)
	}
	return g
}

// Fields returns the fields in their order.
func (g orderedGroup) Fields() []parquet.Field { return g.fields }

// Name returns the name of the field.
func (f orderedField) Name() string { return f.name }

// Value is for Go structs, which are not written here.
func (f orderedField) Value(base reflect.Value) reflect.Value {
	panic("geoparquet: rows are written as values")
}

// newSchema returns the schema of a file: the table's columns, the vector if it has dimensions, the geometry and the
// box around it. All are optional: a row may have no coordinates.
func newSchema(columns []Column, vector, quantised bool) *parquet.Schema {
	var fields []orderedField
	for _, c := range columns {
		fields = append(fields, orderedField{parquet.Optional(columnNode(c.Type)), c.Name})
	}
	if vector {
		// Floats compress best by their bytes; the dictionary has a byte for each number of 8 bits.
		element := parquet.Encoded(parquet.Leaf(parquet.FloatType), &parquet.ByteStreamSplit)
		if quantised {
			element = parquet.Encoded(parquet.Int(8), &parquet.RLEDictionary)
		}
		fields = append(fields, orderedField{parquet.Optional(parquet.List(element)), VectorColumn})
	}
	edge := parquet.Encoded(parquet.Leaf(parquet.FloatType), &parquet.ByteStreamSplit)
	box := newGroup(orderedField{edge, "xmin"}, orderedField{edge, "ymin"}, orderedField{edge, "xmax"}, orderedField{edge, "ymax"})
	fields = append(fields,
		orderedField{parquet.Optional(parquet.Leaf(parquet.ByteArrayType)), GeometryColumn},
		orderedField{parquet.Optional(box), bboxColumn})
	return parquet.NewSchema("places", newGroup(fields...))
}

// columnNode returns the column of a type.
func columnNode(t Type) parquet.Node {
	switch t {
	case Bool:
		return parquet.Leaf(parquet.BooleanType)
	case Int:
		return parquet.Encoded(parquet.Int(64), &parquet.DeltaBinaryPacked)
	case Float:
		return parquet.Encoded(parquet.Leaf(parquet.DoubleType), &parquet.ByteStreamSplit)
	case Float32:
		return parquet.Encoded(parquet.Leaf(parquet.FloatType), &parquet.ByteStreamSplit)
	case Date:
		return parquet.Date()
	case Timestamp:
		return parquet.Timestamp(parquet.Microsecond)
	case LocalTimestamp:
		return parquet.TimestampAdjusted(parquet.Microsecond, false)
	case Bytes:
		return parquet.Leaf(parquet.ByteArrayType)
	case JSON:
		return parquet.Encoded(parquet.JSON(), &parquet.RLEDictionary)
	}
	return parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
}
