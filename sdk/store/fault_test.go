//go:build linux || darwin

package store_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/store"
)

// childVariable is set in the processes that tests start and kill. It names their role.
const childVariable = "LOC2VEC_TEST_CHILD"

// startChild starts a child with one of the roles of TestChild, on the store in dir. It returns when the child has
// printed that it is ready.
func startChild(t *testing.T, role, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), childVariable+"="+role, "LOC2VEC_TEST_DIR="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	return cmd
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // returns the error that it was killed
}

// TestChild is the process that the tests below start.
func TestChild(t *testing.T) {
	role := os.Getenv(childVariable)
	if role == "" {
		t.Skip("started by other tests only")
	}
	dir := os.Getenv("LOC2VEC_TEST_DIR")
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(dir), name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	s := openStore(t, dir, store.Options{PublicKey: public(key(1))})
	install := func(data []byte, inPlace bool) error {
		_, err := s.Install(context.Background(), "west.pmtiles", inPieces(data), store.InstallOptions{
			Signature: sign(t, data, key(1)), ReplaceInPlace: inPlace,
		})
		return err
	}
	switch role {
	case "install", "replace":
		a, b := read("a"), read("b")
		fmt.Println("ready")
		for i := 0; ; i++ {
			if err := install([][]byte{b, a}[i%2], role == "replace"); err != nil {
				t.Fatal(err)
			}
		}
	case "hold":
		data := read("a")
		held := readerFunc(func([]byte) (int, error) {
			fmt.Println("ready")
			select {} // until killed
		})
		_, err := s.Install(context.Background(), "west.pmtiles", io.MultiReader(bytes.NewReader(data[:100]), held),
			store.InstallOptions{Signature: sign(t, data, key(1))})
		t.Fatal(err)
	case "full":
		data := read("b")
		signal.Ignore(syscall.SIGXFSZ)
		limit := syscall.Rlimit{Cur: 1000, Max: 1000}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
		if err := install(data, false); !errors.Is(err, sdk.ErrDiskFull) {
			t.Fatalf("error %v", err)
		}
		fmt.Println("ready")
	}
}

// inPieces reads in pieces, so that a kill can come between two of them.
func inPieces(data []byte) io.Reader {
	r := bytes.NewReader(data)
	return readerFunc(func(p []byte) (int, error) { return r.Read(p[:min(len(p), 300)]) })
}

// TestKilledInstall kills installations at random moments. Afterwards the store must contain one of the two regions,
// whole and signed, and nothing else.
func TestKilledInstall(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 6
	}
	root := t.TempDir()
	dir := filepath.Join(root, "store")
	a, b := testworld.Pack(t, "west", testworld.Schema, west), testworld.Pack(t, "west", testworld.Schema, west, east)
	for name, data := range map[string][]byte{"a": a, "b": b} {
		if err := os.WriteFile(filepath.Join(root, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	opts := store.Options{PublicKey: public(key(1))}
	install(t, openStore(t, dir, opts), "west.pmtiles", a, store.InstallOptions{Signature: sign(t, a, key(1))})
	rng := rand.New(rand.NewPCG(1, 2))
	var interrupted, first, second, gone int
	for i := range rounds {
		role := []string{"install", "install", "replace"}[i%3]
		cmd := startChild(t, role, dir)
		// The only sleep of these tests: which step is interrupted is random.
		time.Sleep(time.Duration(rng.ExpFloat64() * float64(25*time.Millisecond)))
		kill(t, cmd)
		if left := files(t, dir); slices.ContainsFunc(left, func(n string) bool { return strings.HasPrefix(n, ".loc2vec-") }) || len(left) != 2 {
			interrupted++
		}
		s := openStore(t, dir, opts)
		err := s.Verify("west.pmtiles")
		if role == "replace" && errors.Is(err, os.ErrNotExist) {
			if left := files(t, dir); len(left) != 0 {
				t.Errorf("round %d: files %v", i, left)
			}
			gone++
			install(t, s, "west.pmtiles", a, store.InstallOptions{Signature: sign(t, a, key(1))})
			continue
		}
		if err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
		if left := files(t, dir); len(left) != 2 {
			t.Errorf("round %d: files %v", i, left)
		}
		got, err := os.ReadFile(filepath.Join(dir, "west.pmtiles"))
		switch {
		case err == nil && bytes.Equal(got, a):
			first++
		case err == nil && bytes.Equal(got, b):
			second++
		default:
			t.Errorf("round %d: neither of the two regions, %v", i, err)
		}
	}
	t.Logf("%d kills, %d during an installation; afterwards %d times the first region, %d times the second, %d times none (replaced in place)",
		rounds, interrupted, first, second, gone)
}

// TestTwoProcesses: while another process changes a store, it can be read but not changed. After that process has
// died, it can be changed.
func TestTwoProcesses(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "store")
	data := testworld.Pack(t, "west", testworld.Schema, west)
	if err := os.WriteFile(filepath.Join(root, "a"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	opts := store.InstallOptions{Signature: sign(t, data, key(1))}
	s := openStore(t, dir, store.Options{PublicKey: public(key(1))})
	install(t, s, "east.pmtiles", data, opts)
	cmd := startChild(t, "hold", dir)
	if _, err := s.Install(context.Background(), "west.pmtiles", bytes.NewReader(data), opts); !errors.Is(err, store.ErrBusy) {
		t.Errorf("install: error %v", err)
	}
	if err := s.Remove("east.pmtiles"); !errors.Is(err, store.ErrBusy) {
		t.Errorf("remove: error %v", err)
	}
	if err := s.Verify("east.pmtiles"); err != nil {
		t.Error(err)
	}
	openStore(t, dir, store.Options{}) // does not remove the other's file
	if left := files(t, dir); len(left) != 3 || !strings.HasPrefix(left[0], ".loc2vec-") {
		t.Errorf("files %v", left)
	}
	kill(t, cmd)
	install(t, s, "west.pmtiles", data, opts)
	openStore(t, dir, store.Options{})
	if left := files(t, dir); len(left) != 4 {
		t.Errorf("files %v", left)
	}
}

// TestDiskFull installs in a process with a limit on the size of files.
func TestDiskFull(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "store")
	a, b := testworld.Pack(t, "west", testworld.Schema, west), testworld.Pack(t, "west", testworld.Schema, west, east)
	if err := os.WriteFile(filepath.Join(root, "b"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, dir, store.Options{PublicKey: public(key(1))})
	install(t, s, "west.pmtiles", a, store.InstallOptions{Signature: sign(t, a, key(1))})
	if err := startChild(t, "full", dir).Wait(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "west.pmtiles")); err != nil || !bytes.Equal(got, a) || len(files(t, dir)) != 2 {
		t.Errorf("the old region has changed: %v, files %v", err, files(t, dir))
	}
}
