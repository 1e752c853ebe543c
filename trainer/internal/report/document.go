package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
)

// document is text in blocks, which is written as Markdown or as HTML.
type document []block

// block is a heading, a paragraph or a table.
type block interface {
	markdown(b *strings.Builder)
	html(b *strings.Builder)
}

// heading is a heading of level 1 to 6.
type heading struct {
	level int
	text  string
}

// paragraph is a paragraph of plain text, line by line.
type paragraph []string

// table is a table whose first column names the rows.
type table struct {
	head []string
	rows []row
}

// row is a line of a table. The role of a method, if it is one, sets off the row of the model and of oracles.
type row struct {
	role  eval.Role
	cells []string
}

// add adds a row that is no method's.
func (t *table) add(cells ...string) { t.rows = append(t.rows, row{cells: cells}) }

// addMethod adds the row of a method.
func (t *table) addMethod(role eval.Role, cells ...string) { t.rows = append(t.rows, row{role, cells}) }

// add adds blocks to the document.
func (d *document) add(blocks ...block) { *d = append(*d, blocks...) }

// say adds a line to the paragraph that the document ends in, or to a new one.
func (d *document) say(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if n := len(*d); n > 0 {
		if last, ok := (*d)[n-1].(paragraph); ok {
			(*d)[n-1] = append(last, line)
			return
		}
	}
	d.add(paragraph{line})
}

// writeMarkdown writes the document in Markdown, its blocks separated by empty lines.
func (d document) writeMarkdown(w io.Writer) error {
	var b strings.Builder
	for i, block := range d {
		if i > 0 {
			b.WriteString("\n")
		}
		block.markdown(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
