package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/osmextract/schema"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
)

// newVersion is the verb version: what a bug report should begin with.
func newVersion(std stdio) *cobra.Command {
	return &cobra.Command{
		Use: "version", GroupID: otherGroup, Args: noArguments,
		Short:   "print version, build and formats, for a bug report",
		Example: "  loc2vec version",
		RunE: func(*cobra.Command, []string) error {
			t := newListing(std.out)
			t.row(program, "%s", moduleVersion())
			t.row("commit", "%s", commit())
			t.row("go", "%s %s/%s, %v", runtime.Version(), runtime.GOOS, runtime.GOARCH, kernel.BestISA())
			t.row("engines", "%s", engines())
			t.row("pack format", "%d", pack.FormatVersion)
			t.row("bundle format", "%d", bundle.FormatVersion)
			t.row("schema", "%s", schema.Hash())
			return t.Flush()
		},
	}
}

// engines names what this build computes models with.
func engines() string {
	if sdk.HasONNXRuntime() {
		return fmt.Sprintf("%s; %s, if ONNX Runtime is found", sdk.Go, sdk.ORT)
	}
	return fmt.Sprintf("%s; %s needs a build with cgo", sdk.Go, sdk.ORT)
}

// commit is the commit that the program was built from.
func commit() string {
	text := "unknown" // a build outside of a checkout
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return text
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			text = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			text += ", with changes"
		}
	}
	return text
}
