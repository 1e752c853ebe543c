package report

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
)

// markdownTable is rows of cells, the first row the head.
type markdownTable [][]string

// write writes the table in Markdown, its columns padded to one width. Cells may hold any text.
func (t markdownTable) write(b *strings.Builder) {
	for _, row := range t {
		for i, cell := range row {
			row[i] = strings.ReplaceAll(printable.Text(cell), "|", `\|`)
		}
	}
	width := make([]int, len(t[0]))
	for _, row := range t {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for i, row := range t {
		for j, cell := range row {
			pad := strings.Repeat(" ", width[j]-utf8.RuneCountInString(cell))
			if j == 0 {
				fmt.Fprintf(b, "| %s%s |", cell, pad)
			} else {
				fmt.Fprintf(b, " %s%s |", pad, cell)
			}
		}
		b.WriteString("\n")
		if i > 0 {
			continue
		}
		for j, n := range width {
			if j == 0 {
				fmt.Fprintf(b, "| %s |", strings.Repeat("-", n))
			} else {
				fmt.Fprintf(b, " %s: |", strings.Repeat("-", n-1))
			}
		}
		b.WriteString("\n")
	}
}

// methodCell marks the model and the oracles.
func methodCell(method string, role eval.Role) string {
	switch role {
	case eval.Model:
		return "**" + method + "**"
	case eval.Oracle:
		return "(" + method + ")"
	}
	return method
}

// shareCell formats a share without its interval.
func shareCell(v float64) string {
	return percentCell(eval.Estimate{Value: v, Low: math.NaN(), High: math.NaN()})
}

// percentCell formats an estimate of a share as "75.2 [73.1, 77.0]".
func percentCell(e eval.Estimate) string {
	return decimalCell(eval.Estimate{Value: 100 * e.Value, Low: 100 * e.Low, High: 100 * e.High})
}

// decimalCell formats an estimate as "14.5 [13.9, 14.8]".
func decimalCell(e eval.Estimate) string {
	switch {
	case math.IsNaN(e.Value):
		return "–"
	case math.IsNaN(e.Low):
		return fmt.Sprintf("%.1f", e.Value)
	}
	return fmt.Sprintf("%.1f [%.1f, %.1f]", e.Value, e.Low, e.High)
}

// leadCell formats the model's lead, which its own row lacks.
func leadCell(lead *eval.Estimate) string {
	if lead == nil {
		return ""
	}
	return percentCell(*lead)
}
