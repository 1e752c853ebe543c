package table

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/location"
)

// nearBremen reports whether a place is near Bremen.
func nearBremen(p loc2vec.LatLon) bool {
	return loc2vec.Bounds{Min: loc2vec.LatLon{Lat: 52.9, Lon: 8.5}, Max: loc2vec.LatLon{Lat: 53.3, Lon: 9}}.Contains(p)
}

// readCombined returns the places of a CSV file, with the errors of rows without one, and what was told.
func readCombined(text string, csv geofile.TableOptions, opts CombinedOptions) (places []string, told string, err error) {
	opts.Tell = func(message string) { told += message }
	r, err := NewCSVReader(strings.NewReader(text), csv, opts)
	if err != nil {
		return nil, told, err
	}
	defer r.Close()
	for number := int64(1); ; number++ {
		row, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return places, told, nil
		case err != nil:
			return places, told, err
		case row.Number != number:
			return places, told, fmt.Errorf("row %d is number %d", number, row.Number)
		case row.Err != nil:
			places = append(places, row.Err.Error())
		default:
			places = append(places, fmt.Sprintf("%v %v", row.Place.Lat, row.Place.Lon))
		}
	}
}

// TestCombinedColumn: places in one column are found by its name, and the order of pairs by what is known of them. What
// can be read both ways is an error.
func TestCombinedColumn(t *testing.T) {
	const pair = "id,location\n1,\"53.07,8.80\"\n2,\n3,\"53.1, 8.9\"\n4,nowhere\n"
	for name, c := range map[string]struct {
		text    string
		csv     geofile.TableOptions
		opts    CombinedOptions
		want    string // of the places
		told    string
		failure string
	}{
		"in a region": {text: pair, opts: CombinedOptions{Covers: nearBremen}, want: `53.07 8.8|no coordinate|53.1 8.9|invalid coordinate: no two coordinates in "nowhere"`,
			told: `column "location": read as lat,lon: 2 of the first 2 places are in a region then, none the other way round`},
		"longitude first": {text: "location\n\"8.80,53.07\"\n\"8.9,53.1\"\n\"0,0\"\n", opts: CombinedOptions{Covers: nearBremen},
			want: "53.07 8.8|53.1 8.9|position 0,0: the receiver had no fix", told: `read as lon,lat: 2 of the first 3 places`},
		"given":             {text: pair, opts: CombinedOptions{Order: location.LonFirst, Covers: nearBremen}, want: `8.8 53.07|no coordinate|8.9 53.1|invalid coordinate: no two coordinates in "nowhere"`},
		"by its name":       {text: "lng_lat\n\"8.8,53.07\"\n", want: "53.07 8.8", told: `column "lng_lat": read as lon,lat: by its name`},
		"by its range":      {text: "geo\n\"151.2,-33.8\"\n\"15,-33\"\n", want: "-33.8 151.2|-33 15", told: "1 of the first 2 rows cannot be read the other way round"},
		"no evidence":       {text: pair, failure: `column "location": either number may be the latitude`},
		"outside":           {text: "point\n\"10,20\"\n", opts: CombinedOptions{Covers: nearBremen}, failure: "either number"},
		"evidence for both": {text: "point\n\"53,8.8\"\n\"8.8,53\"\n", opts: CombinedOptions{Covers: nearBremen}, failure: "either number"},
		"WKT":               {text: "geom,name\nPOINT (8.80 53.07),a\nPOINT EMPTY,b\n\"LINESTRING (8 53, 9 53)\",c\n", want: "53.07 8.8|no coordinate|the geometry is a LINESTRING, not a point"},
		"GeoJSON":           {text: "a;geojson\n1;\"{\"\"type\"\":\"\"Point\"\",\"\"coordinates\"\":[8.8,53.07]}\"\n", want: "53.07 8.8"},
		"one column":        {text: "latlon\n53.07,8.80\n53.1,8.9\n", want: "53.07 8.8|53.1 8.9", told: "by its name"},
		"mixed":             {text: "geom\nPOINT (8.80 53.07)\n\"53.07,8.80\"\n", want: "53.07 8.8|invalid coordinate: either number may be the latitude"},
		"named":             {text: "lat,lon,spot\n1,2,POINT (8.80 53.07)\n", csv: geofile.TableOptions{Combined: "spot"}, want: "53.07 8.8"},
		"two columns":       {text: "lat,lon,location\n1,2,Bremen\n", want: "1 2"},
		"a town":            {text: "name,location\nx,Bremen\ny,Hamburg\n", failure: `column "location" holds no coordinates: invalid coordinate: no two coordinates in "Bremen"`},
		"a named town":      {text: "name,location\nx,Bremen\n", csv: geofile.TableOptions{Combined: "location"}, want: `invalid coordinate: no two coordinates in "Bremen"`},
		"missing":           {text: pair, csv: geofile.TableOptions{Combined: "spot"}, failure: `no column "spot" in the header "id,location"`},
		"not quoted":        {text: "name,location\nx,53.07,8.80\ny,POINT (8.80 53.07)\n", want: "3 columns below a header of 2: are there decimal commas? Then separate columns by semicolons, or quote the numbers|53.07 8.8"},
		"no header":         {text: "53.07,8.80,gps\n", want: "53.07 8.8"},
	} {
		places, told, err := readCombined(c.text, c.csv, c.opts)
		if c.failure != "" {
			if err == nil || !strings.Contains(err.Error(), c.failure) {
				t.Errorf("%s: got %v, want %s", name, err, c.failure)
			}
			continue
		}
		if got := strings.Join(places, "|"); err != nil || got != c.want || !strings.Contains(told, c.told) || (told == "") != (c.told == "") {
			t.Errorf("%s: %s, told %q, %v", name, got, told, err)
		}
	}
}

