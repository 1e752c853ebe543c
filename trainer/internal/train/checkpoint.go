package train

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/renameio/v2"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
)

// checkpoint is the state from which a run continues as if it had not stopped.
type checkpoint struct {
	Config  Config   `json:"config"`
	Inputs  Inputs   `json:"inputs"`
	Step    int      `json:"step"`
	Elapsed Duration `json:"elapsed"`
	MinedAt int      `json:"mined_at,omitempty"` // step of the last mining
	Mined   int      `json:"mined,omitempty"`    // numbers in mined
	state   *net.State
	mined   []float32 // [len(Places)][D], the embeddings that negatives are mined from; nil before the first mining
}

// mismatch returns the first key in which a job and a checkpoint disagree, with both values, or "". The length of the
// run may differ.
func mismatch(job Job, c *checkpoint) string {
	now, was := keyValues(job.Config, job.Inputs), keyValues(c.Config, c.Inputs)
	either := maps.Clone(now)
	maps.Copy(either, was)
	for _, key := range slices.Sorted(maps.Keys(either)) {
		if now[key] != was[key] {
			return fmt.Sprintf("%s is %s, was %s", key, cmp.Or(now[key], "not set"), cmp.Or(was[key], "not set"))
		}
	}
	return ""
}

// keyValues maps the keys of a configuration, without its length, and of inputs to their JSON.
func keyValues(c Config, in Inputs) map[string]string {
	c.Steps, c.For = 0, 0
	values := map[string]any{}
	for _, v := range []any{c, in} {
		data, err := json.Marshal(v)
		if err == nil {
			err = flatten(values, "", data)
		}
		if err != nil {
			panic(fmt.Sprintf("train: encoding a configuration: %v", err)) // a struct of plain values
		}
	}
	texts := map[string]string{}
	for key, v := range values {
		texts[key] = string(v.(json.RawMessage))
	}
	return texts
}

// beyond returns how far a checkpoint is beyond the length of a configuration, or "". A run whose length is a time ends
// slightly after it.
func (c *checkpoint) beyond(config *Config) string {
	switch {
	case config.Steps > 0 && c.Step > config.Steps:
		return fmt.Sprintf("step %d, beyond %d", c.Step, config.Steps)
	case config.For > 0 && config.For != c.Config.For && c.Elapsed > config.For:
		return fmt.Sprintf("%s, beyond %s", time.Duration(c.Elapsed).Round(time.Second), time.Duration(config.For))
	}
	return ""
}

// A checkpoint file is checkpointMagic, the length of its JSON as a little-endian uint32, the JSON,
// the network's state, the mined numbers as little-endian float32, and the SHA-256 of all that.
const (
	checkpointMagic = "L2VRUN1\n"
	maxHeader       = 1 << 20
)

// save replaces the checkpoint atomically.
func (r *Run) save(c *checkpoint) error {
	c.Mined = len(c.mined)
	header, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("saving a checkpoint: %w", err)
	}
	state, err := c.state.MarshalBinary()
	if err != nil {
		return fmt.Errorf("saving a checkpoint: %w", err)
	}
	data := []byte(checkpointMagic)
	data = binary.LittleEndian.AppendUint32(data, uint32(len(header)))
	data = append(append(data, header...), state...)
	for _, v := range c.mined {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	sum := sha256.Sum256(data)
	if err := renameio.WriteFile(filepath.Join(r.dir, checkpointFile), append(data, sum[:]...), 0o644); err != nil {
		return fmt.Errorf("saving a checkpoint: %w", err)
	}
	return nil
}

// load returns the checkpoint, or nil without one.
func (r *Run) load() (*checkpoint, error) {
	path := filepath.Join(r.dir, checkpointFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("loading a checkpoint: %w", err)
	}
	c, err := decodeCheckpoint(data)
	if err != nil {
		return nil, fmt.Errorf("loading checkpoint %s: %w", path, err)
	}
	return c, nil
}

func decodeCheckpoint(data []byte) (*checkpoint, error) {
	const fixed = len(checkpointMagic) + 4
	if len(data) < fixed+sha256.Size || string(data[:len(checkpointMagic)]) != checkpointMagic {
		return nil, fmt.Errorf("%w: not a checkpoint", loc2vec.ErrCorrupt)
	}
	body, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	if want := sha256.Sum256(body); !bytes.Equal(sum, want[:]) {
		return nil, fmt.Errorf("%w: the checksum does not match", loc2vec.ErrCorrupt)
	}
	length := int(binary.LittleEndian.Uint32(body[len(checkpointMagic):]))
	if length > maxHeader || length > len(body)-fixed {
		return nil, fmt.Errorf("%w: a header of %d bytes", loc2vec.ErrCorrupt, length)
	}
	c := &checkpoint{state: new(net.State)}
	decoder := json.NewDecoder(bytes.NewReader(body[fixed : fixed+length]))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(c); err != nil {
		return nil, fmt.Errorf("%w: %w", loc2vec.ErrCorrupt, err)
	}
	rest := body[fixed+length:]
	if c.Mined < 0 || c.Mined > len(rest)/4 {
		return nil, fmt.Errorf("%w: %d mined numbers", loc2vec.ErrCorrupt, c.Mined)
	}
	state, mined := rest[:len(rest)-4*c.Mined], rest[len(rest)-4*c.Mined:]
	for v := range slices.Chunk(mined, 4) {
		c.mined = append(c.mined, math.Float32frombits(binary.LittleEndian.Uint32(v)))
	}
	if err := c.state.UnmarshalBinary(state); err != nil {
		return nil, err
	}
	return c, nil
}
