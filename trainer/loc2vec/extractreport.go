package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// printExtractStats prints what an extraction read, wrote and left out.
func printExtractStats(w io.Writer, path string, s *pipeline.Extracted) {
	from := "a database"
	if read := sourceBytes(&s.Stats); read > 0 {
		from = fmt.Sprintf("%.1f MB (ratio %.2f)", float64(read)/1e6, float64(s.PackBytes)/float64(read))
	}
	fmt.Fprintf(w, "\n%s: %.1f MB from %s in %s\n", path, float64(s.PackBytes)/1e6, from, s.Took.Round(10*time.Millisecond))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "layer\tshapes\tin tiles\t\n")
	for l := range loc2vec.Layer(loc2vec.NumLayers) {
		fmt.Fprintf(t, "%v\t%d\t%d\t\n", l, s.Shapes[l.String()], s.Pack.Features[l.String()])
	}
	t.Flush()
	fmt.Fprintf(w, "read: %d nodes, %d ways, %d relations\n", s.Nodes, s.Ways, s.Relations)
	fmt.Fprintf(w, "tiles: %d, %d different; %d more in the extract's box hold next to nothing and are left out\n", s.Pack.Tiles, s.Pack.Contents, s.Unmapped)
	fmt.Fprintf(w, "multipolygons: %d complete, %d partial, %d left out; %d old-style (tags on the outer ways), %d closed outside the box\n",
		s.Areas.Complete, s.Areas.Open, s.Areas.Empty, s.Areas.OldStyle, s.Areas.Closed)
	fmt.Fprintf(w, "sea: %d coastline ways, %d tiles with coast, %d of sea only\n", s.Sea.Ways, s.Sea.Mixed, s.Sea.Whole)
	for _, dropped := range []struct {
		n    int
		what string
	}{
		{s.Sea.WrongRings, "closed coasts that contradict what lies around them, left out or reversed"},
		{s.Sea.Conflicts, "contradictions of coasts, resolved by what is nearest"},
		{s.Outside, "shapes outside the covered area, left out"},
		{s.Small, "shapes smaller than the grid of a tile (a quarter of a metre), left out"},
		{s.Areas.Repaired, "multipolygons with repeated or shared lines, short gaps or rings that cross, repaired"},
		{s.CrossingWays, "areas with an outline that crosses itself, drawn as the parts that it encloses"},
		{s.MissingNodes + s.Areas.MissingNodes, "nodes of ways missing from the files or off the Earth, left out"},
		{s.BrokenWays, "ways with too few known nodes, left out"},
		{s.Areas.MissingWays, "members of multipolygons missing from the files"},
		{s.Unplaced, "nodes with coordinates off the Earth, left out"},
		{s.Repeated, "objects in several files, used once"},
		{s.Differing, "of these with other contents in other files"},
		{s.Joined + s.Areas.Joined, "of these joined from the parts that the files hold, the others used as in the first file"},
	} {
		if dropped.n > 0 {
			fmt.Fprintf(w, "%d %s\n", dropped.n, dropped.what)
		}
	}
}

func sourceBytes(s *osmextract.Stats) int64 {
	bytes := int64(0)
	for _, source := range s.Pack.Sources {
		bytes += source.Bytes
	}
	return bytes
}
