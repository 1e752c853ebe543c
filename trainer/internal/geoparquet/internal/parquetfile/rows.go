package parquetfile

import (
	"fmt"
	"io"
)

// columnReader reads a column of a row group. It stands at an entry: a value, or a null with the level at which the
// value ends.
type columnReader struct {
	file           *File
	node           *Node
	chunk          *columnChunk
	offset, end    int64 // of the pages that are left
	values         int64 // in pages that were not opened yet
	page           []byte
	dictionaryData []byte
	dictionary     *dictionary

	repetitions, definitions hybrid
	decoder                  decoder
	left                     int // entries in the page after this one

	repetition, definition int
	value                  Value
	done                   bool // after the last entry
}

// open goes to the first entry of a chunk.
func (c *columnReader) open(chunk *columnChunk) error {
	c.chunk = chunk
	c.offset = chunk.start()
	c.end = c.offset + chunk.compressed
	c.values, c.left, c.dictionary, c.done = chunk.values, 0, nil, false
	return c.advance()
}

// advance goes to the next entry.
func (c *columnReader) advance() error {
	if c.left == 0 {
		if c.values == 0 {
			c.done = true
			return nil
		}
		if err := c.nextPage(); err != nil {
			return fmt.Errorf("column %q: %w", c.node.Name, err)
		}
	}
	c.left--
	if err := c.entry(); err != nil {
		return fmt.Errorf("column %q: %w", c.node.Name, err)
	}
	return nil
}

func (c *columnReader) entry() error {
	c.repetition, c.definition = 0, c.node.MaxDefinition
	if c.node.MaxRepetition > 0 {
		v, err := c.repetitions.next()
		if err != nil {
			return err
		}
		c.repetition = int(v)
	}
	if c.node.MaxDefinition > 0 {
		v, err := c.definitions.next()
		if err != nil {
			return err
		}
		c.definition = int(v)
	}
	if c.repetition > c.node.MaxRepetition || c.definition > c.node.MaxDefinition {
		return corrupt("a value has levels %d and %d, beyond the schema's", c.repetition, c.definition)
	}
	if c.definition < c.node.MaxDefinition {
		return nil
	}
	return c.decoder.next(&c.value)
}

// Rows reads rows in their order. For each row every field is consumed once, by Value and Skip or by Discard.
type Rows struct {
	file    *File
	columns []columnReader
	group   int   // number of the next row group
	left    int64 // rows of the open group
}

// Rows returns a reader of all rows.
func (f *File) Rows() *Rows {
	r := &Rows{file: f, columns: make([]columnReader, len(f.columns))}
	for i, node := range f.columns {
		r.columns[i] = columnReader{file: f, node: node}
	}
	return r
}

// Next goes to the next row. It returns io.EOF after the last one.
func (r *Rows) Next() error {
	for r.left == 0 {
		for i := range r.columns {
			if c := &r.columns[i]; c.chunk != nil && !c.done {
				return corrupt("column %q has more rows than its row group", c.node.Name)
			}
		}
		if r.group == len(r.file.footer.groups) {
			return io.EOF
		}
		g := &r.file.footer.groups[r.group]
		r.group++
		r.left = g.rows
		if r.left == 0 {
			continue
		}
		for i := range r.columns {
			if err := r.columns[i].open(&g.chunks[i]); err != nil {
				return err
			}
		}
	}
	r.left--
	for i := range r.columns {
		if c := &r.columns[i]; c.done || c.repetition != 0 {
			return corrupt("column %q has another number of rows than its row group", c.node.Name)
		}
	}
	return nil
}

// Present reports whether the entry has a value for the node, or for some field below a group.
func (r *Rows) Present(n *Node) bool {
	return r.columns[n.column].definition >= n.MaxDefinition
}

// Value returns the value of a column. The column must be Present.
func (r *Rows) Value(n *Node) Value { return r.columns[n.column].value }

// Again reports whether the next entry is another element of the repeated node. It is called after the element
// before has been consumed.
func (r *Rows) Again(n *Node) bool {
	c := &r.columns[n.column]
	return !c.done && c.repetition == n.MaxRepetition
}

// Skip consumes one entry of each column of the node.
func (r *Rows) Skip(n *Node) error {
	return r.each(n, (*columnReader).advance)
}

// Discard consumes what is left of the row in the columns of the node.
func (r *Rows) Discard(n *Node) error {
	return r.each(n, func(c *columnReader) error {
		for {
			if err := c.advance(); err != nil || c.done || c.repetition == 0 {
				return err
			}
		}
	})
}

func (r *Rows) each(n *Node, do func(*columnReader) error) error {
	if n.Leaf() {
		return do(&r.columns[n.column])
	}
	for _, child := range n.Children {
		if err := r.each(child, do); err != nil {
			return err
		}
	}
	return nil
}
