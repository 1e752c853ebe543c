package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
)

// explainFlags are the flags of the verb explain.
type explainFlags struct {
	bundle   string
	packs    []string
	at       []string
	asJSON   bool
	png, out string
	engine   engineFlags
}

// newExplain is the verb explain.
func newExplain(std stdio) *cobra.Command {
	var o explainFlags
	cmd := &cobra.Command{
		Use: "explain --bundle M.l2v --pack R.pmtiles --at LAT,LON", GroupID: useGroup, Args: noArguments,
		Short: "tell which layers of the map a vector rests on",
		Long: `Tell what a model sees of a place, and which layers of the map its vector rests on: how much of the window each layer
covers, and how far the vector moves when the layer is taken away. Layers interact, so the distances have no meaningful
sum. For a place without a vector: why it has none.`,
		Example: `  loc2vec explain --bundle base --pack bremen.pmtiles --at 53.0757,8.8077
  loc2vec explain --bundle base --pack bremen.pmtiles --at 53.0757,8.8077 --at 53.0945,8.8225 --json
  loc2vec explain --bundle base --pack bremen.pmtiles --at 53.0757,8.8077 -o cathedral.png`,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.explain(cmd.Context(), std) },
	}
	bundleFlag(cmd, &o.bundle, "")
	packFlag(cmd, &o.packs, "")
	cmd.Flags().Var(repeated{&o.at}, "at", "LAT,LON|the place, in degrees; may be repeated")
	jsonFlag(cmd, &o.asJSON, "an object for each place,")
	cmd.Flags().StringVar(&o.png, "png", "", "FILE|write the raster of the place as a picture, its twelve layers four in a row")
	completeFiles(cmd, "png", "png")
	outputFlag(cmd, &o.out, "FILE|write a file instead of printing: .txt, .json or .png, the picture", "txt", "json", "png")
	o.engine.add(cmd)
	return cmd
}

// check checks the flags, and returns the places.
func (o *explainFlags) check() (places []loc2vec.LatLon, err error) {
	switch ending := strings.ToLower(filepath.Ext(o.out)); {
	case o.bundle == "" || len(o.packs) == 0 || len(o.at) == 0:
		return nil, usagef("--bundle, --pack and --at are needed")
	case o.out == "":
	case ending == ".png" && (o.png != "" || o.asJSON):
		return nil, usagef("-o %s is a picture: give it without --png and --json", o.out)
	case ending == ".png":
		o.png = o.out
	case ending == ".json":
		o.asJSON = true
	case ending != ".txt" || o.asJSON:
		return nil, usagef("-o %s: want a file that ends with .txt, .json or .png", o.out)
	}
	if o.png != "" && len(o.at) > 1 {
		return nil, usagef("a picture shows one place: give --at once")
	}
	for _, text := range o.at {
		place, err := parsePlace(text)
		if err != nil {
			return nil, usagef("--at: %w", err)
		}
		places = append(places, place)
	}
	inputs := append([]string{o.bundle}, o.packs...)
	if err := checkOutput("--png", o.png, inputs...); err != nil {
		return nil, err
	}
	return places, checkOutput("-o", o.out, inputs...)
}

