package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// A network file is the SHA-256 of the rest, and the network encoded by package gob.

// saveNetwork keeps the network of a finished run: in float32, as Train returns it.
func (r *Run) saveNetwork(n *encoder.Network) error {
	var body bytes.Buffer
	if err := gob.NewEncoder(&body).Encode(n); err != nil {
		return fmt.Errorf("saving the network: %w", err)
	}
	sum := sha256.Sum256(body.Bytes())
	if err := renameio.WriteFile(filepath.Join(r.dir, networkFile), append(sum[:], body.Bytes()...), 0o644); err != nil {
		return fmt.Errorf("saving the network: %w", err)
	}
	return nil
}

// dropNetwork removes the network of a run that continues: it belongs to a shorter one.
func (r *Run) dropNetwork() error {
	if err := os.Remove(filepath.Join(r.dir, networkFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the network of the shorter run: %w", err)
	}
	return nil
}

// Network returns the network of a finished run, as Train returned it. Before the end of the run it returns an error
// wrapping fs.ErrNotExist; a damaged file is an error wrapping loc2vec.ErrCorrupt.
func (r *Run) Network() (*encoder.Network, error) {
	path := filepath.Join(r.dir, networkFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("loading the network: %w", err)
	}
	if len(data) < sha256.Size {
		return nil, fmt.Errorf("loading network %s: %w: %d bytes", path, loc2vec.ErrCorrupt, len(data))
	}
	body := data[sha256.Size:]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], data[:sha256.Size]) {
		return nil, fmt.Errorf("loading network %s: %w: the checksum does not match", path, loc2vec.ErrCorrupt)
	}
	n := new(encoder.Network)
	if err := gob.NewDecoder(bytes.NewReader(body)).Decode(n); err != nil {
		return nil, fmt.Errorf("loading network %s: %w: %w", path, loc2vec.ErrCorrupt, err)
	}
	return n, nil
}
