package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// onlyStreams is the file that names the standard streams. Everything that the program prints goes through the
// printable.Writer that it makes of them.
const onlyStreams = "trainer/loc2vec/stdio.go"

// TestPrinting: no file of a library and none of the program but onlyStreams prints to the standard streams. Tools that the
// program does not contain, such as generators of code, may.
func TestPrinting(t *testing.T) {
	root := filepath.Join("..", "..")
	files, found := 0, false
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == "build" || strings.HasPrefix(d.Name(), ".") && path != root):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if f.Name.Name == "main" && !strings.HasPrefix(name, "trainer/") {
			return nil
		}
		files++
		for _, what := range prints(f) {
			if name == onlyStreams {
				found = true
				continue
			}
			t.Errorf("%s uses %s: print to a writer that the caller passes", name, what)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 300 || !found {
		t.Errorf("%d files, streams named in %s: %v", files, onlyStreams, found)
	}
}

// prints returns the expressions of a file that reach the standard streams by themselves.
func prints(f *ast.File) (all []string) {
	streams := map[string][]string{
		"os": {"Stdout", "Stderr"}, "fmt": {"Print", "Printf", "Println"}, "syscall": {"Stdout", "Stderr"},
		"log":  {"Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln", "Default"},
		"slog": {"Debug", "Info", "Warn", "Error", "Log", "Default"},
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if pkg, ok := n.X.(*ast.Ident); ok && slices.Contains(streams[pkg.Name], n.Sel.Name) {
				all = append(all, pkg.Name+"."+n.Sel.Name)
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "print" || f.Name == "println") {
				all = append(all, f.Name)
			}
		}
		return true
	})
	return all
}
