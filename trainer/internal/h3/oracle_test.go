package h3

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
)

var update = flag.Bool("update", false, "write testdata/cells.txt anew with h3-js")

// oraclePlace is a place with the resolution of its cell.
type oraclePlace struct {
	loc2vec.LatLon
	resolution int
}

// oraclePlaces returns places for all resolutions in turn, poles and corners of the icosahedron included.
func oraclePlaces(n int, seed uint64) []oraclePlace {
	g, rng := New(), rand.New(rand.NewPCG(seed, 1))
	places := []oraclePlace{}
	for r := range MaxResolution + 1 {
		places = append(places, oraclePlace{loc2vec.LatLon{Lat: 90}, r}, oraclePlace{loc2vec.LatLon{Lat: -90, Lon: 40}, r},
			oraclePlace{loc2vec.LatLon{Lat: 12, Lon: 180}, r}, oraclePlace{loc2vec.LatLon{Lat: 12, Lon: -180}, r})
	}
	for i := range n {
		places = append(places, oraclePlace{randomPlace(g, rng), i % (MaxResolution + 1)})
	}
	return places
}

// askOracle writes places and the answers of h3-js to a file.
func askOracle(t *testing.T, places []oraclePlace) (path string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("needs node: not installed")
	}
	const folder = "../../../build/node"
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "h3-js")); err != nil {
		t.Skipf("needs the npm package h3-js in %s: not installed", folder)
	}
	var in bytes.Buffer
	for _, p := range places {
		fmt.Fprintln(&in, p.Lat, p.Lon, p.resolution)
	}
	asked := filepath.Join(t.TempDir(), "places.txt")
	if err := os.WriteFile(asked, in.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	script, err := os.Open("testdata/h3.mjs")
	if err != nil {
		t.Fatal(err)
	}
	defer script.Close()
	path = filepath.Join(t.TempDir(), "cells.txt")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(node, "--input-type=module", "-", asked)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = folder, script, out, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("node: %v", err)
	}
	return path
}

// TestH3JS compares a million places with h3-js: cells, centres and outlines.
func TestH3JS(t *testing.T) {
	n := 1_000_000
	if testing.Short() {
		n = 50_000
	}
	places := oraclePlaces(n, 7)
	answers, err := os.Open(askOracle(t, places))
	if err != nil {
		t.Fatal(err)
	}
	defer answers.Close()
	checkAnswers(t, places, answers)
}

// TestGolden compares some places with what h3-js answered once.
func TestGolden(t *testing.T) {
	const golden = "testdata/cells.txt"
	places := oraclePlaces(150, 11)
	if *update {
		text, err := os.ReadFile(askOracle(t, places))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	answers, err := os.Open(golden)
	if err != nil {
		t.Fatal(err)
	}
	defer answers.Close()
	checkAnswers(t, places, answers)
}

// checkAnswers compares places with lines of h3-js.
func checkAnswers(t *testing.T, places []oraclePlace, answers io.Reader) {
	t.Helper()
	g, lines := New(), bufio.NewScanner(answers)
	wrong := 0
	for _, p := range places {
		if !lines.Scan() {
			t.Fatalf("fewer answers than %d: %v", len(places), lines.Err())
		}
		if err := checkAnswer(g, p, strings.Fields(lines.Text())); err != nil {
			if wrong++; wrong <= 10 {
				t.Errorf("%v: %v", p, err)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d places are wrong", wrong, len(places))
	}
}

// checkAnswer compares a place with the index, the centre and the corners of h3-js.
func checkAnswer(g *Grid, p oraclePlace, answer []string) error {
	c, err := g.Cell(p.LatLon, p.resolution)
	if err != nil || c.String() != answer[0] {
		return fmt.Errorf("cell %v, want %s: %v", c, answer[0], err)
	}
	var want []loc2vec.LatLon
	for i := 1; i+1 < len(answer); i += 2 {
		lat, errLat := strconv.ParseFloat(answer[i], 64)
		lon, errLon := strconv.ParseFloat(answer[i+1], 64)
		if errLat != nil || errLon != nil {
			return fmt.Errorf("answer %q", answer)
		}
		want = append(want, loc2vec.LatLon{Lat: lat, Lon: lon})
	}
	// Near the poles h3-js takes arc sines of almost 1, which lose half of the digits.
	tolerance := 1e-4 // metres
	if math.Abs(p.Lat) > 85 {
		tolerance = 0.5
	}
	if d := g.Centre(c).DistanceTo(want[0]); !(d < tolerance) {
		return fmt.Errorf("cell %v: centre %v, want %v", c, g.Centre(c), want[0])
	}
	if ring := g.Outline(c); !sameRing(ring, want[1:], tolerance) {
		return fmt.Errorf("cell %v: outline %v, want %v", c, ring, want[1:])
	}
	return nil
}

// sameRing reports whether two rings have the same corners, from whichever on.
func sameRing(a, b []loc2vec.LatLon, tolerance float64) bool {
	if len(a) != len(b) {
		return false
	}
	for shift := range a {
		i := 0
		for i < len(b) && a[(i+shift)%len(a)].DistanceTo(b[i]) < tolerance {
			i++
		}
		if i == len(b) {
			return true
		}
	}
	return false
}
