package geoparquet

import (
	"encoding/binary"
	"math"

	"github.com/parquet-go/parquet-go"

	"github.com/loc2vec/loc2vec"
)

// rowBuilder makes rows of parquet-go from records.
type rowBuilder struct {
	columns      []Column
	vectors      bool
	quantization *Quantization
	record       record
	row          parquet.Row
	numbers      []int8
	point        []byte
}

// build returns the row of the record, valid until the next call.
func (b *rowBuilder) build() parquet.Row {
	b.row = b.row[:0]
	column := 0
	for _, c := range b.columns {
		v := b.value(c.Type)
		definition := 1
		if v.IsNull() {
			definition = 0
		}
		b.row = append(b.row, v.Level(0, definition, column))
		column++
	}
	if b.vectors {
		b.vector(column)
		column++
	}
	b.geometry(column)
	return b.row
}

// value returns the next value of the record.
func (b *rowBuilder) value(t Type) parquet.Value {
	kind, bits, data := b.record.value()
	switch kind {
	case recordFalse, recordTrue:
		return parquet.BooleanValue(kind == recordTrue)
	case recordInt:
		return parquet.Int64Value(int64(bits))
	case recordFloat:
		return parquet.DoubleValue(math.Float64frombits(bits))
	case recordFloat32:
		return parquet.FloatValue(math.Float32frombits(uint32(bits)))
	case recordText, recordBytes:
		return parquet.ByteArrayValue(data)
	case recordTime:
		if t == Date {
			const day = 24 * 3600 * 1_000_000
			return parquet.Int32Value(int32(math.Floor(float64(int64(bits)) / day)))
		}
		return parquet.Int64Value(int64(bits))
	}
	return parquet.NullValue()
}

// vector appends the vector of the record.
func (b *rowBuilder) vector(column int) {
	vector := b.record.row.Vector
	if len(vector) == 0 {
		b.row = append(b.row, parquet.NullValue().Level(0, 0, column))
		return
	}
	const definition = 2 // the list, its element
	if b.quantization == nil {
		for i, v := range vector {
			b.row = append(b.row, parquet.FloatValue(v).Level(min(i, 1), definition, column))
		}
		return
	}
	b.numbers = b.quantization.Quantise(b.numbers[:0], vector)
	for i, n := range b.numbers {
		b.row = append(b.row, parquet.Int32Value(int32(n)).Level(min(i, 1), definition, column))
	}
}

// geometry appends the geometry of the record and the box around it.
func (b *rowBuilder) geometry(column int) {
	if b.record.row.Err != nil {
		for i := range 5 {
			b.row = append(b.row, parquet.NullValue().Level(0, 0, column+i))
		}
		return
	}
	row := &b.record.row
	geometry := b.record.area.WKB
	if row.Area == nil {
		b.point = appendPoint(b.point[:0], row.Place)
		geometry = b.point
	}
	b.row = append(b.row, parquet.ByteArrayValue(geometry).Level(0, 1, column))
	around := boundsOf(row)
	for i, edge := range []float32{
		atMost(around.Min.Lon), atMost(around.Min.Lat), -atMost(-around.Max.Lon), -atMost(-around.Max.Lat),
	} {
		b.row = append(b.row, parquet.FloatValue(edge).Level(0, 1, column+1+i))
	}
}

// atMost returns the greatest float32 that is at most v.
func atMost(v float64) float32 {
	f := float32(v)
	if float64(f) > v {
		return math.Nextafter32(f, float32(math.Inf(-1)))
	}
	return f
}

// appendPoint appends the WKB of a point.
func appendPoint(dst []byte, place loc2vec.LatLon) []byte {
	dst = append(dst, 1, 1, 0, 0, 0) // little-endian, a point
	dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(place.Lon))
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(place.Lat))
}
