package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/internal/format"
	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// newInspect is the verb inspect.
func newInspect(std stdio) *cobra.Command {
	var asJSON bool
	var coverage string
	cmd := &cobra.Command{
		Use: "inspect FILE...", GroupID: filesGroup, Args: someFiles,
		Short: "print what packs and bundles hold",
		Example: `  loc2vec inspect bremen.pmtiles m.l2v
  loc2vec inspect base --json
  loc2vec inspect --coverage area.geojson bremen.pmtiles hamburg.pmtiles`,
		RunE: func(cmd *cobra.Command, files []string) error {
			if coverage != "" {
				return writeCoverage(cmd.Context(), std, coverage, files)
			}
			for _, path := range files {
				kind, err := kindOf(path)
				if err != nil {
					return err
				}
				inspect := inspectBundle
				if kind == format.Pack {
					inspect = inspectPack
				}
				if err := inspect(std.out, path, asJSON); err != nil {
					return err
				}
			}
			return nil
		},
	}
	jsonFlag(cmd, &asJSON, "a pack's metadata, a bundle's manifest,")
	cmd.Flags().StringVar(&coverage, "coverage", "", "FILE|instead, write the area that each pack covers as a GeoJSON file; - for standard output")
	completeFiles(cmd, "coverage", "geojson", "json")
	completeArguments(cmd, packEnding, bundleEnding)
	return cmd
}

// maxListedBoxes is the number of boxes of a pack that are printed. Cuts may have thousands.
const maxListedBoxes = 100

func inspectPack(w io.Writer, path string, asJSON bool) (err error) {
	p, err := pack.OpenFile(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	m := p.Metadata()
	if asJSON {
		return printJSON(w, m)
	}
	t := newListing(w)
	t.row("region pack", "%s (%s)", m.Name, path)
	t.row("format", "%d", m.FormatVersion)
	t.row("schema", "%s", m.SchemaHash)
	t.row("contents", "%s", m.ContentSHA256)
	t.row("attribution", "%s", m.Attribution)
	for _, s := range m.Sources {
		t.row("source", "%s, %d bytes, %s", s.Name, s.Bytes, s.Date)
	}
	if o := m.Origin; o != nil {
		t.row("cut from", "%s, contents %s, with the tiles within %v m", o.Name, o.ContentSHA256, o.Reach)
	}
	for i, b := range m.Area {
		if i == maxListedBoxes {
			t.row("covers", "%d boxes more", len(m.Area)-i)
			break
		}
		t.row("covers", "%v to %v", b.Min, b.Max)
	}
	t.row("tiles", "%d, %d different ones", m.Tiles, m.Contents)
	for _, layer := range slices.Sorted(maps.Keys(m.Features)) {
		t.row("  "+layer, "%d", m.Features[layer])
	}
	return t.Flush()
}

func inspectBundle(w io.Writer, path string, asJSON bool) error {
	b, err := pipeline.OpenBundle(path)
	if err != nil {
		return err
	}
	m := &b.Manifest
	if asJSON {
		return printJSON(w, m)
	}
	net, err := onnx.Unmarshal(b.Model)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	t := newListing(w)
	t.row("bundle", "%s", path)
	t.row("format", "%d", m.FormatVersion)
	t.row("space", "%s, %d dimensions, %s", m.SpaceID, m.Dimension, m.Distance)
	t.row("schema", "%s", m.SchemaHash)
	t.row("raster", "%g m, %d pixels", m.Raster.Metres, m.Raster.Pixels)
	t.row("model", "%d bytes, %d convolutions and %d dense layers", len(b.Model), len(net.Convs), len(net.Dense))
	if net.Rotations > 1 {
		t.row("rotations", "averaged over %d rotations of the raster", net.Rotations)
	}
	t.row("engines", "%s", engines())
	t.row("quantisation", "%s", m.Quantisation)
	t.row("golden vectors", "%d", len(b.Golden))
	p := &m.Provenance
	t.row("net", "%s, loss %s, %d steps, seed %d", p.Net, p.Loss, p.Steps, p.Seed)
	for _, pack := range p.Packs {
		t.row("trained on", "%s, %s", pack.Name, pack.Attribution)
	}
	t.row("command", "%s", p.Command)
	return t.Flush()
}
