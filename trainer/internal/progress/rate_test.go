package progress

import (
	"strings"
	"testing"
	"time"
)

func TestRateOfResumedWork(t *testing.T) {
	var out strings.Builder
	bar := New(&out, "train", 10_000, Steps)
	bar.From(9000)
	bar.Set(9100, "")
	bar.writeLine(bar.started.Add(10 * time.Second))
	if want := "train: 9100 steps of 10000 steps, 10.0 steps/s, 1m30s left"; bar.description(bar.started.Add(10*time.Second)) != want {
		t.Errorf("before a bar: %q, want %q", bar.description(bar.started.Add(10*time.Second)), want)
	}
	if want := "train: 91 % (9100 steps of 10000 steps), 10.0 steps/s, 1m30s left [10s]\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
