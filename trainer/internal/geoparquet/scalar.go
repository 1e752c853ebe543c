package geoparquet

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet/internal/parquetfile"
)

// maxExactDigits is the number of decimal digits that a float64 holds.
const maxExactDigits = 15

// typeOf returns the type of the column that a field becomes. Groups and lists become JSON.
func typeOf(n *parquetfile.Node) Type {
	if !n.Leaf() || n.Repetition == parquetfile.Repeated {
		return JSON
	}
	switch n.Logical.Meaning {
	case parquetfile.String, parquetfile.Enum, parquetfile.UUID, parquetfile.Time:
		return Text
	case parquetfile.JSON, parquetfile.Interval:
		return JSON
	case parquetfile.Decimal:
		if n.Logical.Precision <= maxExactDigits {
			return Float
		}
		return Text
	case parquetfile.Date:
		return Date
	case parquetfile.Timestamp:
		if n.Logical.UTC {
			return Timestamp
		}
		return LocalTimestamp
	case parquetfile.Float16:
		return Float
	case parquetfile.Null:
		return Text
	case parquetfile.Integer:
		if n.Logical.Unsigned && n.Physical == parquetfile.Int64 {
			return JSON // a number that an int64 may not hold
		}
	}
	switch n.Physical {
	case parquetfile.Boolean:
		return Bool
	case parquetfile.Int32, parquetfile.Int64:
		return Int
	case parquetfile.Int96:
		return LocalTimestamp
	case parquetfile.Float:
		return Float32
	case parquetfile.Double:
		return Float
	}
	return Bytes
}

// scalar returns a value of a column as its type has it. It shares no memory with the file.
func scalar(n *parquetfile.Node, v parquetfile.Value) any {
	l := n.Logical
	switch l.Meaning {
	case parquetfile.String, parquetfile.Enum:
		return text(v.Bytes)
	case parquetfile.JSON:
		return jsonText(v.Bytes)
	case parquetfile.UUID:
		if len(v.Bytes) == 16 {
			b := v.Bytes
			return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
		}
		return text(v.Bytes)
	case parquetfile.Decimal:
		digits := decimal(n, v)
		if l.Precision <= maxExactDigits {
			f, _ := strconv.ParseFloat(digits, 64)
			return f
		}
		return digits
	case parquetfile.Date:
		return time.Unix(0, 0).UTC().AddDate(0, 0, int(int32(v.Bits)))
	case parquetfile.Time:
		return clock(time.Unix(0, 0).UTC().Add(duration(v.Bits, l.Unit)))
	case parquetfile.Timestamp:
		return instant(v.Bits, l.Unit)
	case parquetfile.Interval:
		return interval(v.Bytes)
	case parquetfile.Float16:
		if len(v.Bytes) == 2 {
			return float16(binary.LittleEndian.Uint16(v.Bytes))
		}
	case parquetfile.Integer:
		switch {
		case l.Unsigned && n.Physical == parquetfile.Int64:
			return strconv.FormatUint(v.Bits, 10)
		case l.Unsigned:
			return int64(uint32(v.Bits))
		}
	}
	return physical(n.Physical, v)
}

// physical returns a value that stands for itself.
func physical(p parquetfile.Physical, v parquetfile.Value) any {
	switch p {
	case parquetfile.Boolean:
		return v.Bits != 0
	case parquetfile.Int32, parquetfile.Int64:
		return int64(v.Bits)
	case parquetfile.Float:
		return math.Float32frombits(uint32(v.Bits))
	case parquetfile.Double:
		return math.Float64frombits(v.Bits)
	case parquetfile.Int96: // nanoseconds of a Julian day
		day := int64(binary.LittleEndian.Uint32(v.Bytes[8:])) - 2440588
		return time.Unix(day*86400, int64(binary.LittleEndian.Uint64(v.Bytes))).UTC()
	}
	return append([]byte{}, v.Bytes...)
}

