package parquetfile

// Meaning is what the values of a column or group stand for (LogicalType in parquet.thrift).
type Meaning int8

// The meanings. Plain values stand for themselves.
const (
	Plain Meaning = iota
	String
	Map
	List
	Enum
	Decimal
	Date
	Time
	Timestamp
	Integer
	Null
	JSON
	BSON
	UUID
	Float16
	Variant
	Geometry
	Geography
	Interval
)

// Unit is the unit of a time.
type Unit int8

// The units of times.
const (
	Milliseconds Unit = 1
	Microseconds Unit = 2
	Nanoseconds  Unit = 3
)

// Logical is a meaning with its parameters.
type Logical struct {
	Meaning   Meaning
	Unit      Unit   // of Time and Timestamp
	UTC       bool   // Timestamp: an instant; else the clock of an unknown place
	Unsigned  bool   // of Integer
	Scale     int    // of Decimal: digits after the point
	Precision int    // of Decimal: digits
	CRS       string // of Geometry and Geography; empty: OGC:CRS84
}

// meanings are the members of the union LogicalType by field.
var meanings = [...]Meaning{
	1: String, 2: Map, 3: List, 4: Enum, 5: Decimal, 6: Date, 7: Time, 8: Timestamp, 10: Integer,
	11: Null, 12: JSON, 13: BSON, 14: UUID, 15: Float16, 16: Variant, 17: Geometry, 18: Geography,
}

// logical reads the union LogicalType.
func (r *thriftReader) logical() (l Logical) {
	r.fields(func(member thriftField) {
		if member.kind != thriftStruct || member.id < 0 || member.id >= int64(len(meanings)) {
			r.skip(member.kind)
			return
		}
		l.Meaning = meanings[member.id]
		r.fields(func(field thriftField) { r.logicalParameter(&l, field) })
	})
	return l
}

// logicalParameter reads a field of a member of the union LogicalType.
func (r *thriftReader) logicalParameter(l *Logical, field thriftField) {
	switch l.Meaning {
	case Decimal:
		switch field {
		case thriftField{1, thriftInt}:
			l.Scale = int(r.int32())
			return
		case thriftField{2, thriftInt}:
			l.Precision = int(r.int32())
			return
		}
	case Time, Timestamp:
		switch field {
		case thriftField{1, thriftTrue}:
			l.UTC = true
			return
		case thriftField{2, thriftStruct}:
			r.fields(func(unit thriftField) {
				l.Unit = Unit(min(max(unit.id, 0), 4))
				r.skip(unit.kind)
			})
			return
		}
	case Integer:
		if field == (thriftField{2, thriftFalse}) {
			l.Unsigned = true
			return
		}
	case Geometry, Geography:
		if field == (thriftField{1, thriftBytes}) {
			l.CRS = r.string()
			return
		}
	}
	r.skip(field.kind)
}

// kind returns the meaning of a schema element, from LogicalType or its predecessor ConvertedType.
func (e *schemaElement) kind() Logical {
	if e.logical.Meaning != Plain || !e.hasConverted {
		return e.logical
	}
	switch c := e.converted; c {
	case 0:
		return Logical{Meaning: String}
	case 1, 2:
		return Logical{Meaning: Map}
	case 3:
		return Logical{Meaning: List}
	case 4:
		return Logical{Meaning: Enum}
	case 5:
		return Logical{Meaning: Decimal, Scale: int(e.scale), Precision: int(e.precision)}
	case 6:
		return Logical{Meaning: Date}
	case 7, 8:
		return Logical{Meaning: Time, UTC: true, Unit: Unit(c - 6)}
	case 9, 10:
		return Logical{Meaning: Timestamp, UTC: true, Unit: Unit(c - 8)}
	case 11, 12, 13, 14:
		return Logical{Meaning: Integer, Unsigned: true}
	case 15, 16, 17, 18:
		return Logical{Meaning: Integer}
	case 19:
		return Logical{Meaning: JSON}
	case 20:
		return Logical{Meaning: BSON}
	case 21:
		return Logical{Meaning: Interval}
	}
	return Logical{}
}
