// Package progress shows the progress of long work: a bar on a terminal, a plain line every ten
// seconds elsewhere, both with the rate and the time left.
package progress

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/loc2vec/loc2vec/trainer/internal/printable"
)

const (
	// lineInterval is the time between lines on other streams than a terminal.
	lineInterval = 10 * time.Second
	// barInterval is the least time between two drawings of a bar.
	barInterval = 100 * time.Millisecond
)

// Bar is the progress of one task. Safe for concurrent use.
type Bar struct {
	mu      sync.Mutex
	out     io.Writer
	bar     *progressbar.ProgressBar // nil unless out is a terminal
	name    string
	unit    Unit
	detail  string
	total   int64
	done    int64
	before  int64 // part of done that was finished before the bar was started
	started time.Time
	shown   time.Time // when the bar or a line was last written
}

// Unit names what a Bar counts.
type Unit string

// Units. Bytes are printed as megabytes, Items without a name.
const (
	Bytes Unit = "B"
	Steps Unit = "steps"
	Tiles Unit = "tiles"
	Items Unit = ""
)

// New starts a bar on out with a total number of units, 0 when it is unknown.
func New(out io.Writer, name string, total int64, unit Unit) *Bar {
	b := &Bar{out: out, name: name, unit: unit, total: total, started: time.Now()}
	if f := printable.NewWriter(out).Terminal(); f != nil {
		b.out = f // bars move the cursor
		if total == 0 {
			total = -1
		}
		// The description holds count, rate and time left: progressbar would count units of an
		// earlier run in the rate.
		b.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(f),
			progressbar.OptionSetDescription(printable.Text(name)),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionSetElapsedTime(false),
			progressbar.OptionThrottle(barInterval),
			progressbar.OptionFullWidth(),
		)
	} else {
		b.shown = b.started
	}
	return b
}

// From sets the number of units that an earlier run finished. They count as done, but not in the
// rate.
func (b *Bar) From(done int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.before = done
}

// Set reports that done units are finished, with a short remark such as the current loss.
func (b *Bar) Set(done int64, detail string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done, b.detail = done, detail
	now := time.Now()
	switch since := now.Sub(b.shown); {
	case b.bar != nil && (since >= barInterval || done == b.total):
		b.shown = now
		b.bar.Describe(b.description(now))
		_ = b.bar.Set64(done) // fails beyond an estimated total, which does not matter
	case b.bar == nil && since >= lineInterval:
		b.shown = now
		b.writeLine(now)
	}
}

// SetTotal corrects the number of units.
func (b *Bar) SetTotal(total int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.total = total
	if b.bar != nil {
		b.bar.ChangeMax64(total)
	}
}

// Close ends the bar.
func (b *Bar) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar != nil {
		_ = b.bar.Exit()
		fmt.Fprintln(b.out)
		return
	}
	b.writeLine(time.Now())
}

// writeLine writes "extract: 40 % (3.1 MB of 7.8 MB), 12.3 MB/s, 4s left, detail [3s]".
func (b *Bar) writeLine(now time.Time) {
	text := b.count(b.done)
	if b.total > 0 {
		text = fmt.Sprintf("%d %% (%s of %s)", 100*b.done/b.total, text, b.count(b.total))
	}
	fmt.Fprintf(b.out, "%s: %s%s [%s]\n", b.name, text, b.pace(now), now.Sub(b.started).Round(time.Second))
}

// description returns the text before a bar, which adds the percentage.
func (b *Bar) description(now time.Time) string {
	text := b.count(b.done)
	if b.total > 0 {
		text += " of " + b.count(b.total)
	}
	return printable.Text(b.name + ": " + text + b.pace(now))
}

// pace returns ", 12.3 MB/s, 4s left, detail", leaving out what is not known yet.
func (b *Bar) pace(now time.Time) string {
	var text string
	elapsed := now.Sub(b.started)
	if rate := float64(b.done-b.before) / elapsed.Seconds(); rate > 0 && elapsed > time.Second {
		text += fmt.Sprintf(", %s/s", b.quantity(rate))
		if left := float64(b.total-b.done) / rate; left > 0 {
			text += fmt.Sprintf(", %s left", time.Duration(left*float64(time.Second)).Round(time.Second))
		}
	}
	if b.detail != "" {
		text += ", " + b.detail
	}
	return text
}

// count formats a number of units.
func (b *Bar) count(n int64) string {
	switch b.unit {
	case Bytes:
		return b.quantity(float64(n))
	case Items:
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d %s", n, b.unit)
}

// quantity formats a fractional number of units.
func (b *Bar) quantity(v float64) string {
	switch b.unit {
	case Bytes:
		return fmt.Sprintf("%.1f MB", v/1e6)
	case Items:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.1f %s", v, b.unit)
}
