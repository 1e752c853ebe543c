package loc2vec

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// block returns a fenced block of FORMAT.md. Package formatdoc depends on this one.
func block(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?ms)^```"+regexp.QuoteMeta(name)+"\n(.*?)^```$").FindAllStringSubmatch(string(text), -1)
	if len(found) != 1 {
		t.Fatalf("FORMAT.md has %d examples %q", len(found), name)
	}
	return found[0][1]
}

func TestFormatLayers(t *testing.T) {
	names := strings.Fields(block(t, "text layers"))
	if len(names) != NumLayers {
		t.Fatalf("FORMAT.md has %d layers", len(names))
	}
	for l, name := range names {
		if got, ok := ParseLayer(name); !ok || got != Layer(l) || Layer(l).String() != name {
			t.Errorf("layer %d is %v, FORMAT.md says %s", l, Layer(l), name)
		}
	}
}

func TestFormatTileNumbers(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(block(t, "text tile numbers")), "\n")
	for _, line := range lines[1:] {
		var zoom, x, y uint32
		var want uint64
		if _, err := fmt.Sscan(line, &zoom, &x, &y, &want); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if id := tileID(zoom, x, y); id != want {
			t.Errorf("%d/%d/%d is number %d, FORMAT.md says %d", zoom, x, y, id, want)
		}
	}
}
