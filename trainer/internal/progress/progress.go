// Package progress shows how far long work has come: a bar with rate and time left on a terminal,
// a plain line now and then elsewhere.
package progress

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// linesEvery is how often a stream that is no terminal gets a line.
const linesEvery = 10 * time.Second

// Bar is the progress of one piece of work. Safe for concurrent use.
type Bar struct {
	mu      sync.Mutex
	out     io.Writer
	bar     *progressbar.ProgressBar // nil when out is no terminal
	name    string
	unit    string
	detail  string
	total   int64
	done    int64
	before  int64 // of done, finished before the bar was started
	started time.Time
	printed time.Time
}

// Unit says what a Bar counts.
type Unit string

// Units with their own way of being written.
const (
	Bytes Unit = "B"
	Steps Unit = "steps"
	Tiles Unit = "tiles"
	Items Unit = ""
)

// New starts a bar on out, of total units (0 when unknown).
func New(out io.Writer, name string, total int64, unit Unit) *Bar {
	b := &Bar{out: out, name: name, unit: string(unit), total: total, started: time.Now()}
	b.printed = b.started
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		if total == 0 {
			total = -1
		}
		b.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(out),
			progressbar.OptionSetDescription(name),
			progressbar.OptionShowCount(),
			progressbar.OptionShowIts(),
			progressbar.OptionSetItsString(b.unit),
			progressbar.OptionShowBytes(unit == Bytes),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionFullWidth(),
		)
	}
	return b
}

// From tells a bar of work that is taken up again how many units were finished before: they count
// as done, and not in the rate. On a terminal they are in the first few rates all the same, as package
// progressbar cannot be told.
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
	if b.bar != nil {
		if detail != "" {
			b.bar.Describe(b.name + " " + detail)
		}
		_ = b.bar.Set64(done) // past the total only when the estimate was wrong: not worth stopping for
		return
	}
	if now := time.Now(); now.Sub(b.printed) >= linesEvery {
		b.printed = now
		b.line(now)
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
	b.line(time.Now())
}

// line prints "extract: 40 % (3.1 of 7.8 MB), 12.3 MB/s, 4s left, detail".
func (b *Bar) line(now time.Time) {
	elapsed := now.Sub(b.started)
	text := fmt.Sprintf("%s: %s", b.name, b.count(b.done))
	if b.total > 0 {
		text = fmt.Sprintf("%s: %d %% (%s of %s)", b.name, 100*b.done/b.total, b.count(b.done), b.count(b.total))
	}
	if rate := float64(b.done-b.before) / elapsed.Seconds(); rate > 0 && elapsed > time.Second {
		text += fmt.Sprintf(", %s/s", b.quantity(rate))
		if left := float64(b.total-b.done) / rate; left > 0 {
			text += fmt.Sprintf(", %s left", time.Duration(left*float64(time.Second)).Round(time.Second))
		}
	}
	if b.detail != "" {
		text += ", " + b.detail
	}
	fmt.Fprintf(b.out, "%s [%s]\n", text, elapsed.Round(time.Second))
}

func (b *Bar) count(n int64) string {
	if b.unit == string(Bytes) {
		return b.quantity(float64(n))
	}
	if b.unit == "" {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d %s", n, b.unit)
}

func (b *Bar) quantity(v float64) string {
	if b.unit == string(Bytes) {
		return fmt.Sprintf("%.1f MB", v/1e6)
	}
	if b.unit == "" {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.1f %s", v, b.unit)
}
