package main

import (
	"io"
	"os"

	"github.com/loc2vec/loc2vec/trainer/internal/printable"
)

// stdio holds the standard streams of a command, so that tests can replace them.
type stdio struct {
	in io.Reader
	// out and err are for what people read: listings, messages, errors, also JSON. A command gets both as
	// a printable.Writer, so that no text of a file commands the terminal.
	out, err io.Writer
	// data is standard output for tables, which have every byte of their texts. On a terminal it is out.
	data    io.Writer
	command string // the command line, recorded in outputs
}

// standard returns the streams of the process. This is the only place that names them.
func standard() stdio { return stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr} }

// harmless returns the streams in the form that commands get.
func (s stdio) harmless() stdio {
	if s.out == nil || s.data != nil {
		return s
	}
	out := printable.NewWriter(s.out)
	if s.data = s.out; out.Terminal() != nil {
		s.data = out
	}
	s.out, s.err = out, printable.NewWriter(s.err)
	return s
}
