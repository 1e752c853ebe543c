package printable_test

import (
	"testing"

	"github.com/loc2vec/loc2vec/trainer/internal/printable"
)

func TestText(t *testing.T) {
	for given, want := range map[string]string{
		"":                            "",
		"Côte d'Ivoire, 北京, Ελλάδα":   "Côte d'Ivoire, 北京, Ελλάδα",
		"\x1b[31mred\x1b[0m":          `\u001b[31mred\u001b[0m`,
		"\x9b2K\ufffd":                `\x9b2K` + "\ufffd",
		"Bremen\nR.pmtiles: ok":       `Bremen\u000aR.pmtiles: ok`,
		"a\u009b2J\u0007\u007f":       `a\u009b2J\u0007\u007f`,
		"\u202egnp.exe\u2066\u2028\t": `\u202egnp.exe\u2066\u2028\u0009`,
	} {
		if got := printable.Text(given); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	if got, want := printable.Lines("one\nok\x1b[2K"), "one\n  ok\\u001b[2K"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestCell(t *testing.T) {
	for given, want := range map[string]string{
		"": "", "Bremen": "Bremen", `=HYPERLINK("x")`: `'=HYPERLINK("x")`, "+1": "'+1", "-1": "'-1", "@a": "'@a", "\t=1": "'\t=1", "a=1": "a=1",
	} {
		if got := printable.Cell(given); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}
