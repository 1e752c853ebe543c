package eval

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/vectorspace"
)

const (
	// modeDimensions is the number of discriminants: what a scatter shows.
	modeDimensions = 2
	// minModePlaces is the least number of places of a mode that is told apart.
	minModePlaces = 20
	// minModes is the least number of modes that span two discriminants.
	minModes = 3
)

// ErrFewModes is returned by SeparateModes when fewer than three modes have enough places.
var ErrFewModes = errors.New("fewer than three modes of transport have twenty places")

// ErrFewBlocks is returned by SeparateModes when the places lie in too few blocks to hold some out.
var ErrFewBlocks = errors.New("the places lie in fewer than five blocks of 2 km")

// Mode is a mode of transport with places along its lines.
type Mode struct {
	Name   string
	Layer  loc2vec.Layer // which holds its lines
	Places []loc2vec.LatLon
}

// ModesOptions are the settings of SeparateModes.
type ModesOptions struct {
	Model    Method // the model under test
	Seed     uint64
	Progress func(done, total int) // may be nil; called by one goroutine at a time
}

// ModeSeparation tells how well two linear discriminants tell modes of transport apart by the surroundings of their
// lines.
type ModeSeparation struct {
	Modes   []ModeCount
	LeftOut []ModeCount // modes with too few places
	Blocks  int         // of 2 km
	Layers  int         // that hold the lines of modes
	Chance  float64     // the macro F1 of random guesses
	// OwnOff is with the place's own layer cleared on its raster. Which layer is empty may betray the mode: with AllOff, the
	// layers of all modes are cleared on every raster.
	OwnOff, AllOff []ModesRow
	// Points are held-out places in the plane of the model's two discriminants, which other blocks were fitted on, with
	// their own layer off.
	Points []ModePoint
}

// ModeCount is the number of places of a mode.
type ModeCount struct {
	Name   string
	Places int
}

// ModesRow is the score of one method.
type ModesRow struct {
	Method string
	Role   Role
	F1     Estimate // macro F1 on held-out blocks
	Lead   Estimate // the model's score minus this one; unknown for the model
}

// ModePoint is a place in the plane of two discriminants.
type ModePoint struct {
	Place loc2vec.LatLon
	Mode  int // in ModeSeparation.Modes
	Layer loc2vec.Layer
	X, Y  float64
}

// SeparateModes fits linear discriminants (Fisher 1936) of the modes to the model's vectors, to the coverages of layers
// and to those in rings, and scores them on held-out blocks of 2 km in five folds and with five seeds. A place is given the
// mode whose mean is nearest in the plane of two discriminants. The region's Places are not used.
func SeparateModes(ctx context.Context, region *Region, modes []Mode, o ModesOptions) (*ModeSeparation, error) {
	t, err := separateModes(ctx, region, modes, o)
	if err != nil {
		return nil, fmt.Errorf("telling modes of transport apart in %s: %w", region.Name, err)
	}
	return t, nil
}

func separateModes(ctx context.Context, region *Region, modes []Mode, o ModesOptions) (*ModeSeparation, error) {
	out := &ModeSeparation{}
	var used []Mode
	places := *region
	places.Places, places.Counter = nil, nil
	var class []int
	var own []loc2vec.Layer
	for _, m := range modes {
		if len(m.Places) < minModePlaces {
			out.LeftOut = append(out.LeftOut, ModeCount{m.Name, len(m.Places)})
			continue
		}
		for range m.Places {
			class, own = append(class, len(used)), append(own, m.Layer)
		}
		out.Modes, used = append(out.Modes, ModeCount{m.Name, len(m.Places)}), append(used, m)
		places.Places = append(places.Places, m.Places...)
	}
	switch {
	case len(used) < minModes:
		return nil, ErrFewModes
	case o.Model.Dimension < modeDimensions:
		return nil, fmt.Errorf("a model of %d dimensions", o.Model.Dimension)
	}
	o.Model.Role = Model
	methods := []Method{o.Model, rawFeatures(histogramName, histogramSize, histogram), rawFeatures(ringsName, ringsSize, ringHistogram)}
	layers := layersOf(used)
	out.Layers = len(layers)
	s := scanner{region: &places, seed: o.Seed, own: own, progress: o.Progress, views: []view{{}, {own: true}, {without: layers}}}
	embedded, err := s.embed(ctx, methods, nil)
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(o.Seed, 1<<63))
	boot := newBootstrap(blocksOf(places.Places), rng)
	out.Blocks = boot.blocks
	if boot.blocks < folds {
		return nil, ErrFewBlocks
	}
	splits := boot.splits(rng)
	truth := oneOf(class, len(used))
	out.Chance = randomF1(truth)
	for view, rows := range map[int]*[]ModesRow{1: &out.OwnOff, 2: &out.AllOff} {
		if *rows, err = modesRows(embedded, view, truth, boot, splits); err != nil {
			return nil, err
		}
	}
	model, fold := embedded[0].views[1], splits[0]
	plane, err := fitModes(model, truth, fold, 0)
	if err != nil {
		return nil, err
	}
	y := make([]float32, modeDimensions)
	for i, k := range fold {
		if k == 0 {
			plane.plane.apply(y, model.row(i))
			out.Points = append(out.Points, ModePoint{Place: places.Places[i], Mode: class[i], Layer: own[i], X: float64(y[0]), Y: float64(y[1])})
		}
	}
	return out, nil
}

