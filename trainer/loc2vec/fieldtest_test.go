package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
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
			Fixes    int
			Timed    bool
			Hours    float64
			Standing float64 `json:"standing_hours"`
		}
		Replay struct {
			Computed, Reused int
			Outside          float64
			Latency          struct{ Median float64 } `json:"latency_ms"`
		}
		Places struct{ Places, Returns int }
		Noise  struct{ Fixes int }
		Stops  []struct{ Seen string }
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
	if len(made.Stops) < 2 || made.Stops[0].Seen == "" || made.Track.Standing <= 0 || made.Track.Standing >= made.Track.Hours {
		t.Errorf("stops %+v of %+v", made.Stops, made.Track)
	}
	inside := made.Replay.Computed + made.Replay.Reused
	if !made.Generated || !made.Track.Timed || made.Track.Fixes < 1000 || made.Replay.Computed == 0 || made.Replay.Reused < made.Replay.Computed ||
		inside == 0 || made.Replay.Latency.Median <= 0 || made.Places.Places == 0 || made.Noise.Fixes == 0 {
		t.Errorf("%+v", made)
	}
	vectors := filepath.Join(dir, "vectors.csv")
	read := replay(gpx, "--vectors", vectors)
	checkFixes(t, vectors, read.Track.Fixes, read.Replay.Computed)
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
	for _, words := range []string{"simulated, not recorded", "places recognised", "<image href=", "© OpenStreetMap", "<b>Stop 1</b>", "<title>start: 08:00:00</title>"} {
		if !strings.Contains(string(html), words) {
			t.Errorf("the page lacks %q", words)
		}
	}
}

// checkFixes reads a table of fixes: one row for each, in order, with the number of vectors that were computed.
func checkFixes(t *testing.T, path string, fixes, computed int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 1+fixes {
		t.Fatalf("%d rows of %d fixes: %v", len(rows), fixes, err)
	}
	if got := strings.Join(rows[0], ","); !strings.HasPrefix(got, "fix,time,stop,computed,lat,lon,v0,") || !strings.HasSuffix(got, ",v15,mapped,unmapped,region,error") {
		t.Errorf("header %s", got)
	}
	stops := map[string]bool{}
	for i, row := range rows[1:] {
		if row[0] != fmt.Sprint(i+1) || !strings.HasPrefix(row[1], "2026-01-01T08:") || (row[6] == "") != (row[len(row)-1] != "") {
			t.Fatalf("row %d: %q", i+1, row)
		}
		stops[row[2]] = true
		if row[3] == "true" {
			computed--
		}
	}
	if computed != 0 || len(stops) < 3 || !stops[""] {
		t.Errorf("%d more vectors than computed; stops %v", -computed, stops)
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
		{2, []string{"--bundle", "b", "--pack", pack, "t.gpx", "--vectors", "v.xlsx"}},
		{2, []string{"--bundle", "b", "--pack", pack, "t.gpx", "--vectors", "v.csv", "--html", "v.csv"}},
		{2, []string{"--bundle", "b", "--pack", pack, pack + ".csv", "--vectors", pack + ".csv"}},
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
