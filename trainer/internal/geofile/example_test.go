package geofile_test

import (
	"fmt"
	"strings"

	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
)

func ExampleReadPlaces() {
	file := strings.NewReader("name,lat,lon\nhome,43.7384,7.4246\nnowhere,143.7,7.4\nwork,43.7312,7.4197\n")
	places, report, err := geofile.ReadPlaces(file, geofile.CSV)
	fmt.Println(places, err)
	fmt.Printf("%d of %d rows are bad: %v\n", report.Bad, report.Rows, report.Errors)
	// Output:
	// [43.7384000,7.4246000 43.7312000,7.4197000] <nil>
	// 1 of 3 rows are bad: [row 3: invalid coordinate: latitude 143.7 is not within -90..90]
}

func ExampleReadTrack() {
	file := strings.NewReader(`<gpx><trk><trkseg>
<trkpt lat="43.7384" lon="7.4246"><time>2026-05-01T10:00:00Z</time></trkpt>
<trkpt lat="43.7390" lon="7.4246"><time>2026-05-01T10:01:00Z</time></trkpt>
<trkpt lat="43.7390" lon=""><time>2026-05-01T10:02:00Z</time></trkpt>
</trkseg></trk></gpx>`)
	track, err := geofile.ReadTrack(file, geofile.GPX)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d fixes in %v, %.0f m\n", len(track.Fixes), track.Recorded(), track.Metres())
	fmt.Printf("%d left out: %v\n", track.Bad, track.First)
	// Output:
	// 2 fixes in 1m0s, 67 m
	// 1 left out: row 4: invalid coordinate: longitude "" is not a number
}