// widen returns the float64 that is written with the digits of a float32: 0.1, not 0.10000000149011612.
func widen(f float32) float64 {
	v, err := strconv.ParseFloat(strconv.FormatFloat(float64(f), 'g', -1, 32), 64)
	if err != nil {
		return float64(f)
	}
	return v
}

// text returns a string with U+FFFD for bytes that are no UTF-8.
func text(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

// jsonText returns a JSON value, or a JSON string of text that is none.
func jsonText(b []byte) string {
	if json.Valid(b) {
		return string(b)
	}
	quoted, _ := json.Marshal(text(b))
	return string(quoted)
}

// decimal returns a decimal number in digits.
func decimal(n *parquetfile.Node, v parquetfile.Value) string {
	unscaled := new(big.Int)
	if n.Physical == parquetfile.Int32 || n.Physical == parquetfile.Int64 {
		unscaled.SetInt64(int64(v.Bits))
	} else { // two's complement, most significant byte first
		unscaled.SetBytes(v.Bytes)
		if len(v.Bytes) > 0 && v.Bytes[0] >= 0x80 {
			unscaled.Sub(unscaled, new(big.Int).Lsh(big.NewInt(1), uint(8*len(v.Bytes))))
		}
	}
	sign, digits := "", unscaled.Text(10)
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	const maxScale = 1000 // beyond any writer's; a file may say more
	scale := min(max(n.Logical.Scale, 0), maxScale)
	if scale == 0 {
		return sign + digits
	}
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}

// instant returns a time in units since 1970.
func instant(bits uint64, unit parquetfile.Unit) time.Time {
	switch n := int64(bits); unit {
	case parquetfile.Milliseconds:
		return time.UnixMilli(n).UTC()
	case parquetfile.Nanoseconds:
		return time.Unix(0, n).UTC()
	default:
		return time.UnixMicro(n).UTC()
	}
}

// duration returns a time of day.
func duration(bits uint64, unit parquetfile.Unit) time.Duration {
	switch n := time.Duration(bits); unit {
	case parquetfile.Milliseconds:
		return n * time.Millisecond
	case parquetfile.Nanoseconds:
		return n
	default:
		return n * time.Microsecond
	}
}

// clock formats a time of day.
func clock(t time.Time) string { return t.Format("15:04:05.999999999") }

// interval returns the months, days and milliseconds of an interval as a JSON array.
func interval(b []byte) string {
	if len(b) != 12 {
		return "null"
	}
	return fmt.Sprintf("[%d,%d,%d]", binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:]))
}

// float16 returns an IEEE half.
func float16(h uint16) float64 {
	sign, exponent, mantissa := 1.0, int(h>>10&31), float64(h&1023)
	if h&0x8000 != 0 {
		sign = -1
	}
	switch exponent {
	case 0:
		return sign * math.Ldexp(mantissa, -24)
	case 31:
		if mantissa != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+mantissa, exponent-25)
}

// appendJSON appends a value as JSON.
func appendJSON(dst []byte, t Type, v any) []byte {
	switch v := v.(type) {
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(dst, "null"...)
		}
		return strconv.AppendFloat(dst, v, 'g', -1, 64)
	case float32:
		if v := float64(v); math.IsNaN(v) || math.IsInf(v, 0) {
			return append(dst, "null"...)
		}
		return strconv.AppendFloat(dst, float64(v), 'g', -1, 32)
	case string:
		if t == JSON {
			return append(dst, v...)
		}
		return appendString(dst, v)
	case []byte:
		return appendString(dst, base64.StdEncoding.EncodeToString(v))
	case time.Time:
		switch t {
		case Date:
			return appendString(dst, v.Format(time.DateOnly))
		case LocalTimestamp:
			return appendString(dst, v.Format("2006-01-02T15:04:05.999999999"))
		}
		return appendString(dst, v.Format(time.RFC3339Nano))
	}
	return append(dst, "null"...)
}

func appendString(dst []byte, s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil {
		return append(dst, "null"...)
	}
	return append(dst, quoted...)
}
