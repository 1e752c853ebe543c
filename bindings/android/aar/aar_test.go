package main

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/bindings/internal/binding"
	"github.com/loc2vec/loc2vec/bindings/internal/elfcheck"
)

// limit is the maximum size of the library of one processor.
const limit = 4<<20 + 256<<10

func testFacts(t *testing.T) facts {
	t.Helper()
	f, err := readFacts(filepath.Join("..", "gradle.properties"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestMissingTools(t *testing.T) {
	t.Setenv("ANDROID_HOME", "")
	t.Setenv("ANDROID_NDK_HOME", "")
	_, err := findTools(t.TempDir(), testFacts(t))
	for _, want := range []string{"set ANDROID_HOME", "set ANDROID_NDK_HOME", "make tools"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	sdk := t.TempDir()
	t.Setenv("ANDROID_HOME", sdk)
	t.Setenv("ANDROID_NDK_HOME", sdk)
	_, err = findTools(t.TempDir(), testFacts(t))
	for _, want := range []string{`sdkmanager "platforms;android-`, "has no toolchains"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// TestNewestNDK: of several NDKs the newest one is used, not the last one by name.
func TestNewestNDK(t *testing.T) {
	sdk := t.TempDir()
	for _, version := range []string{"9.0.1", "27.0.12077973", "27.2.12479018"} {
		if err := os.MkdirAll(filepath.Join(sdk, "ndk", version, "toolchains"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("ANDROID_NDK_HOME", "")
	got, err := findNDK(sdk)
	if want := filepath.Join(sdk, "ndk", "27.2.12479018"); got != want || err != nil {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

// standIn returns tools of this machine instead of Android's: a compiler for 64-bit ARM on Linux, and stubs for
// the classes of android.jar that the library uses.
func standIn(t *testing.T, root string) tools {
	t.Helper()
	const compiler = "aarch64-linux-gnu-gcc"
	if testing.Short() {
		t.Skip("builds the whole library, which takes long")
	}
	if _, err := exec.LookPath(compiler); err != nil {
		t.Skipf("needs %s: not installed", compiler)
	}
	jdk, err := binding.FindJDK()
	if err != nil {
		t.Skip(err)
	}
	kotlin, err := binding.FindKotlin(root)
	if err != nil {
		t.Skip(err)
	}
	android := t.TempDir()
	if err := jdk.Compile(t.Context(), android, nil, filepath.Join("..", "hosttest", "stub")); err != nil {
		t.Fatal(err)
	}
	return tools{jdk: jdk, kotlin: kotlin, android: android, targets: []target{{
		abi:     "arm64-v8a",
		library: binding.Library{OS: "linux", Arch: "arm64", CC: compiler, Headers: jdk.Headers()},
		rules:   elfcheck.Linux(elf.EM_AARCH64, binding.LibraryFile),
	}}}
}

// TestAssemble builds everything with stand-ins for Android's tools and checks each file.
func TestAssemble(t *testing.T) {
	root, err := binding.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := &build{root: root, out: t.TempDir(), facts: testFacts(t), tools: standIn(t, root)}
	if err := b.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.assemble(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(append([]string{b.out, "maven"}, mavenPath(b.facts)...)...)
	name := filepath.Join(dir, "loc2vec-"+b.facts["VERSION"])
	aar := readZip(t, name+".aar")
	names := []string{
		"AndroidManifest.xml", "META-INF/com/android/build/gradle/aar-metadata.properties", "R.txt", "classes.jar",
		"jni/arm64-v8a/libgojni.so", "proguard.txt",
	}
	const asset = "assets/loc2vec/base.l2v" // as in Model.openBase
	if base, err := os.ReadFile(filepath.Join(root, "sdk", "base", "base.l2v")); err == nil {
		names = slices.Insert(names, 3, asset)
		if !bytes.Equal(aar[asset], base) {
			t.Errorf("%s has %d bytes, the base model %d", asset, len(aar[asset]), len(base))
		}
	}
	checkNames(t, aar, names)
	library := aar["jni/arm64-v8a/libgojni.so"]
	t.Logf("figure library for arm64, stripped\t%d\tbytes", len(library))
	if len(library) > limit {
		t.Errorf("the library has %d bytes, want at most %d", len(library), limit)
	}
	if err := elfcheck.Check(bytes.NewReader(library), b.tools.targets[0].rules); err != nil {
		t.Error(err)
	}
	if bytes.Contains(library, []byte(root)) {
		t.Errorf("the library contains the path %s", root)
	}
	if manifest := string(aar["AndroidManifest.xml"]); strings.Contains(manifest, "permission") || !strings.Contains(manifest, `minSdkVersion="24"`) {
		t.Errorf("manifest:\n%s", manifest)
	}
	checkClasses(t, aar["classes.jar"])
	checkPOM(t, name+".pom", b.facts)
	sources := readZip(t, name+"-sources.jar")
	for _, want := range []string{"io/github/loc2vec/Model.kt", "io/github/loc2vec/mobile/Model.java", "go/Seq.java"} {
		if len(sources[want]) == 0 {
			t.Errorf("the sources lack %s", want)
		}
	}
}

// readZip returns the contents of an archive. Its entries must be sorted.
func readZip(t *testing.T, path string) map[string][]byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return unzip(t, data)
}

func unzip(t *testing.T, data []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	last := ""
	for _, f := range z.File {
		if f.Name <= last {
			t.Errorf("%s comes after %s", f.Name, last)
		}
		last = f.Name
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func checkNames(t *testing.T, files map[string][]byte, want []string) {
	t.Helper()
	var got []string
	for name := range files {
		got = append(got, name)
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("files %v, want %v", got, want)
	}
}

// checkClasses checks that the classes are for the Java version of Android, and that those exist which apps and
// Go look up.
func checkClasses(t *testing.T, jar []byte) {
	t.Helper()
	files := unzip(t, jar)
	for _, want := range []string{"go/Seq.class", "io/github/loc2vec/Model.class", "io/github/loc2vec/mobile/Model.class"} {
		if len(files[want]) == 0 {
			t.Errorf("the classes lack %s", want)
		}
	}
	for name, class := range files {
		if strings.HasPrefix(name, "android/") {
			t.Errorf("%s belongs to Android", name)
		}
		const java8 = 52
		if strings.HasSuffix(name, ".class") && (len(class) < 8 || class[7] > java8) {
			t.Errorf("%s is for a newer Java than 8", name)
		}
	}
}

func checkPOM(t *testing.T, path string, f facts) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var p project
	if err := xml.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	if p.GroupID != f["GROUP"] || p.ArtifactID != "loc2vec" || p.Version != f["VERSION"] || p.Packaging != "aar" {
		t.Errorf("coordinates %s:%s:%s@%s", p.GroupID, p.ArtifactID, p.Version, p.Packaging)
	}
	for _, d := range p.Dependencies {
		if optional := d.ArtifactID == "onnxruntime-android"; d.Optional != optional || d.Version == "" {
			t.Errorf("dependency %+v", d)
		}
	}
	if len(p.Dependencies) != 3 {
		t.Errorf("%d dependencies", len(p.Dependencies))
	}
}

// TestArchiveIsReproducible: two archives of the same files have the same bytes.
func TestArchiveIsReproducible(t *testing.T) {
	var archives [2][]byte
	for i := range archives {
		a := newArchive()
		names := []string{"a", "b/c", "b/d"}
		if i == 1 {
			slices.Reverse(names)
		}
		for _, name := range names {
			a.add(name, []byte(name))
		}
		var err error
		if archives[i], err = a.bytes(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(archives[0], archives[1]) {
		t.Error("the bytes depend on the order of adding")
	}
}
