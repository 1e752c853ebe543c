package report

import (
	"fmt"
	"html"
	"html/template"
	"strings"
)

// htmlOf returns the document as HTML.
func htmlOf(d document) template.HTML {
	var b strings.Builder
	for _, block := range d {
		block.html(&b)
	}
	return template.HTML(b.String())
}

func (h heading) html(b *strings.Builder) {
	fmt.Fprintf(b, "<h%[1]d>%s</h%[1]d>", h.level, html.EscapeString(h.text))
}

func (p paragraph) html(b *strings.Builder) {
	fmt.Fprintf(b, `<p class="note">%s</p>`, html.EscapeString(strings.Join(p, " ")))
}

func (t table) html(b *strings.Builder) {
	b.WriteString(`<div class="scroll"><table><thead><tr>`)
	for _, h := range t.head {
		fmt.Fprintf(b, "<th>%s</th>", html.EscapeString(h))
	}
	b.WriteString("</tr></thead><tbody>")
	for _, r := range t.rows {
		fmt.Fprintf(b, `<tr class="%s">`, r.role)
		for i, cell := range r.cells {
			kind := "td"
			if i == 0 {
				kind = "th"
			}
			fmt.Fprintf(b, "<%[1]s>%s</%[1]s>", kind, html.EscapeString(cell))
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</tbody></table></div>")
}
