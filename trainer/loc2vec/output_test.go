package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOutputsAreCheckedFirst: every verb checks its outputs before it reads its inputs, none of which is valid here.
func TestOutputsAreCheckedFirst(t *testing.T) {
	dir := t.TempDir()
	const content = "dear to its owner"
	for _, name := range []string{"a", "b", "c", "a.svg", "a.png", "a.minisig"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.png"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	before, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	const folder, missing = "is a folder, not a file", "stat none: no such file or directory"
	input := func(name string) string { return "is the same file as the input " + name }
	for _, c := range []struct{ args, output, want string }{
		{"extract b a -o a", "--output a", input("a")},
		{"extract b --water-polygons a -o a", "--output a", input("a")},
		{"extract --postgis postgres://nobody@127.0.0.1:1/none --water-polygons a -o a", "--output a", input("a")},
		{"extract b -o folder.png", "--output folder.png", folder},
		{"extract b -o none/a", "--output none/a", missing},
		{"train --pack b,a -o a", "--output a", input("a")},
		{"train --pack b --places a -o a", "--output a", input("a")},
		{"train --pack b --from a -o a", "--output a", input("a")},
		{"train --pack b -o folder.png", "--output folder.png", folder},
		{"train --pack b -o none/a", "--output none/a", missing},
		{"evaluate --bundle b --pack c,a --html a", "--html a", input("a")},
		{"evaluate --bundle a --pack b --html a", "--html a", input("a")},
		{"evaluate --bundle b --pack b --fit-pack a --html a", "--html a", input("a")},
		{"evaluate --bundle b --pack b --html none/a", "--html none/a", missing},
		{"weights --bundle b --pack a.svg -o a.svg", "--output a.svg", input("a.svg")},
		{"weights --bundle a.svg --pack b -o a.svg", "--output a.svg", input("a.svg")},
		{"raster --pack b,a.png --at 0,0 -o a.png", "--output a.png", input("a.png")},
		{"raster --pack b --at 0,0 -o folder.png", "--output folder.png", folder},
		{"fieldtest --bundle b --pack a c --html a", "--html a", input("a")},
		{"fieldtest --bundle b --pack b a --html a", "--html a", input("a")},
		{"fieldtest --bundle a --pack b --generate 1h --gpx a", "--gpx a", input("a")},
		{"fieldtest --bundle b --pack b a --vectors none/a.csv", "--vectors none/a.csv", missing},
		{"cut a --within 1,1,2,2 -o a", "--output a", input("a")},
		{"cut b --within 1,1,2,2 -o none/a", "--output none/a", missing},
		{"inspect a --coverage a", "--coverage a", input("a")},
		{"explain --bundle b --pack a.png --at 0,0 --png a.png", "--png a.png", input("a.png")},
		{"report --bundle a --pack b -o a", "-o a", input("a")},
		{"report --bundle b --pack b -o none/a", "-o none/a", missing},
		{"similar --bundle b --pack a --to 0,0 --format csv -o a", "-o a", input("a")},
		{"similar --bundle b --pack a.png --to 0,0 --sheet a.png", "--sheet a.png", input("a.png")},
		{"embed --bundle b --pack b --format csv a -o a", "-o a", input("a")},
		{"embed --bundle b --pack b --grid 50 --within a --format csv -o a", "-o a", input("a")},
		{"sign --key a.minisig b a", "signature a.minisig", input("a.minisig")},
	} {
		verb, _, _ := strings.Cut(c.args, " ")
		status, output := command(strings.Fields(c.args)...)
		if want := "loc2vec " + verb + ": " + c.output + ": " + c.want + " ("; status != 2 || !strings.HasPrefix(output, want) {
			t.Errorf("%s: exit status %d, %q, want %q", c.args, status, output, want)
		}
	}
	after, err := os.ReadDir(".")
	if err != nil || len(after) != len(before) {
		t.Errorf("%v in the folder, which held %v: %v", after, before, err)
	}
	for _, name := range []string{"a", "a.svg", "a.png", "a.minisig"} {
		if data, err := os.ReadFile(name); err != nil || string(data) != content {
			t.Errorf("%s holds %q: %v", name, data, err)
		}
	}
}
