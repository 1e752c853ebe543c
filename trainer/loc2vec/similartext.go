package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/loc2vec/loc2vec/trainer/internal/printable"
)

// usualWidth is the width of lines where there is no terminal.
const usualWidth = 110

// terminalWidth returns the width of a terminal in letters.
func terminalWidth(w io.Writer) int {
	if f := printable.NewWriter(w).Terminal(); f != nil {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return usualWidth
}

// answerPrinter prints answers for people.
type answerPrinter struct {
	out     io.Writer
	width   int // of lines, 0: any
	printed bool
}

// print prints the answers to a query, a line each.
func (p *answerPrinter) print(q *similarQuery, answers []similarAnswer) {
	if p.printed {
		fmt.Fprintln(p.out)
	}
	p.printed = true
	p.line("like " + p.name(q))
	lines := [][]string{{"", "distance", "km", "place", "name", "in common"}}
	named, shared := false, false
	for i := range answers {
		a := &answers[i]
		named, shared = named || a.name != "", shared || a.shared != ""
		lines = append(lines, []string{
			fmt.Sprint(a.rank), fmt.Sprintf("%.2f", a.Distance), fmt.Sprintf("%.1f", a.metres()/1000), placeName(a.Place), printable.Text(a.name), a.shared,
		})
	}
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, text := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(text))
		}
	}
	const widest = 30 // a long name leaves room for what both have in common
	widths[4] = min(widths[4], widest)
	for _, line := range lines {
		var b strings.Builder
		for i, text := range line {
			switch {
			case i < 3: // numbers
				fmt.Fprintf(&b, "%*s  ", widths[i], text)
			case i == 3:
				fmt.Fprintf(&b, "%-*s  ", widths[i], text)
			case i == 4 && named:
				fmt.Fprintf(&b, "%-*s  ", widths[i], cut(text, widths[i]))
			case i == 5 && shared:
				b.WriteString(text)
			}
		}
		p.line(strings.TrimRight(b.String(), " "))
	}
}

// name names a query: with its place, unless that is its name.
func (p *answerPrinter) name(q *similarQuery) string {
	place := placeName(q.Place)
	if q.name == place {
		return place
	}
	return printable.Text(q.name) + " (" + place + ")"
}

// line prints a line, which is cut to the width.
func (p *answerPrinter) line(text string) {
	if p.width > 0 {
		text = cut(text, p.width)
	}
	fmt.Fprintln(p.out, text)
}

// cut cuts a text to a number of letters.
func cut(text string, letters int) string {
	if utf8.RuneCountInString(text) <= letters {
		return text
	}
	return string([]rune(text)[:letters-1]) + "…"
}
