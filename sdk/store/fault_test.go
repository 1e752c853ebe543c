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
	s := openStore(t, dir, store.Options{PublicKeys: publics(key(1))})
	install := func(r io.Reader, data []byte, inPlace bool) error {
		_, err := s.Install(t.Context(), "west.pmtiles", r, store.InstallOptions{
			Signature: signWith(t, data, key(1), "region:west"), ReplaceInPlace: inPlace,
		})
		return err
	}
	switch role {
	case "install", "replace", "replace stream":
		a, b := read("a"), read("b")
		fmt.Println("ready")
		for i := 0; ; i++ {
			data := [][]byte{b, a}[i%2]
			var r io.Reader = bytes.NewReader(data)
			if role != "replace" {
				r = inPieces(data)
			}
			if err := install(r, data, role != "install"); err != nil {
				t.Fatal(err)
			}
		}
	case "hold":
		data := read("a")
		held := readerFunc(func([]byte) (int, error) {
			fmt.Println("ready")
			select {} // until killed
		})
		t.Fatal(install(io.MultiReader(bytes.NewReader(data[:100]), held), data, false))
	case "full":
		data := read("b")
		signal.Ignore(syscall.SIGXFSZ)
		limit := syscall.Rlimit{Cur: 1000, Max: 1000}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
		if err := install(bytes.NewReader(data), data, false); !errors.Is(err, sdk.ErrDiskFull) {
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
// whole and signed, and nothing else but the signature of the other. A region that is replaced in place may be gone.
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
	opts := store.Options{PublicKeys: publics(key(1))}
	both := []string{"west.pmtiles"} // and the two signatures
	for _, data := range [][]byte{b, a} {
		install(t, openStore(t, dir, opts), "west.pmtiles", data, store.InstallOptions{Signature: sign(t, data, key(1)), AllowOlder: true})
		both = append(both, files(t, dir)[1])
	}
	slices.Sort(both)
	rng := rand.New(rand.NewPCG(1, 2))
	var interrupted, first, second, gone int
	for i := range rounds {
		role := []string{"install", "replace", "install", "replace stream"}[i%4]
		cmd := startChild(t, role, dir)
		// The only sleep of these tests: which step is interrupted is random.
		time.Sleep(time.Duration(rng.ExpFloat64() * float64(25*time.Millisecond)))
		kill(t, cmd)
		if left := files(t, dir); slices.ContainsFunc(left, func(n string) bool { return strings.HasPrefix(n, ".loc2vec-") }) || len(left) != 2 {
			interrupted++
		}
		s := openStore(t, dir, opts)
		err := s.Verify(t.Context(), "west.pmtiles")
		if role != "install" && errors.Is(err, os.ErrNotExist) {
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
		if left := files(t, dir); len(left) != 2 && !slices.Equal(left, both) {
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

// TestTwoProcesses: while another process installs a slow file, the store can be read and changed, and that file is no
// leftover. After that process has died, it is one.
func TestTwoProcesses(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "store")
	data := testworld.Pack(t, "west", testworld.Schema, west)
	if err := os.WriteFile(filepath.Join(root, "a"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	opts := store.InstallOptions{Signature: sign(t, data, key(1))}
	s := openStore(t, dir, store.Options{PublicKeys: publics(key(1))})
	install(t, s, "east.pmtiles", data, opts)
	cmd := startChild(t, "hold", dir)
	install(t, s, "west.pmtiles", data, opts)
	if err := errors.Join(s.Remove(t.Context(), "east.pmtiles"), s.Verify(t.Context(), "west.pmtiles")); err != nil {
		t.Error(err)
	}
	openStore(t, dir, store.Options{})
	if left := files(t, dir); len(left) != 3 || !strings.HasPrefix(left[0], ".loc2vec-") {
		t.Errorf("files %v, want the other's too", left)
	}
	kill(t, cmd)
	openStore(t, dir, store.Options{})
	if left := files(t, dir); len(left) != 2 {
		t.Errorf("files %v", left)
	}
}

// TestBusy: a process that keeps the lock makes changes fail, not wait for ever, and the context ends the wait.
func TestBusy(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir, store.Options{})
	data := testworld.Pack(t, "west", testworld.Schema, west)
	install(t, s, "west.pmtiles", data, store.InstallOptions{})
	lock, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), "west.pmtiles"); !errors.Is(err, store.ErrBusy) {
		t.Errorf("remove: error %v", err)
	}
	within(t, "install", func(ctx context.Context) error {
		_, err := s.Install(ctx, "west.pmtiles", bytes.NewReader(data), store.InstallOptions{})
		return err
	})
	if err := s.Verify(t.Context(), "west.pmtiles"); err != nil {
		t.Error(err)
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
	s := openStore(t, dir, store.Options{PublicKeys: publics(key(1))})
	install(t, s, "west.pmtiles", a, store.InstallOptions{Signature: sign(t, a, key(1))})
	if err := startChild(t, "full", dir).Wait(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "west.pmtiles")); err != nil || !bytes.Equal(got, a) || len(files(t, dir)) != 2 {
		t.Errorf("the old region has changed: %v, files %v", err, files(t, dir))
	}
}
