package table

import (
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// csvWriter writes CSV (RFC 4180), or text separated by tabs.
type csvWriter struct {
	out    *csv.Writer
	schema Schema
	fields []string
	text   []byte
}

// NewCSV returns a writer of CSV with a header, separated by commas or tabs. Cells of the input are written as they
// are. The vector has a column for each dimension, or one column of numbers between brackets.
func NewCSV(w io.Writer, schema Schema, comma rune) (Writer, error) {
	c := &csvWriter{out: csv.NewWriter(w), schema: schema}
	c.out.Comma = comma
	var header []string
	for i, column := range schema.Columns {
		if i == schema.VectorAt {
			header = append(header, c.vectorNames()...)
		}
		header = append(header, column.Name)
	}
	if schema.VectorAt == len(schema.Columns) {
		header = append(header, c.vectorNames()...)
	}
	return c, c.out.Write(header)
}

func (c *csvWriter) vectorNames() []string {
	switch {
	case c.schema.Dimensions == 0:
		return nil
	case c.schema.OneColumn:
		return []string{c.schema.VectorName}
	}
	return VectorColumns(c.schema.Prefix, c.schema.Dimensions)
}

// VectorColumns returns the names of the columns of a vector in CSV: v0, v1 and so on for the prefix "v".
func VectorColumns(prefix string, dimensions int) []string {
	names := make([]string, dimensions)
	for i := range names {
		names[i] = prefix + strconv.Itoa(i)
	}
	return names
}

// Write implements Writer.
func (c *csvWriter) Write(row *Row) error {
	c.fields = c.fields[:0]
	for i, value := range row.Values {
		if i == c.schema.VectorAt {
			c.addVector(row.Vector)
		}
		c.fields = append(c.fields, cell(value))
	}
	if c.schema.VectorAt == len(row.Values) {
		c.addVector(row.Vector)
	}
	return c.out.Write(c.fields)
}

// addVector adds the fields of a vector, which are empty for a row without one.
func (c *csvWriter) addVector(vector []float32) {
	switch {
	case c.schema.Dimensions == 0:
	case c.schema.OneColumn:
		c.text = c.text[:0]
		if vector != nil {
			c.text = appendVector(c.text, vector)
		}
		c.fields = append(c.fields, string(c.text))
	case vector == nil:
		c.fields = append(c.fields, make([]string, c.schema.Dimensions)...)
	default:
		for _, v := range vector {
			c.fields = append(c.fields, strconv.FormatFloat(float64(v), 'g', -1, 32))
		}
	}
}

// appendVector appends a list of numbers as JSON, pgvector and DuckDB read it.
func appendVector(dst []byte, vector []float32) []byte {
	dst = append(dst, '[')
	for i, v := range vector {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendFloat(dst, float64(v), 'g', -1, 32)
	}
	return append(dst, ']')
}

// cell returns a value as text, empty for a missing one.
func cell(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case float32:
		return strconv.FormatFloat(float64(v), 'g', -1, 32)
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case time.Time:
		return strings.TrimSuffix(v.UTC().Format(time.RFC3339Nano), "T00:00:00Z")
	}
	return fmt.Sprint(value)
}

// Flush implements Writer.
func (c *csvWriter) Flush() error {
	c.out.Flush()
	return c.out.Error()
}

// Finish implements Writer.
func (c *csvWriter) Finish() error { return c.Flush() }

// Close implements Writer.
func (c *csvWriter) Close() error { return nil }