// TestCombinedKeepsRows: rows that were read ahead are those of the table, in their order, with what they hold.
func TestCombinedKeepsRows(t *testing.T) {
	var text strings.Builder
	text.WriteString("id,location\n")
	for i := range 3 * surveyRows {
		fmt.Fprintf(&text, "%d,\"53.07,8.%d\"\n", i, i%1000)
	}
	r, err := NewCSVReader(strings.NewReader(text.String()), geofile.TableOptions{}, CombinedOptions{Covers: nearBremen})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := range 3 * surveyRows {
		row, err := r.Next()
		if err != nil || row.Err != nil || row.Values[0] != fmt.Sprint(i) || row.Number != int64(i+1) {
			t.Fatalf("row %d: %+v, %v", i, row, err)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

// TestCombinedBytes: bytes are WKB, numbers are no places.
func TestCombinedBytes(t *testing.T) {
	var point []byte
	point = append(point, 1, 1, 0, 0, 0)
	point = append(point, 0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0x21, 0x40, 0x29, 0x5c, 0x8f, 0xc2, 0xf5, 0x88, 0x4a, 0x40)
	c := combined{column: 0}
	for _, row := range []struct {
		value any
		want  string
	}{{point, ""}, {point[:10], "no WKB"}, {int64(5), "no two coordinates"}, {nil, "no coordinate"}} {
		r := Row{Values: []any{row.value}}
		c.place(&r)
		if row.want == "" && (r.Err != nil || r.Place != loc2vec.LatLon{Lat: 53.07, Lon: 8.8}) || row.want != "" && (r.Err == nil || !strings.Contains(r.Err.Error(), row.want)) {
			t.Errorf("%v: %v, %v", row.value, r.Place, r.Err)
		}
	}
}

// TestCombinedJSON: a member of JSON lines may hold both coordinates, as text, a list or an object.
func TestCombinedJSON(t *testing.T) {
	const text = `{"id":1,"location":{"lat":53.07,"lon":8.8}}
{"id":2,"location":"POINT (8.8 53.07)"}
{"id":3,"location":{"type":"Point","coordinates":[8.8,53.07]}}
{"id":4,"location":null}
{"id":5,"location":[8.8,53.07]}
`
	r, err := NewJSONLinesReader(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }, geofile.TableOptions{}, CombinedOptions{Order: location.LonFirst})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rowsOf(t, r) {
		if i == 3 && !errors.Is(row.Err, location.ErrNone) || i != 3 && row.Place != (loc2vec.LatLon{Lat: 53.07, Lon: 8.8}) {
			t.Errorf("row %d: %v, %v", i, row.Place, row.Err)
		}
	}
}
