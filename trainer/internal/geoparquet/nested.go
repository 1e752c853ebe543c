package geoparquet

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet/internal/parquetfile"
)

const (
	// maxNested bounds the text of a nested value. The longest in use are vectors of some thousand numbers.
	maxNested = 16 << 20
	// maxElements bounds the values within a nested value, many of which may be null.
	maxElements = 1 << 20
)

// nested reads groups, lists and maps as JSON values.
type nested struct {
	rows     *parquetfile.Rows
	text     []byte
	elements int
}

// read returns the value of a field of the row, and ok false for null.
func (j *nested) read(n *parquetfile.Node) (value string, ok bool, err error) {
	j.text, j.elements = j.text[:0], 0
	if n.Repetition != parquetfile.Repeated && !j.rows.Present(n) {
		return "", false, j.rows.Skip(n)
	}
	if err := j.field(n); err != nil {
		return "", false, fmt.Errorf("column %q: %w", n.Name, err)
	}
	return string(j.text), true, nil
}

// field appends a field as often as it is repeated.
func (j *nested) field(n *parquetfile.Node) error {
	if n.Repetition != parquetfile.Repeated {
		return j.element(n)
	}
	return j.list(n, j.element)
}

// list appends the elements of a repeated field.
func (j *nested) list(n *parquetfile.Node, element func(*parquetfile.Node) error) error {
	j.text = append(j.text, '[')
	if !j.rows.Present(n) {
		j.text = append(j.text, ']')
		return j.rows.Skip(n)
	}
	for first := true; first || j.rows.Again(n); first = false {
		if !first {
			j.text = append(j.text, ',')
		}
		if err := element(n); err != nil {
			return err
		}
	}
	j.text = append(j.text, ']')
	return nil
}

// element appends one element of a field.
func (j *nested) element(n *parquetfile.Node) error {
	if j.elements++; j.elements > maxElements || len(j.text) > maxNested {
		return fmt.Errorf("%w: a value has more than %d elements or %d bytes", loc2vec.ErrCorrupt, maxElements, maxNested)
	}
	switch {
	case !j.rows.Present(n):
		j.text = append(j.text, "null"...)
		return j.rows.Skip(n)
	case n.Leaf():
		single := *n
		single.Repetition = parquetfile.Required // one element of a list
		j.text = appendJSON(j.text, typeOf(&single), scalar(n, j.rows.Value(n)))
		return j.rows.Skip(n)
	case isList(n):
		return j.list(n.Children[0], j.listElement)
	case isMap(n):
		return j.object(n.Children[0])
	}
	j.text = append(j.text, '{')
	for i, child := range n.Children {
		if i > 0 {
			j.text = append(j.text, ',')
		}
		j.text = append(appendString(j.text, child.Name), ':')
		if err := j.field(child); err != nil {
			return err
		}
	}
	j.text = append(j.text, '}')
	return nil
}

// isList reports whether a group is a list: a repeated field that wraps its elements.
func isList(n *parquetfile.Node) bool {
	return n.Logical.Meaning == parquetfile.List && len(n.Children) == 1 && n.Children[0].Repetition == parquetfile.Repeated
}

// listElement appends the content of the repeated field of a list, which older writers did not wrap.
func (j *nested) listElement(n *parquetfile.Node) error {
	if n.Leaf() || len(n.Children) != 1 || n.Name == "array" || n.Children[0].Repetition == parquetfile.Repeated {
		return j.element(n)
	}
	return j.field(n.Children[0])
}

// isMap reports whether a group is a map of texts to values.
func isMap(n *parquetfile.Node) bool {
	if n.Logical.Meaning != parquetfile.Map || len(n.Children) != 1 {
		return false
	}
	pairs := n.Children[0]
	return pairs.Repetition == parquetfile.Repeated && len(pairs.Children) == 2 &&
		pairs.Children[0].Leaf() && typeOf(pairs.Children[0]) == Text
}

// object appends the pairs of a map as an object.
func (j *nested) object(pairs *parquetfile.Node) error {
	start := len(j.text)
	err := j.list(pairs, func(n *parquetfile.Node) error {
		key, value := n.Children[0], n.Children[1]
		if j.rows.Present(key) {
			name, _ := scalar(key, j.rows.Value(key)).(string)
			j.text = appendString(j.text, name)
		} else {
			j.text = append(j.text, `""`...)
		}
		if err := j.rows.Skip(key); err != nil {
			return err
		}
		j.text = append(j.text, ':')
		if j.elements++; j.elements > maxElements {
			return fmt.Errorf("%w: a map has more than %d pairs", loc2vec.ErrCorrupt, maxElements)
		}
		return j.field(value)
	})
	j.text[start], j.text[len(j.text)-1] = '{', '}'
	return err
}
