package table

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"time"
)

// jsonLines writes one object a line.
type jsonLines struct {
	out    *bufio.Writer
	schema Schema
	line   []byte
}

// NewJSONLines returns a writer of JSON lines: an object for each row, with null for what it lacks.
func NewJSONLines(w io.Writer, schema Schema) Writer {
	return &jsonLines{out: bufio.NewWriter(w), schema: schema}
}

// Write implements Writer.
func (j *jsonLines) Write(row *Row) error {
	j.line = append(appendObject(j.line[:0], &j.schema, row), '\n')
	_, err := j.out.Write(j.line)
	return err
}

// Flush implements Writer.
func (j *jsonLines) Flush() error { return j.out.Flush() }

// Finish implements Writer.
func (j *jsonLines) Finish() error { return j.out.Flush() }

// Close implements Writer.
func (j *jsonLines) Close() error { return nil }

// appendObject appends a row as a JSON object.
func appendObject(dst []byte, schema *Schema, row *Row) []byte {
	dst = append(dst, '{')
	key := func(name string) {
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, name), ':')
	}
	vector := func() {
		if schema.Dimensions == 0 {
			return
		}
		key(schema.VectorName)
		if row.Vector == nil {
			dst = append(dst, "null"...)
			return
		}
		dst = appendVector(dst, row.Vector)
	}
	for i, value := range row.Values {
		if i == schema.VectorAt {
			vector()
		}
		key(schema.Columns[i].Name)
		dst = appendValue(dst, schema.Columns[i].Type, value)
	}
	if schema.VectorAt == len(row.Values) {
		vector()
	}
	return append(dst, '}')
}

// appendValue appends a value as JSON.
func appendValue(dst []byte, t Type, value any) []byte {
	switch v := value.(type) {
	case string:
		if t == JSON {
			var b bytes.Buffer
			if json.Compact(&b, []byte(v)) == nil && b.Len() > 0 {
				return append(dst, b.Bytes()...)
			}
		}
		return appendString(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			return strconv.AppendFloat(dst, v, 'g', -1, 64)
		}
	case float32:
		if v := float64(v); !math.IsNaN(v) && !math.IsInf(v, 0) {
			return strconv.AppendFloat(dst, v, 'g', -1, 32)
		}
	case []byte:
		return appendString(dst, base64.StdEncoding.EncodeToString(v))
	case time.Time:
		return appendString(dst, cell(v))
	}
	return append(dst, "null"...)
}

// appendString appends a text as JSON, without escapes for HTML.
func appendString(dst []byte, text string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string and a buffer do not fail
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}
