package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// vectorFormats are the values of --format.
func vectorFormats() []string { return []string{"csv", "json"} }

// vectorWriter writes results in one of the formats.
type vectorWriter interface {
	write(place rowPlace, r *sdk.Result) error
	flush() error
}

func newVectorWriter(w io.Writer, format string) (vectorWriter, error) {
	switch format {
	case "json":
		return jsonVectors{json.NewEncoder(w)}, nil
	case "csv":
		out := &csvVectors{rows: csv.NewWriter(w)}
		header := []string{"row", "lat", "lon"}
		for i := range loc2vec.Dimension {
			header = append(header, fmt.Sprintf("v%d", i))
		}
		return out, out.rows.Write(append(header, "mapped", "region", "space"))
	}
	return nil, usagef("--format %q: want csv or json", format)
}

// jsonVectors writes one object a line.
type jsonVectors struct{ out *json.Encoder }

func (j jsonVectors) write(place rowPlace, r *sdk.Result) error {
	return j.out.Encode(struct {
		Row      int                        `json:"row,omitempty"`
		Lat      float64                    `json:"lat"`
		Lon      float64                    `json:"lon"`
		Vector   [loc2vec.Dimension]float32 `json:"vector"`
		Mapped   float64                    `json:"mapped"`
		Unmapped bool                       `json:"unmapped,omitempty"`
		Region   string                     `json:"region"`
		Space    string                     `json:"space"`
	}{place.row, place.Lat, place.Lon, r.Vector.Values, r.Mapped, r.Unmapped, r.Region, r.Vector.SpaceID})
}

func (jsonVectors) flush() error { return nil }

// csvVectors writes one row for each place.
type csvVectors struct {
	rows *csv.Writer
	row  []string
}

func (c *csvVectors) write(place rowPlace, r *sdk.Result) error {
	number := func(v float64, bits int) { c.row = append(c.row, strconv.FormatFloat(v, 'g', -1, bits)) }
	c.row = append(c.row[:0], "")
	if place.row > 0 {
		c.row[0] = strconv.Itoa(place.row)
	}
	number(place.Lat, 64)
	number(place.Lon, 64)
	for _, v := range r.Vector.Values {
		number(float64(v), 32)
	}
	number(r.Mapped, 64)
	c.row = append(c.row, r.Region, r.Vector.SpaceID)
	return c.rows.Write(c.row)
}

func (c *csvVectors) flush() error {
	c.rows.Flush()
	return c.rows.Error()
}

// embedding writes the vectors of places.
type embedding struct {
	model    *sdk.Model
	out      vectorWriter
	messages io.Writer
}

// write writes the vectors of places in their order. It reports and counts places without a vector.
func (e *embedding) write(ctx context.Context, wanted []rowPlace) (failed int, err error) {
	const chunk = 1024 // small enough for the first vectors to appear soon
	for part := range slices.Chunk(wanted, chunk) {
		places := make([]loc2vec.LatLon, len(part))
		for i, w := range part {
			places[i] = w.LatLon
		}
		outcomes, err := e.model.EmbedMany(ctx, places)
		if err != nil {
			return failed, errors.Join(err, e.out.flush()) // the vectors of earlier parts
		}
		for i, o := range outcomes {
			if o.Err != nil {
				failed++
				fmt.Fprintf(e.messages, "%v: %v\n", part[i], o.Err)
				continue
			}
			if err := e.out.write(part[i], &o.Result); err != nil {
				return failed, err
			}
		}
	}
	return failed, e.out.flush()
}
