package report

import (
	"strings"
	"unicode/utf8"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
)

// terminalWidth is the width of a table in Markdown, in characters. A wider table becomes several, one below the
// other, which all begin with the column that names the rows. A column that is wider alone is not broken.
const terminalWidth = 80

func (h heading) markdown(b *strings.Builder) {
	b.WriteString(strings.Repeat("#", h.level) + " " + printable.Text(h.text) + "\n")
}

func (p paragraph) markdown(b *strings.Builder) {
	for _, line := range p {
		b.WriteString(printable.Text(line) + "\n")
	}
}

func (t table) markdown(b *strings.Builder) {
	cells := [][]string{markdownCells(t.head)}
	for _, r := range t.rows {
		line := markdownCells(r.cells)
		line[0] = emphasise(line[0], r.role)
		cells = append(cells, line)
	}
	width := columnWidths(cells)
	end := lastColumn(width, 1)
	writeColumns(b, cells, width, 1, end)
	for end < len(width) {
		from := end
		end = lastColumn(width, from)
		b.WriteString("\n")
		writeColumns(b, cells, width, from, end)
	}
}

// markdownCells returns the texts as cells, which may hold any text.
func markdownCells(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = strings.ReplaceAll(printable.Text(text), "|", `\|`)
	}
	return out
}

// emphasise marks the model and the oracles.
func emphasise(name string, role eval.Role) string {
	switch role {
	case eval.Model:
		return "**" + name + "**"
	case eval.Oracle:
		return "(" + name + ")"
	}
	return name
}

// columnWidths returns the width of each column in characters.
func columnWidths(cells [][]string) []int {
	width := make([]int, len(cells[0]))
	for _, line := range cells {
		for i, cell := range line {
			width[i] = max(width[i], utf8.RuneCountInString(cell), 2)
		}
	}
	return width
}

// lastColumn returns the end of the columns from the given one that fit beside the first column: at least one, if there
// is one.
func lastColumn(width []int, from int) int {
	const border = 3 // "| " and " " of each column
	total := border + width[0] + 1
	to := from
	for to < len(width) && (to == from || total+border+width[to] <= terminalWidth) {
		total += border + width[to]
		to++
	}
	return to
}

// writeColumns writes the first column and those from..to-1 of a table.
func writeColumns(b *strings.Builder, cells [][]string, width []int, from, to int) {
	for i, line := range cells {
		b.WriteString("| " + padded(line[0], width[0], false) + " |")
		for j := from; j < to; j++ {
			b.WriteString(" " + padded(line[j], width[j], true) + " |")
		}
		b.WriteString("\n")
		if i > 0 {
			continue
		}
		b.WriteString("| " + strings.Repeat("-", width[0]) + " |")
		for j := from; j < to; j++ {
			b.WriteString(" " + strings.Repeat("-", width[j]-1) + ": |")
		}
		b.WriteString("\n")
	}
}

// padded fills the text up to a width, in front of it where it is to end there.
func padded(text string, width int, right bool) string {
	fill := strings.Repeat(" ", width-utf8.RuneCountInString(text))
	if right {
		return fill + text
	}
	return text + fill
}
