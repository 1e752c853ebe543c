package geoparquet

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet/internal/parquetfile"
)

// StoredEmbeddings is what a file says about its vectors.
type StoredEmbeddings struct {
	Model, Space string
	Metric       loc2vec.Metric
	Dimensions   int
	// Coverages are the columns with the shares that layers cover, if there are any. They are columns like others.
	Coverages []CoverageColumn
}

// maxDimensions bounds vectors. Those of other models have up to some thousand numbers.
const maxDimensions = 1 << 16

// storedVectors reads the vectors of a file.
type storedVectors struct {
	StoredEmbeddings
	column       *parquetfile.Node // at the top of the schema
	list, number *parquetfile.Node
	quantization *Quantization // nil: float32
	numbers      []int8
	vector       []float32
}

// ErrNoVectors: the file has no key "emb".
var ErrNoVectors = errors.New("the Parquet file says nothing about vectors: it has no key \"emb\"")

// findVectors finds the column that the key "emb" names.
func findVectors(f *parquetfile.File) (*storedVectors, error) {
	text, ok := f.Metadata("emb")
	if !ok {
		return nil, ErrNoVectors
	}
	var m embMetadata
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return nil, fmt.Errorf("%w: reading what the Parquet file says about its vectors: %w", loc2vec.ErrCorrupt, err)
	}
	v := &storedVectors{StoredEmbeddings: StoredEmbeddings{m.Model.Name, m.Model.ID, m.Metric, m.Dimensions, m.Coverages}, quantization: m.Quantization}
	if v.column = f.Field(m.Column); v.column == nil {
		return nil, fmt.Errorf("%w: the Parquet file lacks the column %q of its vectors", loc2vec.ErrCorrupt, m.Column)
	}
	if !isList(v.column) || len(v.column.Children[0].Children) != 1 {
		return nil, fmt.Errorf("%w: column %q holds no vectors", loc2vec.ErrCorrupt, m.Column)
	}
	v.list, v.number = v.column.Children[0], v.column.Children[0].Children[0]
	wanted := parquetfile.Float
	if q := m.Quantization; q != nil {
		wanted = parquetfile.Int32
		if len(q.Scale) != m.Dimensions || len(q.Offset) != m.Dimensions || q.Method != "linear" {
			return nil, fmt.Errorf("%w: the quantization of column %q has not one scale and offset an axis", loc2vec.ErrCorrupt, m.Column)
		}
	}
	if !v.number.Leaf() || v.number.Physical != wanted || v.number.Repetition == parquetfile.Repeated || m.Dimensions < 1 || m.Dimensions > maxDimensions {
		return nil, fmt.Errorf("%w: column %q holds no vectors of %d dimensions", loc2vec.ErrCorrupt, m.Column, m.Dimensions)
	}
	return v, nil
}

// in reports whether the vectors are in a field.
func (v *storedVectors) in(n *parquetfile.Node) bool { return v != nil && v.column == n }

// read consumes the vector of a row. It returns nil for null.
func (v *storedVectors) read(rows *parquetfile.Rows) ([]float32, error) {
	if !rows.Present(v.column) {
		return nil, rows.Skip(v.column)
	}
	v.vector, v.numbers = v.vector[:0], v.numbers[:0]
	for n := 0; n == 0 || rows.Again(v.list); n++ {
		if n == v.Dimensions || !rows.Present(v.number) {
			return nil, fmt.Errorf("%w: a vector has other than %d numbers", loc2vec.ErrCorrupt, v.Dimensions)
		}
		bits := rows.Value(v.number).Bits
		if v.quantization != nil {
			v.numbers = append(v.numbers, int8(bits))
		} else {
			v.vector = append(v.vector, math.Float32frombits(uint32(bits)))
		}
		if err := rows.Skip(v.number); err != nil {
			return nil, err
		}
	}
	if v.quantization != nil {
		v.vector = v.quantization.Dequantise(v.vector, v.numbers)
	}
	if len(v.vector) != v.Dimensions {
		return nil, fmt.Errorf("%w: a vector has %d numbers, not %d", loc2vec.ErrCorrupt, len(v.vector), v.Dimensions)
	}
	return v.vector, nil
}
