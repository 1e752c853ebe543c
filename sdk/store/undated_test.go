package store

import "testing"

func TestUndated(t *testing.T) {
	for name, want := range map[string]string{
		"bremen": "bremen", "bremen-2026-11": "bremen", "bremen_2026-11-30": "bremen", "bremen-261130": "bremen",
		"bremen-latest": "bremen", "bremen-2026+hamburg-2026-01": "bremen+hamburg", "St. Tropez": "St. Tropez",
		"north-rhine-2026": "north-rhine", "": "", "-2026": "-2026", "2026": "2026",
		"area-51": "area-51", "area-1234": "area-1234", "area-2026-13": "area-2026-13", "area-991399": "area-991399",
	} {
		if got := undated(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}
