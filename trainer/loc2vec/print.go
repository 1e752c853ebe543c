package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/loc2vec/loc2vec/trainer/internal/printable"
)

// printJSON prints a value as indented JSON.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// listing prints names and values in two columns.
type listing struct{ *tabwriter.Writer }

func newListing(w io.Writer) listing { return listing{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)} }

func (t listing) row(name, format string, args ...any) {
	fmt.Fprintf(t, "%s\t%s\n", printable.Text(name), printable.Text(fmt.Sprintf(format, args...)))
}
