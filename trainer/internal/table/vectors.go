package table

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
)

// Spaced is a Reader of a format that names the embedding space of its vectors.
type Spaced interface {
	// Space returns the id of the space, empty if the file names none.
	Space() string
}

// Vectors reads a table whose vectors are columns, as a Writer makes them. They are in Row.Vector, and no columns.
type Vectors struct {
	Reader
	columns []Column
	kept    []int // columns of the reader that stay columns
	numbers []int // columns of the numbers of a vector
	list    int   // column of vectors as lists, -1: there are numbers
	places  []coordinates
	values  []any
	vector  []float32
}

// NewVectors returns a reader of the vectors in the columns of a table: v0, v1 and so on, or "vector". It returns nil for a
// table without such columns, and an error if there are other than the given number of dimensions. A row without a place
// whose geometry is an area, such as a cell, gets that of its columns lat and lon, or nearest_lat and nearest_lon. A vector
// that cannot be read is an error of its row.
func NewVectors(r Reader, dimensions int) (*Vectors, error) {
	v := &Vectors{Reader: r, list: -1, vector: make([]float32, dimensions)}
	columns := r.Columns()
	at := func(name string) int {
		return slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
	}
	for _, prefix := range []string{"loc2vec_v", "v"} {
		for i := at(prefix + "0"); i >= 0 && len(v.numbers) < len(columns); i = at(fmt.Sprint(prefix, len(v.numbers))) {
			v.numbers = append(v.numbers, i)
		}
		switch n := len(v.numbers); {
		case n == dimensions:
			return v.finish(columns), nil
		case n > 1:
			return nil, fmt.Errorf("the vectors have %d dimensions (columns %s0 to %s%d), not %d", n, prefix, prefix, n-1, dimensions)
		}
		v.numbers = nil // one column of such a name is of the user
	}
	for _, name := range []string{"vector_loc2vec", "vector"} {
		if v.list = at(name); v.list >= 0 {
			return v.finish(columns), nil
		}
	}
	return nil, nil
}

// finish finds the columns that stay, and those of places.
func (v *Vectors) finish(columns []Column) *Vectors {
	for i, c := range columns {
		if i != v.list && !slices.Contains(v.numbers, i) {
			v.kept = append(v.kept, i)
			v.columns = append(v.columns, c)
		}
	}
	v.values = make([]any, len(v.kept))
	for _, names := range []geofile.TableOptions{{Lat: "lat", Lon: "lon"}, {Lat: "nearest_lat", Lon: "nearest_lon"}} {
		if c, err := findCoordinates(columns, names); err == nil {
			v.places = append(v.places, c)
		}
	}
	return v
}

// Columns implements Reader.
func (v *Vectors) Columns() []Column { return v.columns }

// Next implements Reader.
func (v *Vectors) Next() (*Row, error) {
	read, err := v.Reader.Next()
	if err != nil {
		return nil, err
	}
	row := *read
	for i := 0; i < len(v.places) && row.Err != nil; i++ {
		if place, err := v.places[i].of(read.Values); err == nil {
			row.Place, row.Err = place, nil
		}
	}
	if row.Vector, err = v.read(read.Values); err != nil {
		row.Err = err
	}
	for i, at := range v.kept {
		v.values[i] = read.Values[at]
	}
	row.Values = v.values
	return &row, nil
}

// read returns the vector of a row, nil if it has none.
func (v *Vectors) read(values []any) ([]float32, error) {
	if v.list >= 0 {
		text, ok := values[v.list].(string)
		if values[v.list] == nil || text == "" && ok {
			return nil, nil
		}
		var numbers []float32
		// null would be read as 0.
		if err := json.Unmarshal([]byte(text), &numbers); err != nil || strings.Contains(text, "null") {
			return nil, fmt.Errorf("column %q is no list of numbers", v.Reader.Columns()[v.list].Name)
		}
		if len(numbers) != len(v.vector) {
			return nil, fmt.Errorf("its vector has %d dimensions, not %d", len(numbers), len(v.vector))
		}
		return numbers, nil
	}
	missing := 0
	for i, at := range v.numbers {
		n, ok := numberOf(values[at])
		switch {
		case values[at] == nil:
			missing++
		case !ok || !(math.Abs(n) <= math.MaxFloat32):
			return nil, fmt.Errorf("column %q is no number", v.Reader.Columns()[at].Name)
		}
		v.vector[i] = float32(n)
	}
	switch missing {
	case 0:
		return v.vector, nil
	case len(v.numbers):
		return nil, nil
	}
	return nil, errors.New("a part of its vector is missing")
}
