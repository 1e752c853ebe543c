package hosttest

import (
	"path/filepath"
	"testing"

	"github.com/loc2vec/loc2vec/bindings/internal/binding"
)

// TestKotlin compiles the Kotlin library against the generated Java and calls it.
func TestKotlin(t *testing.T) {
	h := build(t)
	kotlin, err := binding.FindKotlin(h.root)
	if err != nil {
		t.Skip(err)
	}
	classes := t.TempDir()
	library := filepath.Join("..", "loc2vec", "src", "main", "kotlin")
	if err := kotlin.Compile(t.Context(), h.jdk, classes, []string{h.classes}, library, "kotlin"); err != nil {
		t.Fatal(err)
	}
	eachEngine(t, h, func(t *testing.T, engine, onnxRuntime string) {
		classpath := append([]string{classes}, kotlin.Runtime()...)
		h.run(t, classpath, "KotlinTestKt", makeWorld(t), engine, onnxRuntime, "west.pmtiles,east.pmtiles")
	})
}
