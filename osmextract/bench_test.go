package osmextract

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/loc2vec/loc2vec/internal/osmtestdata"
)

// fileVariable names a further extract for the benchmarks.
const fileVariable = "LOC2VEC_BENCH_PBF"

// benchPath returns the path of an extract by name, or that in the environment.
func benchPath(b *testing.B, name string) string {
	if name != fileVariable {
		return osmtestdata.Path(b, name)
	}
	path := os.Getenv(fileVariable)
	if path == "" {
		b.Skip("needs " + fileVariable + ", the path of an extract")
	}
	return path
}

// BenchmarkExtract extracts real extracts; -cpu sets the number of processors.
func BenchmarkExtract(b *testing.B) {
	for _, name := range []string{"monaco", "delaware", fileVariable} {
		b.Run(name, func(b *testing.B) {
			path := benchPath(b, name)
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(info.Size())
			b.ReportAllocs()
			for b.Loop() {
				stats, err := Extract(context.Background(), io.Discard, Options{Files: []string{path}, TempDir: b.TempDir()})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(stats.PackBytes)/float64(info.Size()), "pack/PBF")
			}
		})
	}
}

// BenchmarkOsmiumExport measures osmium-tool, which assembles the same elements and writes them as text.
func BenchmarkOsmiumExport(b *testing.B) {
	if _, err := exec.LookPath("osmium"); err != nil {
		b.Skip("needs osmium-tool: not installed")
	}
	for _, name := range []string{"monaco", "delaware", fileVariable} {
		b.Run(name, func(b *testing.B) {
			path := benchPath(b, name)
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(info.Size())
			for b.Loop() {
				out := filepath.Join(b.TempDir(), fmt.Sprint(name, ".geojsonseq"))
				if text, err := exec.Command("osmium", "export", path, "-o", out, "-f", "geojsonseq").CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, text)
				}
			}
		})
	}
}
