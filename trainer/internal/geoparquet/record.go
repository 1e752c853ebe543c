package geoparquet

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/location"
)

// The flags of a record.
const (
	recordPlace = 1 << iota
	recordVector
	recordArea
)

// The kinds of values of a record.
const (
	recordNil = iota
	recordFalse
	recordTrue
	recordInt
	recordFloat
	recordText
	recordBytes
	recordTime
	recordFloat32
)

// check returns an error for a value that a column of the type does not hold.
func check(t Type, value any) error {
	ok := true
	switch value.(type) {
	case nil:
	case bool:
		ok = t == Bool
	case int64:
		ok = t == Int
	case float64:
		ok = t == Float
	case float32:
		ok = t == Float32
	case string:
		ok = t == Text || t == JSON
	case []byte:
		ok = t == Bytes
	case time.Time:
		ok = t == Date || t == Timestamp || t == LocalTimestamp
	default:
		ok = false
	}
	if !ok {
		return fmt.Errorf("a column of type %d cannot hold a %T", t, value)
	}
	return nil
}

// appendRecord appends a row in the form in which rows are sorted.
func appendRecord(dst []byte, row *Row) []byte {
	flags := byte(0)
	if row.Err == nil {
		flags |= recordPlace
	}
	if row.Vector != nil {
		flags |= recordVector
	}
	if row.Area != nil {
		flags |= recordArea
	}
	dst = append(dst, flags)
	if row.Err == nil {
		dst = appendPlace(dst, row.Place)
	}
	if row.Area != nil {
		dst = appendPlace(appendPlace(dst, row.Area.Bounds.Min), row.Area.Bounds.Max)
		dst = binary.AppendUvarint(dst, uint64(len(row.Area.WKB)))
		dst = append(dst, row.Area.WKB...)
	}
	for _, v := range row.Vector {
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
	}
	for _, value := range row.Values {
		switch v := value.(type) {
		case nil:
			dst = append(dst, recordNil)
		case bool:
			dst = append(dst, recordFalse)
			if v {
				dst[len(dst)-1] = recordTrue
			}
		case int64:
			dst = binary.AppendVarint(append(dst, recordInt), v)
		case float64:
			dst = binary.LittleEndian.AppendUint64(append(dst, recordFloat), math.Float64bits(v))
		case float32:
			dst = binary.LittleEndian.AppendUint32(append(dst, recordFloat32), math.Float32bits(v))
		case string:
			dst = binary.AppendUvarint(append(dst, recordText), uint64(len(v)))
			dst = append(dst, v...)
		case []byte:
			dst = binary.AppendUvarint(append(dst, recordBytes), uint64(len(v)))
			dst = append(dst, v...)
		case time.Time:
			dst = binary.AppendVarint(append(dst, recordTime), v.UnixMicro())
		}
	}
	return dst
}

func appendPlace(dst []byte, p loc2vec.LatLon) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(p.Lat))
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(p.Lon))
}

// record reads what appendRecord wrote. Texts and bytes are parts of the record.
type record struct {
	data []byte
	row  Row
	area Area // of the row, if it has one
}

func (r *record) read(data []byte, dimensions int) {
	r.data = data
	flags := r.take(1)[0]
	r.row.Err, r.row.Vector, r.row.Area = location.ErrNone, r.row.Vector[:0], nil
	if flags&recordPlace != 0 {
		r.row.Err, r.row.Place = nil, r.place()
	}
	if flags&recordArea != 0 {
		r.area.Bounds = loc2vec.Bounds{Min: r.place(), Max: r.place()}
		r.area.WKB = r.take(r.uvarint())
		r.row.Area = &r.area
	}
	if flags&recordVector != 0 {
		for range dimensions {
			r.row.Vector = append(r.row.Vector, math.Float32frombits(binary.LittleEndian.Uint32(r.take(4))))
		}
	}
}

func (r *record) take(n int) []byte {
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *record) place() (p loc2vec.LatLon) {
	p.Lat = math.Float64frombits(binary.LittleEndian.Uint64(r.take(8)))
	p.Lon = math.Float64frombits(binary.LittleEndian.Uint64(r.take(8)))
	return p
}

func (r *record) uvarint() int {
	v, n := binary.Uvarint(r.data)
	r.data = r.data[n:]
	return int(v)
}

// value reads the next value: its kind with its bits or bytes.
func (r *record) value() (kind byte, bits uint64, data []byte) {
	switch kind = r.take(1)[0]; kind {
	case recordInt, recordTime:
		v, n := binary.Varint(r.data)
		r.data = r.data[n:]
		return kind, uint64(v), nil
	case recordFloat:
		return kind, binary.LittleEndian.Uint64(r.take(8)), nil
	case recordFloat32:
		return kind, uint64(binary.LittleEndian.Uint32(r.take(4))), nil
	case recordText, recordBytes:
		return kind, 0, r.take(r.uvarint())
	}
	return kind, 0, nil
}
