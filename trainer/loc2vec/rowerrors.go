package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/loc2vec/loc2vec/trainer/internal/printable"
)

// maxToldRows is the number of rows without a vector that are told one by one.
const maxToldRows = 5

// rowErrors counts the rows that have no vector.
type rowErrors struct {
	verb     string // of the command
	leftOut  bool   // they are not in the output
	format   string // of the output
	messages io.Writer
	rows     int
}

// add counts a row, tells the first ones, and returns the value of its column "error".
func (e *rowErrors) add(number int64, err error) string {
	reason := strings.TrimPrefix(err.Error(), "embedding: ")
	if e.rows++; e.rows <= maxToldRows {
		fmt.Fprintf(e.messages, "%s: row %d: %s\n", e.verb, number, printable.Text(reason))
	}
	return addedCell(e.format, reason)
}

// report tells how many of the rows have no vector.
func (e *rowErrors) report(total int) {
	fate := "the column error says why"
	if e.leftOut {
		fate = "they are left out"
	}
	if e.rows > 0 {
		fmt.Fprintf(e.messages, "%s: %d of %d rows have no vector; %s\n", e.verb, e.rows, total, fate)
	}
}

// addedCell returns a text that comes from a file as the value of an added column: harmless for spreadsheets in formats
// that they open. The cells of the input stay as they are.
func addedCell(format, text string) string {
	if isSeparated(format) {
		return printable.Cell(text)
	}
	return text
}
