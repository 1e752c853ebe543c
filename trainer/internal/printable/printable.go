// Package printable makes text from files harmless to print.
package printable

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns s with the characters that a terminal obeys written as \u escapes: control characters, line and
// paragraph separators, and the marks that change the direction of text. Line feeds and tabs are control characters,
// too: Text returns one line. Bytes that are no UTF-8 become \x escapes: some terminals obey them.
func Text(s string) string { return escape(s, "") }

// Lines is Text for text of several lines. Lines after the first are indented, so that none looks like a line of its
// own.
func Lines(s string) string {
	return strings.ReplaceAll(escape(s, "\n"), "\n", "\n  ")
}

// escape escapes control characters, except those in keep.
func escape(s, keep string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return obeyed(r) && !strings.ContainsRune(keep, r) }) < 0 {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)) {
			fmt.Fprintf(&b, `\x%02x`, s[i])
			continue
		}
		if obeyed(r) && !strings.ContainsRune(keep, r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// obeyed reports whether a terminal does something else with a character than show it.
func obeyed(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || unicode.Is(unicode.Bidi_Control, r)
}

// Cell returns s for a cell of a CSV file that spreadsheets open. A text that a spreadsheet would take for a formula, one
// that begins with =, +, -, @, a tab or a line break, gets an apostrophe in front.
func Cell(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return s
	}
	return "'" + s
}