// rawFeatures returns a baseline that reads features as they are: discriminants scale them.
func rawFeatures(name string, size int, read func([]float32, *Descriptor)) Method {
	unit := affine{in: size, out: size, mean: make([]float32, size), scale: slices.Repeat([]float32{1}, size)}
	return fromDescriptor(name, unit, read)
}

// layersOf returns the layers of the modes, each once.
func layersOf(modes []Mode) []loc2vec.Layer {
	var out []loc2vec.Layer
	for _, m := range modes {
		if !slices.Contains(out, m.Layer) {
			out = append(out, m.Layer)
		}
	}
	return out
}

// oneOf returns [N][classes] with 1 in the column of each row's class.
func oneOf(class []int, classes int) matrix {
	m := newMatrix(len(class), classes)
	for i, c := range class {
		m.row(i)[c] = 1
	}
	return m
}

// modesRows scores all methods, the model first.
func modesRows(methods []embedded, view int, truth matrix, boot *bootstrap, splits [][]int) ([]ModesRow, error) {
	var rows []ModesRow
	var model statistic
	for _, m := range methods {
		predicted := newMatrix(truth.n, truth.d)
		for _, fold := range splits {
			if err := addVotes(predicted, m.views[view], truth, fold); err != nil {
				return nil, fmt.Errorf("%s: %w", m.method.Name, err)
			}
		}
		score := boot.macroF1(truth, predicted)
		row := ModesRow{Method: m.method.Name, Role: m.method.Role, F1: boot.estimate(scoreReplicates, score), Lead: unknown()}
		if m.method.Role == Model {
			model = score
		} else {
			row.Lead = boot.estimate(scoreReplicates, model.minus(score))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// addVotes adds to predicted [N][modes] one vote for the mode that each place is given by discriminants of the other folds.
func addVotes(predicted, x, truth matrix, fold []int) error {
	for f := range folds {
		d, err := fitModes(x, truth, fold, f)
		if err != nil {
			return err
		}
		y := make([]float32, modeDimensions)
		for i, k := range fold {
			if k != f {
				continue
			}
			d.plane.apply(y, x.row(i))
			best, nearest := -1, float32(math.Inf(1))
			for t, centre := range d.centres {
				if centre == nil {
					continue // no place of the mode is in the other folds
				}
				if distance := vectorspace.SquaredDistance(y, centre); distance < nearest {
					best, nearest = t, distance
				}
			}
			predicted.row(i)[best]++
		}
	}
	return nil
}

// modePlane is the plane of two discriminants with the mean of each mode in it.
type modePlane struct {
	plane   affine
	centres [][]float32
}

// fitModes fits discriminants to the places outside of a fold.
func fitModes(x, truth matrix, fold []int, without int) (*modePlane, error) {
	classes, rows := make([][]int, truth.d), []int(nil)
	for i, k := range fold {
		if k != without {
			t := slices.Index(truth.row(i), 1)
			classes[t] = append(classes[t], len(rows))
			rows = append(rows, i)
		}
	}
	training := x.rows(rows)
	filled := slices.DeleteFunc(slices.Clone(classes), func(c []int) bool { return len(c) == 0 })
	if len(filled) < minModes {
		return nil, ErrFewModes
	}
	plane, err := discriminant(training, filled, modeDimensions)
	if err != nil {
		return nil, err
	}
	d := &modePlane{plane: plane, centres: make([][]float32, truth.d)}
	for t, class := range classes {
		if len(class) > 0 {
			d.centres[t] = make([]float32, modeDimensions)
			plane.apply(d.centres[t], columnMeans(training.rows(class)))
		}
	}
	return d, nil
}
