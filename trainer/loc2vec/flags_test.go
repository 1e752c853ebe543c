package main

import (
	"os"
	"slices"
	"testing"
)

// TestFileList: commas in the name of an existing file do not separate.
func TestFileList(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"Nice, Menton.pmtiles", "a.pmtiles", "Rio, RJ, BR.pmtiles"} {
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for text, want := range map[string][]string{
		"a.pmtiles":                             {"a.pmtiles"},
		"a.pmtiles,b.pmtiles":                   {"a.pmtiles", "b.pmtiles"},
		"Nice, Menton.pmtiles":                  {"Nice, Menton.pmtiles"},
		"a.pmtiles,Nice, Menton.pmtiles,c":      {"a.pmtiles", "Nice, Menton.pmtiles", "c"},
		"Rio, RJ, BR.pmtiles,a.pmtiles":         {"Rio, RJ, BR.pmtiles", "a.pmtiles"},
		"St. Tropez.pmtiles,St. Moritz.pmtiles": {"St. Tropez.pmtiles", "St. Moritz.pmtiles"},
		"a.pmtiles,,b.pmtiles":                  nil,
		"":                                      nil,
	} {
		var got []string
		err := fileList{list{&got}}.Set(text)
		if want == nil {
			if err == nil {
				t.Errorf("%q: %q, want an error", text, got)
			}
			continue
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
}
