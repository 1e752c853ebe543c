package report

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestScatterIsAnImage(t *testing.T) {
	s := Scatter{Title: "Weights & pairs", Note: "a < b", Kinds: [2]string{"positives", "negatives"}, YLabel: "weight", Panels: []ScatterPanel{
		{Title: "one", XLabel: "similarity", Points: [2][]Point{{{0.5, 2}, {0.5, 2}, {1, 3}}, {{-1, 0}}}},
		{Title: "none"},
	}}
	var b strings.Builder
	if err := s.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	moves := map[string]int{} // points by their class
	for d := xml.NewDecoder(strings.NewReader(b.String())); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, b.String())
		}
		element, ok := token.(xml.StartElement)
		if !ok || element.Name.Local != "path" {
			continue
		}
		var class, path string
		for _, a := range element.Attr {
			switch a.Name.Local {
			case "class":
				class = a.Value
			case "d":
				path = a.Value
			}
		}
		moves[class] += strings.Count(path, "h0")
	}
	if moves["dots d0"] != 2 || moves["dots d1"] != 1 {
		t.Errorf("%v points, want 2 positives (two of three are one) and 1 negative", moves)
	}
	if strings.Contains(b.String(), "NaN") {
		t.Error("NaN in the picture")
	}
}
