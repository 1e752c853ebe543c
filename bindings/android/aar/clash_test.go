package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/bindings/internal/binding"
)

// archiveOf returns an archive of empty files, with a classes.jar of classes if there are any.
func archiveOf(t *testing.T, classes []string, files ...string) []byte {
	t.Helper()
	a := newArchive()
	for _, f := range files {
		a.add(f, nil)
	}
	if len(classes) > 0 {
		a.add("classes.jar", archiveOf(t, nil, classes...))
	}
	data, err := a.bytes()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestClash: another library of gomobile is named, and what can be in an app with ours is not.
func TestClash(t *testing.T) {
	seq, library := []string{seqClass, "com/example/words/Words.class"}, "jni/arm64-v8a/"+binding.LibraryFile
	for name, c := range map[string]struct {
		data  []byte
		clash string
	}{
		"words.aar":    {archiveOf(t, seq, library), "words.aar (go.Seq, libgojni.so)"},
		"classes.jar":  {archiveOf(t, nil, seq...), "classes.jar (go.Seq)"},
		"app.apk":      {archiveOf(t, nil, "classes.dex", "lib/arm64-v8a/"+binding.LibraryFile), "app.apk (libgojni.so)"},
		"libgojni.so":  {nil, "libgojni.so (libgojni.so)"},
		"loc2vec.aar":  {archiveOf(t, []string{seqClass, facadeClass}, library), ""},
		"both.aar":     {archiveOf(t, append(seq, facadeClass), library), ""},
		"other.aar":    {archiveOf(t, []string{"com/example/A.class"}, "jni/arm64-v8a/libother.so"), ""},
		"build.gradle": {[]byte("plugins {}"), ""},
	} {
		dir := filepath.Join(t.TempDir(), "app", "libs")
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), c.data, 0o666); err != nil {
			t.Fatal(err)
		}
		for _, where := range []string{filepath.Dir(dir), filepath.Join(dir, name)} {
			err := checkClash(where)
			switch {
			case c.clash == "" && err != nil:
				t.Errorf("%s: %v", name, err)
			case c.clash != "" && (err == nil || !strings.Contains(err.Error(), c.clash) || !strings.Contains(err.Error(), "Bind both packages at once")):
				t.Errorf("%s: %v, want %q", name, err, c.clash)
			}
		}
	}
	if err := checkClash(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("an app that is missing passes")
	}
}

// TestBindBoth: the recipe of the page binds package mobile and a package of the app to one library, with one class
// go.Seq.
func TestBindBoth(t *testing.T) {
	root, err := binding.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	app, bin, out := t.TempDir(), filepath.Join(t.TempDir(), "gobind"), t.TempDir()
	if text, err := exec.Command("go", "build", "-o", bin, "golang.org/x/mobile/cmd/gobind").CombinedOutput(); err != nil {
		t.Skipf("needs gobind: %v\n%s", err, text)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(mod), "module github.com/loc2vec/loc2vec", "module example.com/app", 1) +
		"\nrequire github.com/loc2vec/loc2vec v0.0.0\nreplace github.com/loc2vec/loc2vec => " + root + "\n"
	words := "package words\n\n// Greet greets.\nfunc Greet(name string) string { return \"hello \" + name }\n"
	tools := "package tools\n\nimport (\n\t_ \"github.com/loc2vec/loc2vec/mobile\"\n\t_ \"golang.org/x/mobile/bind\"\n)\n"
	for name, content := range map[string]string{"go.mod": text, "go.sum": string(sum), "words/words.go": words, "tools/tools.go": tools} {
		file := filepath.Join(app, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(bin, "-lang=java,go", "-javapkg="+binding.JavaPackage, "-outdir="+out, "github.com/loc2vec/loc2vec/mobile", "example.com/app/words")
	cmd.Dir, cmd.Env = app, append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gobind: %v\n%s", err, text)
	}
	for _, file := range []string{"java/go/Seq.java", "java/io/github/loc2vec/mobile/Mobile.java", "java/io/github/loc2vec/words/Words.java"} {
		if _, err := os.Stat(filepath.Join(out, filepath.FromSlash(file))); err != nil {
			t.Error(err)
		}
	}
}
