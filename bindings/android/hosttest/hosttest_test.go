package hosttest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"aead.dev/minisign"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bindings/internal/binding"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/mobile"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
)

// host is shared by all tests: the generated Java, and its native library for this machine.
type host struct {
	dir       string // of everything below
	root      string // of the module
	jdk       binding.JDK
	generated string // what gobind wrote
	library   string // the folder of the library
	classes   string // the generated Java, compiled
}

var buildOnce struct {
	sync.Once
	host *host
	skip error // why it cannot be built
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if h := buildOnce.host; h != nil {
		_ = os.RemoveAll(h.dir)
	}
	os.Exit(code)
}

// build returns the host that all tests share, or skips the test.
func build(t *testing.T) *host {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the library for a JVM, which takes long")
	}
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux: the generated code is built as for Android")
	}
	b := &buildOnce
	b.Do(func() {
		var jdk binding.JDK
		if jdk, b.skip = binding.FindJDK(); b.skip != nil {
			return
		}
		if _, err := exec.LookPath("gcc"); err != nil {
			b.skip = errors.New("needs gcc: not installed")
			return
		}
		b.host, b.err = newHost(context.Background(), jdk)
	})
	if b.skip != nil {
		t.Skip(b.skip)
	}
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.host
}

func newHost(ctx context.Context, jdk binding.JDK) (*host, error) {
	root, err := binding.Root(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "hosttest")
	if err != nil {
		return nil, err
	}
	h := &host{
		dir: dir, root: root, jdk: jdk,
		generated: filepath.Join(dir, "generated"),
		library:   filepath.Join(dir, "library"),
		classes:   filepath.Join(dir, "classes"),
	}
	if err := binding.Generate(ctx, root, h.generated, "go", "java"); err != nil {
		return nil, err
	}
	library := binding.Library{OS: runtime.GOOS, Arch: runtime.GOARCH, Headers: jdk.Headers()}
	if err := library.Build(ctx, root, h.generated, filepath.Join(h.library, binding.LibraryFile)); err != nil {
		return nil, err
	}
	return h, jdk.Compile(ctx, h.classes, nil, filepath.Join(h.generated, "java"), "stub")
}

