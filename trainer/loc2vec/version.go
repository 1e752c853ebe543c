package main

import (
	"context"
	"runtime"
	"runtime/debug"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/osmextract/schema"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
)

// runVersion prints what a report of a fault should begin with.
func runVersion(_ context.Context, std stdio, args []string) error {
	f := newFlags(std, "version", "")
	if err := f.parse(args, false); err != nil {
		return err
	}
	version, commit := "not known", "not known" // to a build without modules, or outside of a checkout
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				commit += ", with changes"
			}
		}
	}
	t := newTable(std.out)
	t.row("loc2vec", "%s", version)
	t.row("commit", "%s", commit)
	t.row("go", "%s %s/%s, %v", runtime.Version(), runtime.GOOS, runtime.GOARCH, kernel.BestISA())
	if sdk.HasONNXRuntime() {
		t.row("engines", "go; ort, if ONNX Runtime is found")
	} else {
		t.row("engines", "go; ort needs a build with cgo")
	}
	t.row("pack format", "%d", pack.FormatVersion)
	t.row("bundle format", "%d", bundle.FormatVersion)
	t.row("schema", "%s", schema.Hash())
	return t.Flush()
}
