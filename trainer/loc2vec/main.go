// Command loc2vec makes region packs from OpenStreetMap extracts, trains and evaluates location
// encoders on them, and computes embeddings.
//
// Data goes to standard output, progress and messages to standard error. The exit status is 0, or 1
// after a failure, 2 after an error in the command line and 130 after an interruption. Every output
// file is written under a temporary name and renamed: an interrupted command leaves no partial file.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
)

// Exit statuses.
const (
	statusOK          = 0
	statusFailure     = 1
	statusUsage       = 2
	statusInterrupted = 130 // 128 + SIGINT, as shells report it
)

// usageError is an error in the command line itself.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{err: fmt.Errorf(format, args...)} }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second Ctrl-C ends the process at once
	}()
	os.Exit(run(ctx, standard(), os.Args[1:]))
}

// run executes one command line, reports its error in one line and returns the exit status.
func run(ctx context.Context, std stdio, args []string) int {
	std = std.harmless()
	name, err := execute(ctx, std, args)
	var usage usageError
	var request pipeline.RequestError
	switch {
	case err == nil:
		return statusOK
	case errors.Is(err, errNoVerb): // the help says it all
		return statusUsage
	case errors.As(err, &usage), errors.As(err, &request):
		help := program + " help"
		if verb := strings.TrimPrefix(name, program+" "); verb != name && name != help {
			help += " " + verb
		}
		fmt.Fprintf(std.err, "%s: %s (see %s)\n", name, printable.Lines(err.Error()), help)
		return statusUsage
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintf(std.err, "%s: interrupted: %s\n", name, printable.Lines(err.Error()))
		return statusInterrupted
	}
	fmt.Fprintf(std.err, "%s: %s\n", name, printable.Lines(err.Error()))
	return statusFailure
}

// checkOutput is output.Check for the file that a flag names: its errors are about usage.
func checkOutput(flag, path string, inputs ...string) error {
	if err := output.Check(path, inputs...); err != nil {
		return usagef("%s %s: %w", flag, path, err)
	}
	return nil
}
