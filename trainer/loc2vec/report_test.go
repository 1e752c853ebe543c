package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// TestReport: the page has its pictures, the places asked for, and what it leaves out; it is the same on any number of
// cores.
func TestReport(t *testing.T) {
	monaco := monacoPack(t)
	model := untrainedBundle(t, monaco, nil)
	dir := t.TempDir()
	places, out := filepath.Join(dir, "mine.csv"), filepath.Join(dir, "page.html")
	table := "lat,lon,name\n43.7396,7.4273,<Casino>\n43.7314,7.4197,palace\n53.0757,8.8077,Bremen\nx,y,broken\n"
	if err := os.WriteFile(places, []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
	make := func(more ...string) string {
		t.Helper()
		args := append([]string{"--bundle", model, "--pack", monaco, "--engine", "go", "-o", out}, more...)
		if _, messages, err := runVerb(t, "", "report", args...); err != nil {
			t.Fatalf("%v\n%s", err, messages)
		}
		page, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return string(page)
	}
	page := make("--places", places)
	for _, want := range []string{
		"<h1>monaco</h1>", "in the colours of its embedding", "Alike, not alike", "Nearest neighbours", "&lt;Casino&gt;", ">palace</a>",
		"<dt>Bremen</dt><dd>outside the packs.</dd>", "1 rows of the table of places", "row 4: ",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`<h2>(.*?)</h2>`).FindAllStringSubmatch(page, -1) {
		if m[1] != "How this was made" && !bytes.Contains(guide, []byte("**"+m[1]+"**")) {
			t.Errorf("docs/report.md does not tell what %q shows", m[1])
		}
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "ZgotmplZ") {
		t.Error("the page has scripts or unsafe values")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if again := make("--places", places); again != page {
		t.Error("on one core the page differs")
	}
	if other := make("--seed", "2"); strings.Contains(other, "palace") || strings.Contains(other, "<dt>Bremen</dt>") {
		t.Error("places of yours on a page without any")
	} else if make("--seed", "3") == other {
		t.Error("another seed gives the same page")
	}
}

// TestReportOfLittle: a pack with nearly nothing in it has a page, which says what it lacks.
func TestReportOfLittle(t *testing.T) {
	harbour, _ := writeHarbour(t)
	out := filepath.Join(t.TempDir(), "page.html")
	if _, messages, err := runVerb(t, "", "report", "--pack", harbour, "--engine", "go", "-o", out); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	page, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Left out", "places that differ, at least 100 m apart; 50 are needed"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("no %q on the page", want)
		}
	}
}

// TestReportBadInput: one line, and no file.
func TestReportBadInput(t *testing.T) {
	harbour, _ := writeHarbour(t)
	dir := t.TempDir()
	none := filepath.Join(dir, "none.csv")
	if err := os.WriteFile(none, []byte("lat,lon\nx,y\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "page.html")
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-o", out}, statusUsage, "--bundle, --pack and -o are needed"},
		{[]string{"--pack", harbour}, statusUsage, "--bundle, --pack and -o are needed"},
		{[]string{"--pack", harbour, "-o", harbour}, statusUsage, "is the same file as the input"},
		{[]string{"--pack", harbour, "-o", none, "--places", none}, statusUsage, "is the same file as the input"},
		{[]string{"--pack", harbour, "-o", out, "--bbox", "1,2,3"}, statusUsage, "four numbers are needed"},
		{[]string{"--pack", harbour, "-o", out, "--places", none}, statusFailure, "no place in it"},
		{[]string{"--pack", harbour + "," + harbour, "-o", out}, statusUsage, "are the same pack"},
		{[]string{"--pack", out, "-o", out}, statusFailure, "no such file"},
	} {
		status, output := command(append([]string{"report", "--engine", "go"}, c.args...)...)
		if status != c.status || !strings.Contains(output, c.want) || strings.Count(output, "\n") != 1 {
			t.Errorf("%v: status %d, want %d and %q\n%s", c.args, status, c.status, c.want, output)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%v: a file is left", c.args)
		}
	}
}

// TestReportInterrupted: an interruption ends the work, and leaves the page of before.
func TestReportInterrupted(t *testing.T) {
	monaco := monacoPack(t)
	out := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(out, []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var messages bytes.Buffer
	status := run(ctx, stdio{in: strings.NewReader(""), out: &messages, err: &messages},
		[]string{"report", "--bundle", pipeline.BaseModel, "--pack", monaco, "--engine", "go", "-o", out})
	if page, err := os.ReadFile(out); status != statusInterrupted || err != nil || string(page) != "before" {
		t.Errorf("status %d, page %q, %v\n%s", status, page, err, messages.String())
	}
	if left, _ := os.ReadDir(filepath.Dir(out)); len(left) != 1 {
		t.Errorf("files left: %v", left)
	}
}
