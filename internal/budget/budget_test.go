package budget

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// recorder is a test that notes whether it has failed.
type recorder struct {
	testing.TB
	failed []string
}

func (r *recorder) Errorf(format string, args ...any) { r.failed = append(r.failed, format) }

// TestCheck: a meter tells work over its limit, of memory and of time, from work below.
func TestCheck(t *testing.T) {
	var kept []byte
	for name, c := range map[string]struct {
		limit Limit
		work  func()
		want  string
	}{
		"nothing":           {Limit{Memory: 4096, Time: time.Second}, func() {}, ""},
		"memory below":      {Limit{MemoryPerByte: 1 << 13, Time: time.Second}, func() { kept = make([]byte, 1<<20) }, ""},
		"memory over":       {Limit{MemoryPerByte: 1 << 12, Time: time.Second}, func() { kept = make([]byte, 1<<20) }, "memory"},
		"freed memory over": {Limit{Memory: 1 << 20, Time: time.Second}, func() { allocate(&kept) }, "memory"},
		"time over":         {Limit{Memory: 1 << 20, Time: time.Microsecond}, func() { spin(10 * time.Millisecond) }, "time"},
	} {
		if c.want == "time" && processorTime() == 0 {
			continue
		}
		r := &recorder{TB: t}
		New(c.limit).Check(r, 200, c.work)
		if got := strings.Join(r.failed, ""); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func allocate(kept *[]byte) {
	for range 4 {
		*kept = make([]byte, 1<<19)
	}
}

// spin computes until the process has taken that much time.
func spin(d time.Duration) {
	for start := processorTime(); processorTime()-start < slowdown*d; {
	}
}

// TestLog: only what comes nearer to the limit is written.
func TestLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	t.Setenv(LogVariable, path)
	m := New(Limit{Memory: 1 << 20, Time: time.Hour})
	var kept []byte
	for _, n := range []int{1 << 10, 1 << 19, 1 << 12} {
		m.Check(t, 1, func() { kept = make([]byte, n) })
	}
	_ = kept
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines != 2 || !strings.Contains(string(text), "TestLog: 0.50 of the limit") {
		t.Errorf("the log is:\n%s", text)
	}
}
