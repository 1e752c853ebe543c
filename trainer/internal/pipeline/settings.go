package pipeline

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/loc2vec/loc2vec/internal/textfile"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// Settings are the layers of a configuration. Each is laid over those before it, the first of them over
// train.DefaultConfig.
type Settings struct {
	From        string   // bundle of the model to start from, or BaseModel: its raster, architecture and rotations
	Preset      string   // of train.Presets
	Files       []string // JSON objects, or run directories for the configuration in their checkpoint
	Assignments []string // as train.Config.Set takes them
}

// Configured is the result of Settings.
type Configured struct {
	Config     train.Config
	Pretrained *Pretrained // the model of From, or nil
	// ExactBatch reports whether a layer sets the number of places in a batch.
	ExactBatch bool
}

// Configure applies the layers. Invalid settings are a RequestError. A missing or damaged file is not.
func (s Settings) Configure() (*Configured, error) {
	var layers []json.RawMessage
	for _, path := range s.Files {
		layer, err := readLayer(path)
		if err != nil {
			return nil, err
		}
		layers = append(layers, layer)
	}
	return configure(s.From, func(c *train.Config) error {
		if s.Preset != "" {
			if err := c.ApplyPreset(s.Preset); err != nil {
				return err
			}
		}
		for i, layer := range layers {
			if err := c.Overlay(layer); err != nil {
				return fmt.Errorf("%s: %w", s.Files[i], err)
			}
		}
		for _, assignment := range s.Assignments {
			if err := c.Set(assignment); err != nil {
				return err
			}
		}
		return nil
	})
}

// configure starts from the defaults and a model, and applies the other layers.
func configure(from string, apply func(*train.Config) error) (*Configured, error) {
	out := &Configured{Config: train.DefaultConfig()}
	if from != "" {
		var err error
		if out.Pretrained, err = OpenPretrained(from); err != nil {
			return nil, err
		}
		out.Pretrained.Configure(&out.Config)
	}
	// An impossible number shows whether any layer sets it.
	const unset = -1
	probe := out.Config
	probe.Batch.Places = unset
	if err := apply(&probe); err != nil {
		return nil, RequestError{err}
	}
	out.ExactBatch = probe.Batch.Places != unset
	if err := apply(&out.Config); err != nil {
		return nil, RequestError{err}
	}
	if err := out.Config.Validate(); err != nil {
		return nil, RequestError{err}
	}
	if out.Pretrained != nil {
		if err := out.Pretrained.Check(&out.Config); err != nil {
			return nil, RequestError{err}
		}
	}
	return out, nil
}

// readLayer reads a file of configuration, or the configuration of a run directory.
func readLayer(path string) (json.RawMessage, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return textfile.ReadFile(path, train.MaxSettings)
	}
	run, err := train.OpenRun(path)
	if err != nil {
		return nil, err
	}
	defer run.Close()
	reached, err := run.Checkpoint()
	if err != nil {
		return nil, err
	}
	return json.Marshal(reached.Config)
}
