package main

import (
	"flag"
	"path/filepath"
	"testing"

	"github.com/loc2vec/loc2vec/internal/chromiumtest"
)

var (
	reportPage     = flag.String("report-page", "", "look at this page of loc2vec report instead of one of Monaco")
	reportPictures = flag.String("report-pictures", "", "write pictures of the page to this folder")
)

// TestReportInBrowser: in a phone's window and on a desk, light and dark, the page of report has no part out of the window
// and no picture that is not drawn, asks for nothing, and complains of nothing.
func TestReportInBrowser(t *testing.T) {
	page := *reportPage
	if page == "" {
		monaco := monacoPack(t)
		page = filepath.Join(t.TempDir(), "page.html")
		if _, messages, err := runVerb(t, "", "report", "--pack", monaco, "--engine", "go", "-o", page); err != nil {
			t.Fatalf("%v\n%s", err, messages)
		}
	}
	for _, v := range chromiumtest.Views() {
		for _, problem := range chromiumtest.Look(t, page, v, *reportPictures) {
			t.Errorf("%+v: %s", v, problem)
		}
	}
}

// TestOtherPagesInBrowser: the pages of evaluate and fieldtest are drawn whole too.
func TestOtherPagesInBrowser(t *testing.T) {
	pack, dir := monacoPack(t), t.TempDir()
	track := filepath.Join(dir, "track.gpx")
	for _, args := range [][]string{
		{"fieldtest", "--bundle", "base", "--pack", pack, "--engine", "go", "--generate", "1h", "--gpx", track},
		{"fieldtest", "--bundle", "base", "--pack", pack, "--engine", "go", track, "--html", filepath.Join(dir, "fieldtest.html")},
		{"evaluate", "--bundle", "base", "--pack", pack, "--engine", "go", "--html", filepath.Join(dir, "evaluate.html")},
	} {
		if _, messages, err := runVerb(t, "", args[0], args[1:]...); err != nil {
			t.Fatalf("%v\n%s", err, messages)
		}
	}
	for _, page := range []string{"fieldtest.html", "evaluate.html"} {
		for _, v := range chromiumtest.Views() {
			for _, problem := range chromiumtest.Look(t, filepath.Join(dir, page), v, "") {
				t.Errorf("%s, %+v: %s", page, v, problem)
			}
		}
	}
}
