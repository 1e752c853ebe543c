// Command loc2vec makes region packs from OpenStreetMap extracts, trains and evaluates location
// encoders on them, and computes embeddings.
//
// Data goes to standard output, progress and messages to standard error. The exit status is 0, 1
// after a failure and 2 when the command line is wrong. Every output file is written under a
// temporary name and renamed, so that an interrupted command leaves nothing half-written.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// verb is one command of the command line; its file bears its name.
type verb struct {
	name    string
	summary string
	run     func(ctx context.Context, std stdio, args []string) error
}

func verbs() []verb {
	return []verb{
		{"extract", "OpenStreetMap extracts to a region pack", runExtract},
		{"train", "region packs to a model bundle", runTrain},
		{"evaluate", "a model beside the baselines, on places it was not trained on", runEvaluate},
		{"ablate", "recipes of train against each other, with several seeds, on held-out regions", runAblate},
		{"weights", "how each loss weighs the pairs of a batch: General Pair Weighting at work", runWeights},
		{"embed", "the vectors of places", runEmbed},
		{"raster", "what the encoder sees of a place, as numbers or a picture", runRaster},
		{"inspect", "what packs and bundles hold", runInspect},
		{"verify", "the integrity of packs and bundles, golden vectors included", runVerify},
		{"fieldtest", "a recorded track, replayed through the sdk as a phone would", runFieldtest},
		{"sign", "keys, and signatures of packs and bundles", runSign},
		{"demo", "the whole line on a real city, ending in vectors and a report", runDemo},
		{"version", "what this program is, for a report of a fault", runVersion},
	}
}

// stdio are the standard streams, so that tests can replace them.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// usageError is an error in the command line itself: exit status 2.
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
	os.Exit(run(ctx, stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.Args[1:]))
}

// run executes one command line and returns the exit status.
func run(ctx context.Context, std stdio, args []string) int {
	if len(args) == 0 {
		printUsage(std.err)
		return 2
	}
	name := args[0]
	if name == "help" || name == "-h" || name == "-help" || name == "--help" {
		printUsage(std.out)
		return 0
	}
	for _, v := range verbs() {
		if v.name != name {
			continue
		}
		err := v.run(ctx, std, args[1:])
		var usage usageError
		var request pipeline.RequestError
		switch {
		case err == nil:
			return 0
		case errors.Is(err, flag.ErrHelp):
			return 0
		case errors.As(err, &usage), errors.As(err, &request):
			fmt.Fprintf(std.err, "loc2vec %s: %v (loc2vec %s -h lists the flags)\n", name, err, name)
			return 2
		case ctx.Err() != nil && errors.Is(err, context.Canceled):
			fmt.Fprintf(std.err, "loc2vec %s: interrupted: %v\n", name, err)
		default:
			fmt.Fprintf(std.err, "loc2vec %s: %v\n", name, err)
		}
		return 1
	}
	fmt.Fprintf(std.err, "loc2vec: no verb %q\n\n", name)
	printUsage(std.err)
	return 2
}

func printUsage(w io.Writer) {
	fmt.Fprint(w, "usage: loc2vec VERB [flags]\n\n")
	for _, v := range verbs() {
		fmt.Fprintf(w, "  %-10s %s\n", v.name, v.summary)
	}
	fmt.Fprint(w, "\nloc2vec VERB -h lists the flags of a verb.\n")
}

// flags is a verb's flag set.
type flags struct {
	*flag.FlagSet
	help func() // prints the flags
}

// newFlags starts a verb's flag set; synopsis is its usage line after the verb.
func newFlags(std stdio, name, synopsis string) flags {
	f := flags{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError)}
	f.SetOutput(io.Discard) // package flag would print all flags below what is wrong with one
	f.help = func() {
		fmt.Fprintf(std.err, "usage: loc2vec %s %s\n\n", name, synopsis)
		f.SetOutput(std.err)
		f.PrintDefaults()
	}
	return f
}

// parse reads the verb's arguments; positional arguments are an error unless allowed.
func (f flags) parse(args []string, positional bool) error {
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		f.help()
		return err
	}
	if err != nil {
		return usageError{err: err}
	}
	if !positional && f.NArg() > 0 {
		return usagef("unexpected argument %q", f.Arg(0))
	}
	return nil
}

// given returns the names of the flags on the command line.
func (f flags) given() []string {
	var names []string
	f.Visit(func(g *flag.Flag) { names = append(names, g.Name) })
	return names
}

// splitList splits a list of names at its commas. An empty list has no names.
func splitList(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// checkOutput is output.Check for the file that a flag names: its errors are about usage.
func checkOutput(flag, path string, inputs ...string) error {
	if err := output.Check(path, inputs...); err != nil {
		return usageError{err: fmt.Errorf("%s %s: %w", flag, path, err)}
	}
	return nil
}
