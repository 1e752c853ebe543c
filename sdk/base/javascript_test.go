package base_test

import (
	"archive/zip"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/sdk/base"
)

// unpackBase writes the files of the base bundle to a folder.
func unpackBase(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	archive, err := zip.NewReader(strings.NewReader(string(base.Bundle())), int64(len(base.Bundle())))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, f.Name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// TestJavaScript computes the golden vectors with what JavaScript programs use, in the settings of FORMAT.md.
func TestJavaScript(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("needs node: not installed")
	}
	packages, err := filepath.Abs("../../build/onnxruntime-js")
	if err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs("testdata/golden.mjs")
	if err != nil {
		t.Fatal(err)
	}
	folder := unpackBase(t)
	for _, c := range []struct {
		pkg, options string
		same         bool
	}{
		{"onnxruntime-web", `{}`, true},
		{"onnxruntime-web", `{"graphOptimizationLevel": "disabled"}`, false},
		{"onnxruntime-node", `{"extra": {"session": {"x64quantprecision": "1"}}}`, true},
		{"onnxruntime-node", `{"graphOptimizationLevel": "extended", "extra": {"session": {"x64quantprecision": "1"}}}`, true},
		{"onnxruntime-node", `{"graphOptimizationLevel": "disabled", "extra": {"session": {"x64quantprecision": "1"}}}`, false},
	} {
		t.Run(c.pkg+" "+c.options, func(t *testing.T) {
			if testing.Short() && !c.same {
				t.Skip("what gives other vectors takes as long")
			}
			library := filepath.Join(packages, "node_modules", c.pkg)
			if c.pkg == "onnxruntime-node" {
				library = filepath.Join(library, "bin", "napi-v6", runtime.GOOS, map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH], "onnxruntime_binding.node")
			}
			if _, err := os.Stat(library); err != nil {
				t.Skipf("needs the npm package %s in build/onnxruntime-js: not installed", c.pkg)
			}
			cmd := exec.Command(node, script, c.pkg, folder, c.options)
			cmd.Dir, cmd.Stderr = packages, os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("node: %v", err)
			}
			var got struct {
				Count, Differing int
				Most             float64
			}
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d of %d vectors differ, by up to %.3g", got.Differing, got.Count, got.Most)
			if got.Count == 0 || (got.Differing == 0) != c.same {
				t.Errorf("want the golden vectors: %v", c.same)
			}
		})
	}
}
