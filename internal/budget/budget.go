// Package budget holds what a test does with bytes of strangers to memory and time in proportion to their number.
package budget

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"
)

// Limit is what the work on an input may take: a fixed part, and what each of its bytes adds. A factor of two or more
// between the limit and what is known to be the most keeps a busy machine from failing a test.
type Limit struct {
	Memory        int           // bytes allocated, those that are freed again included
	MemoryPerByte int           // the same, for each byte of the input
	Time          time.Duration // of all processors together
	TimePerByte   time.Duration
}

// Meter compares work with a limit. Not safe for concurrent use.
type Meter struct {
	limit Limit
	log   string // the path of a file, "" for none
	worst float64
}

// LogVariable is the environment variable with the path of a file to which a Meter appends the inputs that come nearest
// to the limit, each with its share of it. Processes that fuzz print nothing.
const LogVariable = "LOC2VEC_BUDGETS"

// New returns a meter.
func New(limit Limit) *Meter { return &Meter{limit: limit, log: os.Getenv(LogVariable)} }

// attempts is how often work is measured before its time counts as over the limit: the collection of earlier garbage
// may fall into one.
const attempts = 3

// Check fails the test if work, on an input of size bytes, takes more than the limit. It may call work several times.
func (m *Meter) Check(t testing.TB, size int, work func()) {
	t.Helper()
	if size < 0 {
		t.Fatalf("an input of %d bytes", size)
	}
	mostMemory := m.limit.Memory + size*m.limit.MemoryPerByte
	mostTime := slowdown * (m.limit.Time + time.Duration(size)*m.limit.TimePerByte)
	var memory, spent float64 // shares of the limit
	for attempt := range attempts {
		u := measure(work)
		memory = float64(u.memory) / float64(mostMemory)
		spent = float64(u.time) / float64(mostTime)
		if attempt == 0 {
			climb(memory)
			climb(spent)
		}
		if spent <= 1 || memory > 1 {
			break
		}
	}
	m.record(t, size, memory, spent)
	if memory > 1 {
		t.Errorf("%d bytes take %.0f bytes of memory, want at most %d", size, memory*float64(mostMemory), mostMemory)
	}
	if spent > 1 {
		t.Errorf("%d bytes take %v of processor time, want at most %v", size, time.Duration(spent*float64(mostTime)), mostTime)
	}
}

// use is what work has taken.
type use struct {
	memory uint64
	time   time.Duration
}

func measure(work func()) use {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := processorTime()
	work()
	u := use{time: processorTime() - start}
	runtime.ReadMemStats(&after)
	u.memory = after.TotalAlloc - before.TotalAlloc
	return u
}

// climb makes a share of the limit visible to a fuzzer, which counts how often each block of code runs, in powers of
// two: an input that takes twice as much as those before is one to keep and to mutate.
func climb(share float64) {
	const steps = 128
	for range int(min(share, 1) * steps) {
		runtime.KeepAlive(share)
	}
}

// record appends an input that comes nearer to the limit than those before to the log.
func (m *Meter) record(t testing.TB, size int, memory, spent float64) {
	t.Helper()
	if m.log == "" || max(memory, spent) <= m.worst {
		return
	}
	m.worst = max(memory, spent)
	f, err := os.OpenFile(m.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, "%s: %.2f of the limit: %.2f of memory, %.2f of time, for %d bytes\n", t.Name(), m.worst, memory, spent, size); err != nil {
		t.Fatal(err)
	}
}
