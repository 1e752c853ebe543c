package showcase

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/likeness"
	"github.com/loc2vec/loc2vec/trainer/internal/picture"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
	"github.com/loc2vec/loc2vec/trainer/internal/vectorspace"
)

const (
	// maxPlaces is the number of places that are compared with each other.
	maxPlaces = 2000
	// minPlaces is the number of places that differ below which neighbours mean nothing.
	minPlaces = 50
	// enoughPlaces is the number of places from which on they may be farther apart.
	enoughPlaces = 300
	// wideSpacing and closeSpacing are metres between two places. At the latter windows of 200 m overlap by half.
	wideSpacing, closeSpacing = 250, 100
	// picturePixels is the edge of a picture of a place.
	picturePixels = 128
	// randomPairs is the number of pairs of places that tell what a distance means.
	randomPairs = 10_000
)

// scene is a region with places all over it.
type scene struct {
	Options
	spec      raster.Spec
	spacing   float64 // metres between two places, at least
	places    []loc2vec.LatLon
	space     vectorspace.Space   // of the places
	coverages []likeness.Coverage // of the places
	typical   likeness.Typical    // of the places
	random    []float64           // distances of pairs drawn at random, ascending
}

// newScene draws places and embeds them.
func newScene(ctx context.Context, o Options) (*scene, error) {
	s := &scene{Options: o, spec: o.Bundle.Manifest.Raster}
	candidates, err := s.draw(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.embed(ctx, candidates); err != nil {
		return nil, err
	}
	s.typical = likeness.NewTypical(s.coverages)
	rng := s.rng(pairsSeed)
	for n := len(s.places); n > 1 && len(s.random) < randomPairs; {
		i, j := rng.IntN(n), rng.IntN(n-1)
		if j >= i {
			j++
		}
		s.random = append(s.random, s.distance(i, j))
	}
	slices.Sort(s.random)
	return s, nil
}

// draw draws places, closer to each other in a region that has few.
func (s *scene) draw(ctx context.Context) (places []loc2vec.LatLon, err error) {
	for _, s.spacing = range []float64{wideSpacing, closeSpacing} {
		places, err = s.Region.Gallery(ctx, pipeline.GalleryOptions{Places: maxPlaces, Seed: s.Seed, Spacing: s.spacing})
		if errors.Is(err, sample.ErrNoPlaces) || errors.Is(err, sample.ErrNoSites) {
			return nil, nil
		}
		if err != nil || len(places) >= enoughPlaces {
			break
		}
	}
	return places[:min(len(places), maxPlaces)], err
}

// embed keeps the candidates that are neither empty nor equal to one before.
func (s *scene) embed(ctx context.Context, candidates []loc2vec.LatLon) error {
	views, err := s.look(ctx, "embed", candidates)
	if err != nil {
		return err
	}
	seen := map[[loc2vec.Dimension]float32]bool{}
	var vectors []float32
	for i, v := range views {
		if v.mapped < sample.EmptyCoverage || seen[v.vector] {
			continue
		}
		seen[v.vector] = true
		s.places, s.coverages = append(s.places, candidates[i]), append(s.coverages, v.coverage)
		vectors = append(vectors, v.vector[:]...)
	}
	s.space = s.spaceOf(vectors)
	return nil
}

// spaceOf returns vectors as places of the model's space. It normalises them in place where their angle counts.
func (s *scene) spaceOf(vectors []float32) vectorspace.Space {
	metric := s.Bundle.Manifest.Distance
	if metric == loc2vec.Cosine {
		vectorspace.Normalise(vectors, loc2vec.Dimension)
	}
	return vectorspace.Space{Vectors: vectors, Dimension: loc2vec.Dimension, Metric: metric}
}

// distance returns the distance of two places in the space.
func (s *scene) distance(i, j int) float64 { return s.space.Distance(s.space.Row(i), s.space.Row(j)) }

// view is a place as the encoder sees it.
type view struct {
	vector   [loc2vec.Dimension]float32
	coverage likeness.Coverage
	mapped   float64 // coverage of the fullest layer
}

// look embeds places on all processors.
func (s *scene) look(ctx context.Context, task string, places []loc2vec.LatLon) ([]view, error) {
	if len(places) == 0 {
		return nil, nil
	}
	bar := progress.New(s.Messages, task, int64(len(places)), progress.Items)
	defer bar.Close()
	views := make([]view, len(places))
	var done atomic.Int64
	err := s.Region.Tiles.DrawEach(ctx, s.spec, places, runtime.GOMAXPROCS(0), func(i int, pixels []uint8) error {
		v := &views[i]
		v.coverage, v.mapped = likeness.CoverageOf(pixels), sample.Coverage(pixels)
		if err := s.Encoder.Embed(ctx, v.vector[:], pixels); err != nil {
			return err
		}
		bar.Set(done.Add(1), "")
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("embedding %d places: %w", len(places), err)
	}
	return views, nil
}

// picture draws what the encoder sees of a place.
func (s *scene) picture(name string, place loc2vec.LatLon) (report.Picture, error) {
	spec := raster.Spec{Metres: s.spec.Metres, Pixels: picturePixels}
	pixels := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	if err := s.Region.Tiles.Drawer(spec).Draw(pixels, raster.Pose{Place: place}); err != nil {
		return report.Picture{}, fmt.Errorf("drawing %s: %w", name, err)
	}
	return report.Picture{Name: name, Image: picture.Composite(pixels, spec.Pixels), Link: mapLink(place)}, nil
}

// shown draws a place of the scene.
func (s *scene) shown(i int) (report.Picture, error) {
	return s.picture(coordinate(s.places[i]), s.places[i])
}

// apart is the least distance on the map, in metres, between a place and its neighbours in the space.
func (s *scene) apart() float64 { return 2 * s.spacing }

// coordinate names a place that has no other name.
func coordinate(ll loc2vec.LatLon) string { return fmt.Sprintf("%.4f, %.4f", ll.Lat, ll.Lon) }

// mapLink is the place on openstreetmap.org.
func mapLink(ll loc2vec.LatLon) string {
	return fmt.Sprintf("https://www.openstreetmap.org/?mlat=%.5f&mlon=%.5f#map=17/%.5f/%.5f", ll.Lat, ll.Lon, ll.Lat, ll.Lon)
}
