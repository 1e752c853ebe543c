package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// runInspect prints what packs and bundles hold.
func runInspect(_ context.Context, std stdio, args []string) error {
	f := newFlags(std, "inspect", "FILE|base... [-json]")
	asJSON := f.Bool("json", false, "print JSON: a pack's metadata, a bundle's manifest")
	files, err := f.parseFiles(args)
	if err != nil {
		return err
	}
	for _, path := range files {
		kind, err := kindOf(path)
		if err != nil {
			return err
		}
		if kind == packFile {
			err = inspectPack(std.out, path, *asJSON)
		} else {
			err = inspectBundle(std.out, path, *asJSON)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// parseFiles reads flags before, between and behind one or more file names.
func (f flags) parseFiles(args []string) ([]string, error) {
	var files []string
	for {
		if err := f.parse(args, true); err != nil {
			return nil, err
		}
		if args = f.Args(); len(args) == 0 {
			break
		}
		files, args = append(files, args[0]), args[1:]
	}
	if len(files) == 0 {
		return nil, usagef("a file is needed")
	}
	return files, nil
}

// fileKind is what a file is by its first bytes.
type fileKind int

const (
	packFile fileKind = iota
	bundleFile
)

// kindOf tells packs and bundles apart.
func kindOf(path string) (fileKind, error) {
	if path == pipeline.BaseModel {
		return bundleFile, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var magic [7]byte
	if _, err := io.ReadFull(f, magic[:]); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, err
	}
	switch {
	case string(magic[:]) == "PMTiles":
		return packFile, nil
	case string(magic[:4]) == "PK\x03\x04":
		return bundleFile, nil
	}
	return 0, fmt.Errorf("%s: %w: neither a region pack nor a bundle", path, loc2vec.ErrCorrupt)
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func inspectPack(w io.Writer, path string, asJSON bool) (err error) {
	pack, err := pack.OpenFile(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pack.Close()) }()
	m := pack.Metadata()
	if asJSON {
		return printJSON(w, m)
	}
	t := newTable(w)
	t.row("region pack", "%s (%s)", m.Name, path)
	t.row("format", "%d", m.FormatVersion)
	t.row("schema", "%s", m.SchemaHash)
	t.row("contents", "%s", m.ContentSHA256)
	t.row("attribution", "%s", m.Attribution)
	for _, s := range m.Sources {
		t.row("source", "%s, %d bytes, %s", s.Name, s.Bytes, s.Date)
	}
	for _, b := range m.Area {
		t.row("covers", "%v to %v", b.Min, b.Max)
	}
	t.row("tiles", "%d, %d different ones", m.Tiles, m.Contents)
	for _, layer := range slices.Sorted(maps.Keys(m.Features)) {
		t.row("  "+layer, "%d", m.Features[layer])
	}
	return t.Flush()
}

func inspectBundle(w io.Writer, path string, asJSON bool) error {
	bundle, err := pipeline.OpenBundle(path)
	if err != nil {
		return err
	}
	m := &bundle.Manifest
	if asJSON {
		return printJSON(w, m)
	}
	net, err := onnx.Unmarshal(bundle.Model)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	t := newTable(w)
	t.row("bundle", "%s", path)
	t.row("format", "%d", m.FormatVersion)
	t.row("space", "%s, %d dimensions, %s", m.SpaceID, m.Dimension, m.Distance)
	t.row("schema", "%s", m.SchemaHash)
	t.row("raster", "%g m, %d pixels", m.Raster.Metres, m.Raster.Pixels)
	t.row("model", "%d bytes, %d convolutions and %d dense layers", len(bundle.Model), len(net.Convs), len(net.Dense))
	if net.Rotations > 1 {
		t.row("rotations", "averaged over %d rotations of the raster", net.Rotations)
	}
	t.row("quantisation", "%s", m.Quantisation)
	t.row("golden vectors", "%d", len(bundle.Golden))
	p := &m.Provenance
	t.row("net", "%s, loss %s, %d steps, seed %d", p.Net, p.Loss, p.Steps, p.Seed)
	for _, pack := range p.Packs {
		t.row("trained on", "%s, %s", pack.Name, pack.Attribution)
	}
	t.row("command", "%s", p.Command)
	return t.Flush()
}

// table prints names and values in two columns.
type table struct{ *tabwriter.Writer }

func newTable(w io.Writer) table { return table{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)} }

func (t table) row(name, format string, args ...any) {
	fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...))
}
