package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAblateComparesRecipes(t *testing.T) {
	monaco, honolulu := monacoPack(t), extractedPack(t, "honolulu")
	dir := t.TempDir()
	plan := filepath.Join(dir, "plan")
	if err := os.WriteFile(plan, []byte("# two recipes\nplain:\n\nhigh rate: -rate 0.01\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"-plan", plan, "-pack", monaco, "-held-out", honolulu, "-o", filepath.Join(dir, "runs"), "-seeds", "2", "-n", "60",
		"--", "-steps", "3", "-pixels", "32", "-draw", "100", "-batch", "4"}
	first, messages, err := runVerb(t, "", runAblate, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	for _, want := range []string{"80 m", "rank", "plain", "high rate", "±"} {
		if !strings.Contains(first, want) {
			t.Errorf("no %q in\n%s", want, first)
		}
	}
	// A second time nothing is trained.
	again, messages, err := runVerb(t, "", runAblate, args...)
	if err != nil || again != first {
		t.Errorf("a second time: %v\n%s\nfirst\n%s", err, again, first)
	}
	if strings.Contains(messages, "train") {
		t.Errorf("the second time trains:\n%s", messages)
	}
}

func TestPlansOfRecipes(t *testing.T) {
	for text, want := range map[string]string{
		"":                   "has no recipes",
		"# only a remark\n":  "has no recipes",
		"a: -steps 1\nb\n":   "line 2",
		"a:\na: -rate 0.1\n": "a second recipe",
		"a/b: -rate 0.1\n":   "line 1",
	} {
		plan := filepath.Join(t.TempDir(), "plan")
		if err := os.WriteFile(plan, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := readPlan(plan); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	_, _, err := runVerb(t, "", runAblate, "-plan", filepath.Join(t.TempDir(), "none"), "-pack", "x", "-held-out", "y", "-o", t.TempDir())
	if err == nil {
		t.Error("a plan that is not there passes")
	}
}
