package geofile

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// TestTable reads every row with all its fields, those without a place too, and line breaks within fields.
func TestTable(t *testing.T) {
	for _, c := range []struct {
		text, columns string
		rows          []string
	}{
		{"id,lat,lon,note\n7,53.1,8.8,\"two\nlines\"\n8,here,8.8,x\n9,0,0\n10,91,0,a,b\n", "id lat lon note", []string{
			"2 7|53.1|8.8|two\nlines 53.1000000,8.8000000", "4 8|here|8.8|x bad", "5 9|0|0 bad", "6 10|91|0|a|b bad"}},
		{"53.1;8.8;a\n53.2;8.9;b\n", "column1 column2 column3", []string{"1 53.1|8.8|a 53.1000000,8.8000000", "2 53.2|8.9|b 53.2000000,8.9000000"}},
		{"# made by hand\nLat\tLon\t\tName\n53,1\t8,8\t\tx\n", "Lat Lon column3 Name", []string{"3 53,1|8,8||x 53.1000000,8.8000000"}},
		{"lat,lon\n", "lat lon", nil},
	} {
		table, err := NewTable(strings.NewReader(c.text), TableOptions{})
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		var rows []string
		for {
			row, err := table.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			place := row.Place.String()
			if row.Err != nil {
				place = "bad"
			}
			rows = append(rows, fmt.Sprintf("%d %s %s", row.Line, strings.Join(row.Fields, "|"), place))
		}
		table.Close()
		if got := strings.Join(table.Columns, " "); got != c.columns || !slices.Equal(rows, c.rows) {
			t.Errorf("%q: columns %q, rows %q", c.text, got, rows)
		}
	}
	for _, text := range []string{"", "name,town\na,b\n"} {
		if _, err := NewTable(strings.NewReader(text), TableOptions{}); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}
