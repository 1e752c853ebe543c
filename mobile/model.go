package mobile

import (
	"context"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// Options say how a model is opened. A new object holds the defaults.
type Options struct {
	// Engine is "ort", "go", or empty: ONNX Runtime if it can be loaded, and the engine in Go otherwise.
	Engine string
	// ONNXRuntime is the file of ONNX Runtime's library; if empty, the one of the app, or of the directories that sdk.Options names.
	ONNXRuntime string
	// TileCache is how many decoded tiles are kept for further places nearby: 0 means the default, a
	// negative number none.
	TileCache int
	// Logger, unless null, receives the reason if the engine in Go is used because ONNX Runtime cannot be
	// loaded.
	Logger Logger
}

// Logger receives messages for developers.
type Logger interface {
	Log(message string) error
}

// convert returns the options of the sdk. Null options are the defaults.
func (o *Options) convert() sdk.Options {
	if o == nil {
		return sdk.Options{}
	}
	opts := sdk.Options{Engine: sdk.Engine(o.Engine), ORTLibrary: o.ONNXRuntime, TileCache: o.TileCache}
	if logger := o.Logger; logger != nil {
		// An exception of a logger is ignored.
		opts.Log = func(message string) { _ = logger.Log(message) }
	}
	return opts
}

// Model is an opened bundle with its regions.
type Model struct{ m *sdk.Model }

// OpenModel opens the bundle at path. Null options are the defaults.
func OpenModel(path string, options *Options) (m *Model, err error) {
	defer guard(&err)
	model, err := sdk.Open(path, options.convert())
	if err != nil {
		return nil, err
	}
	return &Model{model}, nil
}

// OpenModelBytes opens a bundle in memory, such as an asset of the app. The bytes are not used afterwards. Null
// options are the defaults.
func OpenModelBytes(bundle []byte, options *Options) (m *Model, err error) {
	defer guard(&err)
	model, err := sdk.OpenBytes(bundle, options.convert())
	if err != nil {
		return nil, err
	}
	return &Model{model}, nil
}

func (m *Model) check() error {
	if m == nil || m.m == nil {
		return fmt.Errorf("model: %w", errNotOpen)
	}
	return nil
}

// AddRegion adds the region pack at path. It replaces the region that was added from the same path before.
func (m *Model) AddRegion(path string) (err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return err
	}
	return m.m.AddRegion(path)
}

// RemoveRegion removes the regions of that name. Calls that use them go on.
func (m *Model) RemoveRegion(name string) (err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return err
	}
	return m.m.RemoveRegion(name)
}

// Region describes a region of a model.
type Region struct {
	Name        string
	Attribution string // must be shown to the users of the app
	Contents    string // hash of the pack's contents
	Tiles       int64
}

// RegionCount returns the number of regions.
func (m *Model) RegionCount() (n int, err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return 0, err
	}
	return len(m.m.Regions()), nil
}

// RegionAt returns the region at an index, in the order in which they were added.
func (m *Model) RegionAt(index int) (r *Region, err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return nil, err
	}
	p, err := at(m.m.Regions(), index)
	if err != nil {
		return nil, err
	}
	return openRegion(p), nil
}

// Space returns the id of the model's embedding space.
func (m *Model) Space() (id string, err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return "", err
	}
	return m.m.Manifest().SpaceID, nil
}

// Engine returns what computes the model, such as "go (neondot)".
func (m *Model) Engine() (description string, err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return "", err
	}
	return m.m.Describe(), nil
}

// Place is the embedding of a place.
type Place struct {
	// Fresh: the vector was computed for this call. A Follower that has not moved returns the last one.
	Fresh    bool
	Mapped   float64 // fraction of the window, 0 to 1, that any map layer covers
	Unmapped bool    // in a region, but nothing is mapped around the place
	Region   string  // name of the region that contains the place
	vector   *Vector
}

// Vector returns the place's embedding.
func (p *Place) Vector() (v *Vector, err error) {
	defer guard(&err)
	if p == nil || p.vector == nil {
		return nil, fmt.Errorf("place: %w", errNotOpen)
	}
	return p.vector, nil
}

func openPlace(r sdk.Result) *Place {
	return &Place{Fresh: true, Mapped: r.Mapped, Unmapped: r.Unmapped, Region: r.Region, vector: openVector(r.Vector)}
}

// Embed computes the embedding of a place. It blocks for some milliseconds, with hostile regions for up to two seconds.
// StartEmbed can be cancelled.
func (m *Model) Embed(latDeg, lonDeg float64) (p *Place, err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return nil, err
	}
	r, err := m.m.Embed(context.Background(), loc2vec.LatLon{Lat: latDeg, Lon: lonDeg})
	if err != nil {
		return nil, err
	}
	return openPlace(r), nil
}

// Close ends the use of the model and waits for nothing: running calls return a result or CodeClosed. The model is
// released when the last of them has ended. Calling Close again does nothing.
func (m *Model) Close() (err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return err
	}
	return m.m.Close()
}
