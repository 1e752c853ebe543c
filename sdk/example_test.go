package sdk_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/base"
)

// The places of the examples: two in a town, one in a forest, one outside the region.
var (
	market  = placeOf(1500, 4000)
	station = placeOf(2900, 5600)
	forest  = placeOf(6500, 4000)
	abroad  = loc2vec.LatLon{Lat: 48.2, Lon: 16.4}
)

// exampleTile is the tile of the region.
var exampleTile = loc2vec.Tile{X: 8529, Y: 5975}

// placeOf returns the place of a point of the region's tile.
func placeOf(x, y float64) loc2vec.LatLon {
	const steps = loc2vec.Extent << loc2vec.Zoom
	o := exampleTile.Origin()
	return loc2vec.Point{X: o.X + x/steps, Y: o.Y + y/steps}.LatLon()
}

// exampleRegion returns a region of one tile: a town in the west, a forest in the east.
func exampleRegion(schemaHash string) *pack.Reader {
	var features []loc2vec.Feature
	area := func(l loc2vec.Layer, x, y, w, h int32) {
		features = append(features, loc2vec.Feature{Layer: l, Kind: loc2vec.KindArea, Parts: [][]loc2vec.TilePoint{
			{{X: x, Y: y}, {X: x + w, Y: y}, {X: x + w, Y: y + h}, {X: x, Y: y + h}},
		}})
	}
	const half = loc2vec.Extent / 2
	area(loc2vec.Residential, 0, 0, half, loc2vec.Extent)
	area(loc2vec.Vegetation, half, 0, half, loc2vec.Extent)
	for y := int32(100); y < loc2vec.Extent-400; y += 400 {
		features = append(features, loc2vec.Feature{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 60,
			Parts: [][]loc2vec.TilePoint{{{X: 0, Y: y}, {X: half, Y: y}}}})
		for x := int32(50); x < half-200; x += 200 {
			area(loc2vec.Building, x, y+100, 120, 150+x%70)
		}
	}
	var file bytes.Buffer
	w := pack.NewWriter(&file, pack.WriterOptions{Metadata: pack.Metadata{
		Name: "example", SchemaHash: schemaHash, Area: []loc2vec.Bounds{exampleTile.Bounds()},
	}})
	if err := errors.Join(w.WriteTile(exampleTile, features), w.Close()); err != nil {
		log.Fatal(err)
	}
	region, err := pack.Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		log.Fatal(err)
	}
	return region
}

// exampleModel returns the base model with the region.
func exampleModel() *sdk.Model {
	model, err := sdk.OpenBytes(base.Bundle(), sdk.Options{Engine: sdk.Go})
	if err != nil {
		log.Fatal(err)
	}
	if err := model.AddPack(exampleRegion(model.Manifest().SchemaHash)); err != nil {
		log.Fatal(err)
	}
	return model
}

