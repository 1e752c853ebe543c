package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFieldtest replays a simulated track, then the same track from its file.
func TestFieldtest(t *testing.T) {
	pack := monacoPack(t)
	bundle := untrainedBundle(t, pack, nil)
	dir := t.TempDir()
	gpx, page := filepath.Join(dir, "track.gpx"), filepath.Join(dir, "page.html")
	type result struct {
		Generated bool
		Track     struct {
			Fixes int
			Timed bool
			Hours float64
		}
		Replay struct {
			Computed, Reused int
			Outside          float64
			Latency          struct{ Median float64 } `json:"latency_ms"`
		}
		Places struct{ Places, Returns int }
		Noise  struct{ Fixes int }
	}
	replay := func(args ...string) (r result) {
		t.Helper()
		args = append([]string{"--bundle", bundle, "--pack", pack, "--engine", "go", "--json"}, args...)
		out, messages, err := runVerb(t, "", "fieldtest", args...)
		if err != nil {
			t.Fatalf("%v\n%s", err, messages)
		}
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	made := replay("--generate", "30m", "--gpx", gpx, "--html", page)
	inside := made.Replay.Computed + made.Replay.Reused
	if !made.Generated || !made.Track.Timed || made.Track.Fixes < 1000 || made.Replay.Computed == 0 || made.Replay.Reused < made.Replay.Computed ||
		inside == 0 || made.Replay.Latency.Median <= 0 || made.Places.Places == 0 || made.Noise.Fixes == 0 {
		t.Errorf("%+v", made)
	}
	read := replay(gpx)
	if read.Generated || read.Track.Fixes != made.Track.Fixes || read.Replay.Computed+read.Replay.Reused != inside {
		t.Errorf("from the file: %+v, want as %+v", read, made)
	}
	few := filepath.Join(dir, "few.csv")
	if err := os.WriteFile(few, []byte("time;lat;lon\n1769846400;43,7384;7,4246\n1769846460;43,7386;7,4250\n1769846390;43,7386;7,4250\n;43;7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, messages, err := runVerb(t, "", "fieldtest", "--bundle", bundle, "--pack", pack, "--engine", "go", few)
	if err != nil || !strings.Contains(out, "not measured, needs fixes seconds apart") {
		t.Errorf("two fixes a minute apart: %v\n%s%s", err, messages, out)
	}
	for _, words := range []string{"fieldtest: the clock goes back before 1 of 3 fixes", "fieldtest: 1 rows skipped, the first: row 5: no time"} {
		if !strings.Contains(messages, words) {
			t.Errorf("the messages lack %q:\n%s", words, messages)
		}
	}
	html, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"simulated, not recorded", "places recognised", "<image href=", "© OpenStreetMap"} {
		if !strings.Contains(string(html), words) {
			t.Errorf("the page lacks %q", words)
		}
	}
}

func TestFieldtestFails(t *testing.T) {
	pack, _ := writeHarbour(t)
	for _, c := range []struct {
		status int
		args   []string
	}{
		{2, nil},
		{2, []string{"--bundle", "b", "--pack", pack}},
		{2, []string{"--bundle", "b", "--pack", pack, "t.gpx", "--generate", "1h"}},
		{2, []string{"--bundle", "b", "--pack", pack, "t.gpx", "--gpx", "out.gpx"}},
		{2, []string{"--bundle", "b", "--pack", pack, "--generate", "1h", "--gpx", "out", "--html", "out"}},
		{2, []string{"--bundle", "b", "--pack", pack, "t.kml"}},
		{1, []string{"--bundle", "b", "--pack", pack, "none.gpx"}},
		{1, []string{"--bundle", pack, "--pack", pack, pack + ".csv"}},
	} {
		if err := os.WriteFile(pack+".csv", []byte("lat,lon\n43,7\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if status, output := command(append([]string{"fieldtest"}, c.args...)...); status != c.status {
			t.Errorf("%v: exit status %d, want %d:\n%s", c.args, status, c.status, output)
		}
	}
}
