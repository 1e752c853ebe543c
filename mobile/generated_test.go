package mobile_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestNothingSkipped runs gobind, which mentions only in comments what it has dropped.
func TestNothingSkipped(t *testing.T) {
	if testing.Short() {
		t.Skip("runs gobind, which takes seconds")
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "tool", "gobind", "-lang=java,objc", "-outdir="+dir, ".")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gobind: %v\n%s", err, out)
	}
	seen := map[string]int{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen[filepath.Ext(path)]++
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, "// skipped") {
				t.Errorf("%s: %s", filepath.Base(path), strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen[".java"] == 0 || seen[".m"] == 0 || seen[".h"] == 0 {
		t.Errorf("gobind wrote %v: want Java and Objective-C", seen)
	}
}
