package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/contextio"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// ChoosePlaces sets the training places: those of a file or, when file is empty, places drawn from the packs as the
// configuration says.
func (p *Pipeline) ChoosePlaces(ctx context.Context, file string) error {
	var err error
	if file != "" {
		p.Places, err = p.readPlaces(ctx, file)
	} else {
		p.Places, err = p.drawPlaces(ctx)
	}
	if err != nil {
		return err
	}
	// Checked before the training: the export, at its end, rotates the space to its principal axes.
	if len(p.Places) <= loc2vec.Dimension {
		return fmt.Errorf("%d places to train on in %s: more than %d are needed", len(p.Places), p.Region.Name(), loc2vec.Dimension)
	}
	p.inputs = train.Inputs{SchemaHash: p.Region.SchemaHash(), Packs: contentsOf(p.Region.Origins()), Places: hashPlaces(p.Places)}
	if p.Pretrained != nil {
		p.inputs.From = p.Pretrained.Manifest.SpaceID
	}
	return nil
}

// drawPlaces draws training places from the packs, outside of the blocks that are held out.
func (p *Pipeline) drawPlaces(ctx context.Context) ([]loc2vec.LatLon, error) {
	options := p.Config.DrawOptions()
	if p.Blocks.TestShare > 0 {
		options.Accept = p.Blocks.Train
	}
	places, report, err := sample.Draw(ctx, p.Region.Tiles, options)
	switch {
	case errors.Is(err, sample.ErrNoPlaces) && report.Refused > 0:
		return nil, p.tooSmall()
	case err != nil:
		return nil, err
	}
	fmt.Fprintf(p.Messages, "places: %d of %d sites and %.0f km of road in %d tiles; %d along roads, %d with next to nothing around them\n",
		report.Places, report.Sites, report.RoadMetres/1000, report.Tiles, report.AlongRoads, report.Empty)
	return places, nil
}

// tooSmall is the error for a region whose blocks leave no place to train on, or hold none out.
func (p *Pipeline) tooSmall() error {
	return fmt.Errorf("the region is too small to hold out blocks of %.0f km: train with --holdout 0", p.Blocks.Metres/1000)
}

// readPlaces reads a file of places and keeps those that may be trained on, in random order: rows mostly come in
// the order of time or place, and the first ones calibrate the model.
func (p *Pipeline) readPlaces(ctx context.Context, file string) ([]loc2vec.LatLon, error) {
	format, err := geofile.FormatOf(file, geofile.PlaceFormats())
	if err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, report, err := geofile.ReadPlaces(contextio.NewReader(ctx, f), format)
	if err != nil {
		return nil, fmt.Errorf("reading places from %s: %w", file, err)
	}
	for _, bad := range report.Errors {
		fmt.Fprintf(p.Messages, "%s: %s\n", printable.Text(file), printable.Lines(bad.Error()))
	}
	if more := report.Bad - len(report.Errors); more > 0 {
		fmt.Fprintf(p.Messages, "%s: %d more bad rows\n", printable.Text(file), more)
	}
	usable, err := p.sortOut(all)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(p.Messages, "places: %d of %d rows in %s; %d bad, %d outside of the packs, %d held out\n",
		len(usable.places), report.Rows, file, report.Bad, usable.outside, usable.held)
	if usable.swapped > 0 {
		fmt.Fprintf(p.Messages, "places: %d rows would be inside if latitude and longitude changed places\n", usable.swapped)
	}
	rng := rand.New(rand.NewPCG(p.Config.Seed, 0))
	rng.Shuffle(len(usable.places), func(i, j int) {
		usable.places[i], usable.places[j] = usable.places[j], usable.places[i]
	})
	return usable.places, nil
}

// sorted are the places of a file that may be trained on, and counts of the others.
type sorted struct {
	places                 []loc2vec.LatLon
	outside, swapped, held int
}

// sortOut keeps the places that lie in a pack and are not held out.
func (p *Pipeline) sortOut(all []loc2vec.LatLon) (s sorted, err error) {
	for _, place := range all {
		inside, err := p.Region.Tiles.Contains(place)
		if err != nil {
			return s, err
		}
		switch {
		case !inside:
			s.outside++
			swapped, err := p.Region.Tiles.Contains(loc2vec.LatLon{Lat: place.Lon, Lon: place.Lat})
			if err != nil {
				return s, err
			}
			if swapped {
				s.swapped++
			}
		case p.Blocks.TestShare > 0 && !p.Blocks.Train(place):
			s.held++
		default:
			s.places = append(s.places, place)
		}
	}
	return s, nil
}

// hashPlaces identifies a list of places.
func hashPlaces(places []loc2vec.LatLon) string {
	h := sha256.New()
	for _, p := range places {
		var b [16]byte
		binary.LittleEndian.PutUint64(b[:], math.Float64bits(p.Lat))
		binary.LittleEndian.PutUint64(b[8:], math.Float64bits(p.Lon))
		h.Write(b[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}