func (o *explainFlags) explain(ctx context.Context, std stdio) (err error) {
	places, err := o.check()
	if err != nil {
		return err
	}
	opts, err := o.engine.options(std)
	if err != nil {
		return err
	}
	model, err := openModel(o.bundle, o.packs, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	var text bytes.Buffer
	explained := 0
	for i, place := range places {
		e, err := model.Explain(ctx, place)
		if err != nil {
			return err
		}
		if e.Err == nil {
			explained++
		}
		if o.png != "" {
			if err := writeExplanationPNG(o.png, e); err != nil {
				return err
			}
		}
		if i > 0 && !o.asJSON {
			text.WriteByte('\n')
		}
		if err := o.print(&text, explanation{model, place, e}); err != nil {
			return err
		}
	}
	if err := o.deliver(std.out, text.Bytes()); err != nil {
		return err
	}
	if explained == 0 {
		return errors.New("no place has a vector")
	}
	return nil
}

// deliver writes the text to where it is wanted.
func (o *explainFlags) deliver(stdout io.Writer, text []byte) error {
	switch {
	case o.out == "":
		_, err := stdout.Write(text)
		return err
	case o.out == o.png:
		return nil // the picture is all that is wanted
	}
	return output.WriteBytes(o.out, text)
}

// writeExplanationPNG writes the picture of a place.
func writeExplanationPNG(path string, e *sdk.Explanation) error {
	picture, err := e.PNG()
	if err != nil && e.Reason != "" {
		return fmt.Errorf("%w: %s", err, e.Reason)
	}
	if err != nil {
		return err
	}
	return output.WriteBytes(path, picture)
}

// explanation is what is told about a place.
type explanation struct {
	model *sdk.Model
	place loc2vec.LatLon
	*sdk.Explanation
}

// attribution returns that of the map data of the place.
func (e *explanation) attribution() string {
	for _, m := range e.model.Regions() {
		if m.Name == e.Result.Region {
			return m.Attribution
		}
	}
	return ""
}

// print prints an explanation as text or JSON.
func (o *explainFlags) print(w io.Writer, e explanation) error {
	if o.asJSON {
		return printJSON(w, e.json())
	}
	return e.text(w)
}

// text prints an explanation for people.
func (e *explanation) text(w io.Writer) error {
	t := newListing(w)
	t.row("place", "%.6f,%.6f", e.place.Lat, e.place.Lon)
	if e.Err != nil {
		t.row("no vector", "%s", e.Reason)
		return t.Flush()
	}
	spec := e.model.Manifest().Raster
	t.row("region", "%s", e.Result.Region)
	t.row("map data", "%s", e.attribution())
	t.row("window", "%g m, %d pixels, %.1f %% mapped", spec.Metres, spec.Pixels, 100*e.Result.Mapped)
	t.row("space", "%s", e.Result.Vector.SpaceID)
	t.row("vector", "%s", strings.Trim(fmt.Sprintf("%.3g", e.Result.Vector.Values), "[]"))
	if e.Reason != "" {
		t.row("remark", "%s", e.Reason)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if e.Result.Unmapped {
		return nil // no layer covers anything
	}
	if _, err := fmt.Fprintf(w, "\n%-12s %8s  %s\n", "layer", "covers", "without it the vector moves by"); err != nil {
		return err
	}
	for _, l := range e.byDistance() {
		if _, err := fmt.Fprintf(w, "%-12s %6.1f %%  %.3f\n", l.Layer, 100*l.Coverage, l.Distance); err != nil {
			return err
		}
	}
	return nil
}

// byDistance returns the layers that cover a part of the window, those first that the vector rests on most.
func (e *explanation) byDistance() []sdk.Contribution {
	layers := slices.DeleteFunc(slices.Clone(e.Layers[:]), func(l sdk.Contribution) bool { return l.Coverage == 0 })
	slices.SortStableFunc(layers, func(a, b sdk.Contribution) int { return cmp.Compare(b.Distance, a.Distance) })
	return layers
}

// json returns an explanation for programs.
func (e *explanation) json() any {
	type layer struct {
		Layer    string  `json:"layer"`
		Coverage float64 `json:"coverage"` // of the window, 0..1
		Distance float64 `json:"distance"` // to the vector without the layer
	}
	told := struct {
		Lat         float64   `json:"lat"`
		Lon         float64   `json:"lon"`
		Reason      string    `json:"reason,omitempty"` // why there is no vector, or why it means little
		Region      string    `json:"region,omitempty"`
		Attribution string    `json:"attribution,omitempty"`
		Metres      float64   `json:"metres"` // edge of the window on the ground
		Pixels      int       `json:"pixels"`
		Mapped      float64   `json:"mapped"`
		Unmapped    bool      `json:"unmapped"`
		Space       string    `json:"space"`
		Vector      []float32 `json:"vector"`
		Layers      []layer   `json:"layers,omitempty"`
	}{
		Lat: e.place.Lat, Lon: e.place.Lon, Reason: e.Reason, Space: e.model.Manifest().SpaceID,
		Metres: e.model.Manifest().Raster.Metres, Pixels: e.Pixels,
	}
	if e.Err != nil {
		return told
	}
	told.Region, told.Attribution = e.Result.Region, e.attribution()
	told.Mapped, told.Unmapped, told.Vector = e.Result.Mapped, e.Result.Unmapped, e.Result.Vector.Values[:]
	for _, l := range e.Layers {
		told.Layers = append(told.Layers, layer{l.Layer.String(), l.Coverage, l.Distance})
	}
	return told
}
