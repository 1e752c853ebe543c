package osmextract

import "testing"

func TestRegionName(t *testing.T) {
	for path, want := range map[string]string{
		"maps/bremen.osm.pbf":      "bremen",
		"St. Tropez.osm.pbf":       "St. Tropez",
		"St. Moritz.osm":           "St. Moritz",
		"Baden, 2026.1.OSM.PBF":    "Baden, 2026.1",
		"town.osm.gz":              "town",
		"town.xml.gz":              "town",
		"town.pbf":                 "town",
		"v1.2":                     "v1.2",
		"a.osm.b.osm.pbf":          "a.osm.b",
		".osm.pbf":                 ".osm.pbf",
		"Île-de-France.latest.pbf": "Île-de-France.latest",
	} {
		if got := regionName(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
