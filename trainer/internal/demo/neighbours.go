package demo

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"slices"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/likeness"
	"github.com/loc2vec/loc2vec/trainer/internal/picture"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
)

// placeView is a place as the sdk sees it.
type placeView struct {
	place    loc2vec.LatLon
	vector   sdk.Vector
	coverage likeness.Coverage
}

// show embeds the city's spots as a phone would, with the engine in Go, and finds similar places.
func (d *demo) show(ctx context.Context, bundle, pack string) error {
	model, err := sdk.Open(bundle, sdk.Options{Engine: sdk.Go})
	if err != nil {
		return err
	}
	defer model.Close()
	if err := model.AddRegion(pack); err != nil {
		return err
	}
	if _, err := model.SelfTest(ctx); err != nil {
		return err
	}
	d.say("embed: well-known places, with the engine %s and no native library", model.Describe())
	others, typical, err := d.surroundings(ctx, model)
	if err != nil {
		return err
	}
	began := time.Now()
	for _, s := range d.city.spots {
		here, picture, err := d.look(ctx, model, s.place)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Fprintf(d.Output, "\n%s (%.4f, %.4f)\n  %s\n", s.name, s.place.Lat, s.place.Lon, numbers(here.vector.Values[:]))
		hood := report.Neighbourhood{Place: report.Picture{Name: s.name, Image: picture, Link: mapLink(s.place)}}
		near, err := nearest(here, others)
		if err != nil {
			return err
		}
		for _, n := range near {
			there, picture, err := d.look(ctx, model, n.place)
			if err != nil {
				return err
			}
			words, metres := typical.Words(here.coverage, there.coverage), s.place.DistanceTo(n.place)
			fmt.Fprintf(d.Output, "  %.3f away: %.4f, %.4f, %.1f km off: %s\n", n.distance, n.place.Lat, n.place.Lon, metres/1000, words)
			hood.Near = append(hood.Near, report.Neighbour{
				Picture:  report.Picture{Name: fmt.Sprintf("%.4f, %.4f", n.place.Lat, n.place.Lon), Image: picture, Link: mapLink(n.place)},
				Distance: n.distance, Metres: metres, Words: words,
			})
		}
		d.page.Neighbours = append(d.page.Neighbours, hood)
	}
	fmt.Fprintf(d.Messages, "%d places with their neighbours in %v\n", len(d.city.spots), time.Since(began).Round(time.Millisecond))
	return d.drawMap(ctx, bundle)
}

// surroundings embeds places all over the region, to look for neighbours among them.
func (d *demo) surroundings(ctx context.Context, model *sdk.Model) ([]placeView, likeness.Typical, error) {
	places, err := d.pipeline.Region.Gallery(ctx, pipeline.GalleryOptions{Places: neighbourPlaces, Seed: d.pipeline.Config.Seed + 2})
	if err != nil {
		return nil, likeness.Typical{}, err
	}
	places = places[:min(len(places), neighbourPlaces)]
	bar := progress.New(d.Messages, "embed", int64(len(places)), progress.Items)
	defer bar.Close()
	var others []placeView
	var coverages []likeness.Coverage
	for i, p := range places {
		s, _, err := d.look(ctx, model, p)
		if err != nil {
			return nil, likeness.Typical{}, err
		}
		others, coverages = append(others, s), append(coverages, s.coverage)
		bar.Set(int64(i+1), "")
	}
	return others, likeness.NewTypical(coverages), nil
}

// look embeds a place through the sdk and draws what the encoder saw.
func (d *demo) look(ctx context.Context, model *sdk.Model, place loc2vec.LatLon) (placeView, image.Image, error) {
	result, err := model.Embed(ctx, place)
	if err != nil {
		return placeView{}, nil, err
	}
	spec := raster.Spec{Metres: d.pipeline.Config.Raster.Metres, Pixels: picturePixels}
	img := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	if err := d.pipeline.Region.Tiles.Drawer(spec).Draw(img, raster.Pose{Place: place}); err != nil {
		return placeView{}, nil, err
	}
	return placeView{place: place, vector: result.Vector, coverage: likeness.CoverageOf(img)}, picture.Composite(img, spec.Pixels), nil
}

// neighbour is a place with its distance in the embedding space.
type neighbour struct {
	placeView
	distance float64
}

// nearest returns the nearest places in the embedding space. It leaves out places near here on the map, and places
// near one that is already in the list.
func nearest(here placeView, others []placeView) ([]neighbour, error) {
	var all []neighbour
	for _, o := range others {
		distance, err := sdk.Distance(here.vector, o.vector)
		if err != nil {
			return nil, err
		}
		all = append(all, neighbour{o, distance})
	}
	slices.SortStableFunc(all, func(a, b neighbour) int { return cmp.Compare(a.distance, b.distance) })
	var near []neighbour
	for _, n := range all {
		nearby := here.place.DistanceTo(n.place) < apartMetres || slices.ContainsFunc(near, func(m neighbour) bool {
			return m.place.DistanceTo(n.place) < apartMetres
		})
		if !nearby {
			near = append(near, n)
		}
		if len(near) == nearestShown {
			break
		}
	}
	return near, nil
}

// numbers prints a vector.
func numbers(v []float32) string {
	var b strings.Builder
	for i, x := range v {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%+.2f", x)
	}
	return b.String()
}
