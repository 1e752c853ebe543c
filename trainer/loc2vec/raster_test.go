package main

import (
	"bytes"
	"context"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rasterVerb runs the verb as the command line does.
func rasterVerb(args ...string) (status int, messages string) {
	var out, err bytes.Buffer
	status = run(context.Background(), stdio{in: strings.NewReader(""), out: &out, err: &err}, append([]string{"raster"}, args...))
	return status, err.String()
}

func TestRasterNPY(t *testing.T) {
	pack, at := writeHarbour(t)
	path := filepath.Join(t.TempDir(), "x.npy")
	if status, messages := rasterVerb("--pack", pack, "--at", at.String(), "--shift", "50,0", "--pixels", "128", "-o", path); status != 0 {
		t.Fatalf("exit status %d: %s", status, messages)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const numbers = 12 * 128 * 128
	header, data := string(file[:len(file)-numbers]), file[len(file)-numbers:]
	if !strings.HasPrefix(header, "\x93NUMPY\x01\x00") || !strings.Contains(header, "'shape': (12, 128, 128)") || len(header)%64 != 0 {
		t.Errorf("the header is %q", header)
	}
	// The shore is 50 m west of the centre, a quarter of the window from its left edge.
	row := data[64*128:][:128]
	if row[16] != 255 || row[48] != 0 {
		t.Errorf("the middle row of the water layer is %v", row)
	}
}

// TestRasterOfAModel: the raster is that of a model, by default the base model, unless flags change it.
func TestRasterOfAModel(t *testing.T) {
	pack, at := writeHarbour(t)
	path := filepath.Join(t.TempDir(), "x.npy")
	own := untrainedBundle(t, monacoPack(t), nil) // 32 pixels
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "(12, 64, 64)"},
		{[]string{"--bundle", "base"}, "(12, 64, 64)"},
		{[]string{"--bundle", own}, "(12, 32, 32)"},
		{[]string{"--bundle", own, "--pixels", "96"}, "(12, 96, 96)"},
	} {
		if status, messages := rasterVerb(append(c.args, "--pack", pack, "--at", at.String(), "-o", path)...); status != 0 {
			t.Fatalf("%v: exit status %d: %s", c.args, status, messages)
		}
		if file, err := os.ReadFile(path); err != nil || !strings.Contains(string(file[:128]), c.want) {
			t.Errorf("%v: %v, want a raster of %s", c.args, err, c.want)
		}
	}
}

func TestRasterPNG(t *testing.T) {
	pack, at := writeHarbour(t)
	path := filepath.Join(t.TempDir(), "x.png")
	if status, messages := rasterVerb("--pack", pack, "--at", at.String(), "--rotate", "30", "-o", path); status != 0 {
		t.Fatalf("exit status %d: %s", status, messages)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := png.Decode(file); err != nil {
		t.Error(err)
	}
}

func TestRasterRefuses(t *testing.T) {
	pack, at := writeHarbour(t)
	out := filepath.Join(t.TempDir(), "x.npy")
	for _, tt := range []struct {
		name   string
		status int
		says   string
		args   []string
	}{
		{"no output", 2, ".npy or .png", []string{"--pack", pack, "--at", at.String()}},
		{"no place", 2, "--at", []string{"--pack", pack, "-o", out}},
		{"latitude 91", 2, "latitude", []string{"--pack", pack, "--at", "91,0", "-o", out}},
		{"a shift of one number", 2, "--shift", []string{"--pack", pack, "--at", at.String(), "--shift", "5", "-o", out}},
		{"a million pixels", 2, "pixels", []string{"--pack", pack, "--at", at.String(), "--pixels", "1000000", "-o", out}},
		{"no pack", 2, "--pack is missing", []string{"--at", at.String(), "-o", out}},
		{"a heading that is no number", 1, "heading", []string{"--pack", pack, "--at", at.String(), "--rotate", "NaN", "-o", out}},
		{"elsewhere", 1, "outside every region", []string{"--pack", pack, "--at", "0,0", "-o", out}},
	} {
		status, messages := rasterVerb(tt.args...)
		if status != tt.status || !strings.Contains(messages, tt.says) {
			t.Errorf("%s: exit status %d, want %d with %q: %s", tt.name, status, tt.status, tt.says, messages)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: leaves a file", tt.name)
		}
	}
}
