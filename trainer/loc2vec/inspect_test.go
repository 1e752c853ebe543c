package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/bundle"
)

func TestInspectAndVerify(t *testing.T) {
	pack := monacoPack(t)
	model := untrainedBundle(t, pack, nil)
	out, _, err := runVerb(t, "", "inspect", pack, model)
	if err != nil || !strings.Contains(out, "region pack") || !strings.Contains(out, "golden vectors") {
		t.Errorf("%v\n%s", err, out)
	}
	out, _, err = runVerb(t, "", "inspect", model, "--json")
	var manifest bundle.Manifest
	if err := errors.Join(err, json.Unmarshal([]byte(out), &manifest)); err != nil || manifest.SpaceID == "" {
		t.Errorf("%v\n%s", err, out)
	}
	if out, _, err := runVerb(t, "", "inspect", "base"); err != nil || !strings.Contains(out, "OpenStreetMap contributors") {
		t.Errorf("the base model: %v\n%s", err, out)
	}
	out, messages, err := runVerb(t, "", "verify", pack, model)
	if err != nil || strings.Count(out, ": ok: ") != 2 {
		t.Errorf("%v\n%s%s", err, out, messages)
	}
}

// TestVerifyFindsDamage: a changed byte in the middle of either file, and a file that is neither.
func TestVerifyFindsDamage(t *testing.T) {
	pack := monacoPack(t)
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("neither"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pack, untrainedBundle(t, pack, nil)} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)/2] ^= 4
		damaged := filepath.Join(t.TempDir(), "damaged")
		if err := os.WriteFile(damaged, data, 0o600); err != nil {
			t.Fatal(err)
		}
		out, _, err := runVerb(t, "", "verify", damaged, path, text)
		if err == nil || strings.Count(out, ": BAD: ") != 2 || strings.Count(out, ": ok: ") != 1 {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
	}
}