// How alike are two places?
func Example() {
	model, err := sdk.OpenBytes(base.Bundle(), sdk.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	// An app adds the files that loc2vec extract writes, with AddRegion.
	if err := model.AddPack(exampleRegion(model.Manifest().SchemaHash)); err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	a, err := model.Embed(ctx, market)
	if err != nil {
		log.Fatal(err)
	}
	for _, place := range []loc2vec.LatLon{station, forest} {
		b, err := model.Embed(ctx, place)
		if err != nil {
			log.Fatal(err)
		}
		distance, err := sdk.Distance(a.Vector, b.Vector)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%.1f\n", distance)
	}
	// Output:
	// 0.0
	// 12.7
}

func ExampleModel_Embed() {
	model := exampleModel()
	defer model.Close()
	r, err := model.Embed(context.Background(), market)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, %.0f %% mapped, %d numbers\n", r.Region, 100*r.Mapped, len(r.Vector.Values))
	_, err = model.Embed(context.Background(), abroad)
	fmt.Println("outside every region:", errors.Is(err, loc2vec.ErrNoCoverage))
	// Output:
	// example, 100 % mapped, 16 numbers
	// outside every region: true
}

// EmbedMany returns an outcome for each place, in order.
func ExampleModel_EmbedMany() {
	model := exampleModel()
	defer model.Close()
	outcomes, err := model.EmbedMany(context.Background(), []loc2vec.LatLon{market, abroad, forest})
	if err != nil {
		log.Fatal(err)
	}
	for i, o := range outcomes {
		if o.Err != nil {
			fmt.Println(i, o.Err)
			continue
		}
		fmt.Println(i, o.Region)
	}
	// Output:
	// 0 example
	// 1 embedding: outside every region
	// 2 example
}

// Which layers does a vector come from?
func ExampleModel_Explain() {
	model := exampleModel()
	defer model.Close()
	e, err := model.Explain(context.Background(), market)
	if err != nil {
		log.Fatal(err)
	}
	layers := slices.Clone(e.Layers[:])
	slices.SortFunc(layers, func(a, b sdk.Contribution) int { return cmp.Compare(b.Distance, a.Distance) })
	for _, c := range layers[:3] {
		fmt.Printf("%v covers %.0f %%; without it the vector moves by %.2f\n", c.Layer, 100*c.Coverage, c.Distance)
	}
	// Output:
	// building covers 29 %; without it the vector moves by 8.93
	// minor_road covers 6 %; without it the vector moves by 3.37
	// residential covers 100 %; without it the vector moves by 1.97
}

// A follower computes a vector only when the position has moved.
func ExampleModel_Follow() {
	model := exampleModel()
	defer model.Close()
	follower := model.Follow(sdk.FollowOptions{Threshold: 25})
	for _, metres := range []float64{0, 10, 20, 30, 40} {
		_, fresh, err := follower.At(context.Background(), market.Offset(metres, 0))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(metres, fresh)
	}
	// Output:
	// 0 true
	// 10 false
	// 20 false
	// 30 true
	// 40 false
}

// Which saved place is most like this one?
func ExampleIndex() {
	model := exampleModel()
	defer model.Close()
	index := model.NewIndex()
	for id, place := range map[string]loc2vec.LatLon{"market": market, "forest": forest} {
		r, err := model.Embed(context.Background(), place)
		if err != nil {
			log.Fatal(err)
		}
		if err := index.Put(id, r.Vector); err != nil {
			log.Fatal(err)
		}
	}
	here, err := model.Embed(context.Background(), station)
	if err != nil {
		log.Fatal(err)
	}
	nearest, err := index.Nearest(here.Vector, 1)
	fmt.Println(nearest[0].ID, err)
	// Output: market <nil>
}

// Classes learn kinds of places from a few examples, and are saved for the next start of the app.
func ExampleClasses() {
	model := exampleModel()
	defer model.Close()
	classes := model.NewClasses()
	for place, name := range map[loc2vec.LatLon]string{market: "town", forest: "forest"} {
		r, err := model.Embed(context.Background(), place)
		if err != nil {
			log.Fatal(err)
		}
		if err := classes.Add(name, r.Vector); err != nil {
			log.Fatal(err)
		}
	}
	here, err := model.Embed(context.Background(), station)
	if err != nil {
		log.Fatal(err)
	}
	match, err := classes.Classify(here.Vector)
	fmt.Println(match.Class, err)

	dir, err := os.MkdirTemp("", "classes")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "classes.json")
	if err := classes.Save(file); err != nil {
		log.Fatal(err)
	}
	loaded, err := model.LoadClasses(file) // loc2vec.ErrSpaceMismatch after the model has changed
	fmt.Println(loaded.Names(), err)
	// Output:
	// town <nil>
	// [forest town] <nil>
}

// Vectors of different models are not comparable.
func ExampleDistance() {
	a := sdk.Vector{SpaceID: "spring", Metric: loc2vec.Euclidean}
	b := sdk.Vector{SpaceID: "spring", Metric: loc2vec.Euclidean}
	b.Values[0], b.Values[1] = 3, 4
	fmt.Println(sdk.Distance(a, b))
	b.SpaceID = "autumn"
	_, err := sdk.Distance(a, b)
	fmt.Println(errors.Is(err, loc2vec.ErrSpaceMismatch))
	// Output:
	// 5 <nil>
	// true
}

// a - b + c is the vector that relates to c as a relates to b.
func ExampleAnalogy() {
	vector := func(x, y float32) sdk.Vector {
		v := sdk.Vector{SpaceID: "spring", Metric: loc2vec.Euclidean}
		v.Values[0], v.Values[1] = x, y
		return v
	}
	v, err := sdk.Analogy(vector(3, 1), vector(1, 1), vector(0, 4))
	fmt.Println(v.Values[:2], err)
	// Output: [2 4] <nil>
}
