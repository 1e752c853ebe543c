package main

import (
	"testing"

	"github.com/loc2vec/loc2vec"
)

// TestLongitudesBeyond180: places and boxes of maps that go on beyond the antimeridian.
func TestLongitudesBeyond180(t *testing.T) {
	for text, want := range map[string]loc2vec.LatLon{
		"-16.8,179.5": {Lat: -16.8, Lon: 179.5}, "-16.8, 180.5": {Lat: -16.8, Lon: -179.5}, "-16.8,-180.5": {Lat: -16.8, Lon: 179.5}, "0,0": {},
	} {
		if got, err := parsePlace(text); err != nil || got != want {
			t.Errorf("%s is %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"-16.8,360.5", "91,0", "48,9,9,1", "NaN,0", "48"} {
		if got, err := parsePlace(text); err == nil {
			t.Errorf("%s is %v", text, got)
		}
	}
	want := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -17, Lon: 179}, Max: loc2vec.LatLon{Lat: -16, Lon: -179}}
	for _, text := range []string{"179,-17,-179,-16", "179,-17,181,-16", "-181,-17,-179,-16"} {
		if got, err := parseBox(text); err != nil || got != want {
			t.Errorf("%s is %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"179,-17,361,-16", "0,-17,360,-16", "1,2,1,3"} {
		if got, err := parseBox(text); err == nil {
			t.Errorf("%s is %v", text, got)
		}
	}
}
