package mobile

import (
	"context"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// Options say how a model is opened. A new one holds the defaults.
type Options struct {
	// Engine is "ort", "go", or empty for ONNX Runtime where it is found and the engine in Go
	// elsewhere.
	Engine string
	// ONNXRuntime is the file of ONNX Runtime's library; empty to look where the system does.
	ONNXRuntime string
	// TileCache is how many decoded tiles are kept for places that follow nearby; 0 for the
	// default, negative for none.
	TileCache int
	// Logger, unless null, is told why the engine in Go is used where ONNX Runtime was looked for.
	Logger Logger
}

// Logger takes messages for developers.
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
		// What a logger throws matters to nobody.
		opts.Log = func(message string) { _ = logger.Log(message) }
	}
	return opts
}

// Model is an opened bundle with the regions it can look at.
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

// OpenModelBytes opens a bundle in memory, such as one that an app carries inside. The bytes are free
// afterwards. Null options are the defaults.
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

// AddRegion adds the region pack at path.
func (m *Model) AddRegion(path string) (err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return err
	}
	return m.m.AddRegion(path)
}

// RemoveRegion takes out the regions of that name.
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
	Attribution string // to be shown to the people who use the app
	Contents    string // hash that names what the pack holds
	Tiles       int64
}

// RegionCount returns how many regions the model has.
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
	return &Region{Name: p.Name, Attribution: p.Attribution, Contents: p.ContentSHA256, Tiles: int64(p.Tiles)}, nil
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

// Place is what the model knows about a place.
type Place struct {
	// Fresh: the vector was computed for this call. It is not when a Follower has not moved.
	Fresh    bool
	Mapped   float64 // share of the surroundings, 0 to 1, that any map layer covers
	Unmapped bool    // inside a region, with nothing mapped around it
	Region   string  // name of the region that the place lies in
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

// Embed computes the embedding of a place. It blocks for some milliseconds.
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

// Close waits for calls that are under way and releases the model. Another Close does nothing.
func (m *Model) Close() (err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return err
	}
	return m.m.Close()
}