// run runs a Java program that prints a line for each check.
func (h *host) run(t *testing.T, classpath []string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	args = append([]string{
		"-Xmx64m", "-XX:+UseSerialGC", "-Djava.library.path=" + h.library,
		"-cp", strings.Join(append(classpath, h.classes), string(filepath.ListSeparator)),
	}, args...)
	cmd := exec.CommandContext(ctx, h.jdk.Java(), args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	checks := 0
	for line := range strings.Lines(stdout.String()) {
		line = strings.TrimSpace(line)
		kind, rest, _ := strings.Cut(line, " ")
		switch kind {
		case "ok":
			checks++
			t.Run(rest, func(*testing.T) {})
		case "FAIL":
			name, why, _ := strings.Cut(rest, ": ")
			t.Run(name, func(t *testing.T) { t.Error(why) })
		default:
			t.Log(line)
		}
	}
	if err != nil || checks == 0 {
		t.Errorf("java: %v after %d checks\n%s", errors.Join(err, ctx.Err()), checks, stderr.String())
	}
}

// writeExpected writes the results of the Go API for some places, for comparison on the Java side.
func writeExpected(t *testing.T, dir, model string, regions []string, places []loc2vec.LatLon) {
	t.Helper()
	m, err := sdk.Open(model, sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, r := range regions {
		if err := m.AddRegion(r); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	for _, p := range places {
		fmt.Fprintf(&b, "%x\t%x\t%s\n", math.Float64bits(p.Lat), math.Float64bits(p.Lon), expectation(t, m, p))
	}
	if err := os.WriteFile(filepath.Join(dir, "expected.txt"), b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

func expectation(t *testing.T, m *sdk.Model, place loc2vec.LatLon) string {
	t.Helper()
	r, err := m.Embed(t.Context(), place)
	switch {
	case errors.Is(err, loc2vec.ErrNoCoverage):
		return mobile.CodeNoCoverage
	case errors.Is(err, loc2vec.ErrCoordinate):
		return mobile.CodeCoordinate
	case err != nil:
		t.Fatal(err)
	}
	var vector []byte
	for _, f := range r.Vector.Values {
		vector = binary.LittleEndian.AppendUint32(vector, math.Float32bits(f))
	}
	return fmt.Sprintf("\t%s\t%x\t%v\t%x", r.Region, math.Float64bits(r.Mapped), r.Unmapped, vector)
}

// makeWorld makes the files of package testworld and returns their directory.
func makeWorld(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	w := testworld.Make(t, dir)
	places := []loc2vec.LatLon{w.Inside, w.Border, w.Unmapped, w.Outside, {Lat: 91}, {Lat: math.NaN()}}
	for i := range 10 {
		places = append(places, w.Border.Offset(float64(i*37%100-50), float64(i*91%300-150)))
	}
	writeExpected(t, dir, w.Model, []string{w.West, w.East}, places)
	writeSignature(t, dir, w.West)
	return dir
}

// writeSignature signs a file, and writes the public key to release.pub.
func writeSignature(t *testing.T, dir, path string) {
	t.Helper()
	public, private, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := public.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	signed := minisign.NewReader(bytes.NewReader(data))
	if _, err := io.Copy(io.Discard, signed); err != nil {
		t.Fatal(err)
	}
	signature := signed.SignWithComments(private, "timestamp:1700000000\tfile:"+filepath.Base(path), "")
	for name, text := range map[string][]byte{filepath.Join(dir, "release.pub"): key, path + ".minisig": signature} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// compileChecks compiles the Java program with the checks.
func compileChecks(t *testing.T, h *host) string {
	t.Helper()
	classes := t.TempDir()
	if err := h.jdk.Compile(t.Context(), classes, []string{h.classes}, "java"); err != nil {
		t.Fatal(err)
	}
	return classes
}

// eachEngine runs a test with the engine in Go and with ONNX Runtime.
func eachEngine(t *testing.T, h *host, test func(t *testing.T, engine, library string)) {
	t.Run("go", func(t *testing.T) { test(t, "go", "") })
	t.Run("ort", func(t *testing.T) {
		library := filepath.Join(h.root, "build", "onnxruntime", runtime.GOOS+"-"+runtime.GOARCH, "libonnxruntime.so.1")
		if _, err := os.Stat(library); err != nil {
			t.Skip("needs ONNX Runtime in build/onnxruntime: not there")
		}
		test(t, "ort", library)
	})
}

func TestJava(t *testing.T) {
	h := build(t)
	classes := compileChecks(t, h)
	eachEngine(t, h, func(t *testing.T, engine, library string) {
		times := "-Dtimes=10000"
		if engine == "ort" {
			times = "-Dtimes=100" // the memory of that engine is not ours to check
		}
		h.run(t, []string{classes}, times, "HostTest", makeWorld(t), engine, library, "west.pmtiles,east.pmtiles")
	})
}

// TestJavaOfCity runs the most important checks with a real model and region.
func TestJavaOfCity(t *testing.T) {
	bundle, pack := os.Getenv("LOC2VEC_BUNDLE"), os.Getenv("LOC2VEC_PACK")
	if bundle == "" || pack == "" {
		t.Skip("needs LOC2VEC_BUNDLE and LOC2VEC_PACK: not set")
	}
	h := build(t)
	classes := compileChecks(t, h)
	eachEngine(t, h, func(t *testing.T, engine, library string) {
		dir := t.TempDir()
		copyFile(t, bundle, filepath.Join(dir, "model.l2v"))
		copyFile(t, pack, filepath.Join(dir, "city.pmtiles"))
		writeExpected(t, dir, bundle, []string{pack}, placesIn(t, pack))
		h.run(t, []string{classes}, "HostTest", dir, engine, library, "city.pmtiles")
	})
}

// placesIn returns places all over the covered area of a pack.
func placesIn(t *testing.T, path string) []loc2vec.LatLon {
	t.Helper()
	pack, err := pack.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer pack.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	var places []loc2vec.LatLon
	for tile, err := range pack.Tiles() {
		if err != nil {
			t.Fatal(err)
		}
		b := tile.Bounds()
		places = append(places, loc2vec.LatLon{
			Lat: b.Min.Lat + rng.Float64()*(b.Max.Lat-b.Min.Lat),
			Lon: b.Min.Lon + rng.Float64()*(b.Max.Lon-b.Min.Lon),
		})
	}
	rng.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	return places[:min(len(places), 200)]
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestEveryCallIsChecked: the checks call every native method of the generated classes.
func TestEveryCallIsChecked(t *testing.T) {
	h := build(t)
	checks, err := os.ReadFile(filepath.Join("java", "HostTest.java"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(h.generated, "java", "io", "github", "loc2vec", "mobile", "*.java"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d generated classes, %v", len(files), err)
	}
	method := regexp.MustCompile(`public (?:final |static )*native \S+ (\w+)\(`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// The Go sides of interfaces follow, which Java never sees.
		own, _, _ := strings.Cut(string(text), "private static final class proxy")
		for _, m := range method.FindAllStringSubmatch(own, -1) {
			// Setters of returned records have no effect, so they need no check.
			if name := m[1]; !strings.HasPrefix(name, "set") && !regexp.MustCompile(`(\.|::)`+name+`\b`).Match(checks) {
				t.Errorf("%s: %s is never called", filepath.Base(file), name)
			}
		}
	}
}
