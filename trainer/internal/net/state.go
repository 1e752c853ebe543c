package net

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
)

// State is everything that a Trainer of the same Config needs to continue with the same bits: weights, running
// statistics, the moments of the optimiser and, with Config.Quantise, the ranges of activations. Dropout follows from
// the seed and the step. The caller must repeat calls of Trainer.Quantise. A State shares no memory with its Trainer.
type State struct {
	Architecture string
	Pixels       int
	Seed         uint64
	Step         uint64 // steps trained
	ISA          string // instruction set of the kernels; with another one a run continues with different last bits

	Tensors []Tensor
}

// Tensor is a named array of a State.
type Tensor struct {
	Name string
	Data []float32
}

// tensors lists the Trainer's memory with the names in State, in a fixed order.
func (t *Trainer) tensors() []Tensor {
	var list []Tensor
	for i, p := range t.net.params {
		list = append(list, Tensor{p.name, p.value}, Tensor{p.name + ".m", t.solver.mean[i]}, Tensor{p.name + ".v", t.solver.square[i]})
	}
	for _, n := range t.net.norms {
		list = append(list, Tensor{n.name + ".mean", n.runningMean}, Tensor{n.name + ".variance", n.runningVar})
	}
	for _, r := range t.net.quantiser.ranges() {
		list = append(list, Tensor{r.name + ".range", r.running})
	}
	return list
}

// State returns a copy of the state after the last step.
func (t *Trainer) State() *State {
	c := t.net.config
	s := &State{Architecture: c.Architecture, Pixels: c.Pixels, Seed: c.Seed, Step: t.solver.step, ISA: c.ISA.String()}
	for _, v := range t.tensors() {
		s.Tensors = append(s.Tensors, Tensor{v.Name, slices.Clone(v.Data)})
	}
	return s
}

// Restore sets the Trainer to a state. If the state belongs to another network or seed, it returns an error and
// changes nothing.
func (t *Trainer) Restore(s *State) error {
	c := t.net.config
	if s.Architecture != c.Architecture || s.Pixels != c.Pixels || s.Seed != c.Seed {
		return fmt.Errorf("state of architecture %s, %d pixels and seed %d, want %s, %d and %d",
			s.Architecture, s.Pixels, s.Seed, c.Architecture, c.Pixels, c.Seed)
	}
	own := t.tensors()
	if len(s.Tensors) != len(own) {
		return fmt.Errorf("state of %d tensors, want %d", len(s.Tensors), len(own))
	}
	for i, v := range own {
		if got := s.Tensors[i]; got.Name != v.Name || len(got.Data) != len(v.Data) {
			return fmt.Errorf("tensor %d of the state is %s with %d values, want %s with %d", i, got.Name, len(got.Data), v.Name, len(v.Data))
		}
	}
	for i, v := range own {
		copy(v.Data, s.Tensors[i].Data)
	}
	t.solver.step = s.Step
	return nil
}

// The encoding is little-endian: magic, version; architecture, pixels, seed, step, instruction set; the number of
// tensors, and for each its name, its length and its values; the CRC-32 (IEEE) of all preceding bytes. A string is
// its length as uint16 followed by its bytes.
const (
	stateMagic   = "L2VS"
	stateVersion = 1
)

// Errors of UnmarshalBinary.
var (
	ErrStateCorrupt = errors.New("corrupt training state")
	ErrStateVersion = errors.New("training state of another version")
)

// MarshalBinary encodes the state. Equal states give equal bytes.
func (s *State) MarshalBinary() ([]byte, error) {
	b := binary.LittleEndian.AppendUint32([]byte(stateMagic), stateVersion)
	text := func(v string) error {
		if len(v) > math.MaxUint16 {
			return fmt.Errorf("name of %d bytes, want at most 65535", len(v))
		}
		b = append(binary.LittleEndian.AppendUint16(b, uint16(len(v))), v...)
		return nil
	}
	if err := text(s.Architecture); err != nil {
		return nil, err
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(s.Pixels))
	b = binary.LittleEndian.AppendUint64(b, s.Seed)
	b = binary.LittleEndian.AppendUint64(b, s.Step)
	if err := text(s.ISA); err != nil {
		return nil, err
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s.Tensors)))
	for _, t := range s.Tensors {
		if err := text(t.Name); err != nil {
			return nil, err
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(len(t.Data)))
		for _, v := range t.Data {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
	}
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b)), nil
}

// UnmarshalBinary decodes a state. For bytes that MarshalBinary did not write it returns an error that wraps
// ErrStateCorrupt or ErrStateVersion.
func (s *State) UnmarshalBinary(b []byte) error {
	const head, sum = len(stateMagic) + 4, 4
	if len(b) < head+sum || string(b[:len(stateMagic)]) != stateMagic {
		return fmt.Errorf("%w: not a training state", ErrStateCorrupt)
	}
	if v := binary.LittleEndian.Uint32(b[len(stateMagic):]); v != stateVersion {
		return fmt.Errorf("%w: %d, want %d", ErrStateVersion, v, stateVersion)
	}
	body := b[:len(b)-sum]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(b[len(body):]) {
		return fmt.Errorf("%w: wrong checksum", ErrStateCorrupt)
	}
	r := stateReader{rest: body[head:]}
	var read State
	read.Architecture = r.text()
	read.Pixels = int(r.uint32())
	read.Seed, read.Step = r.uint64(), r.uint64()
	read.ISA = r.text()
	for n := r.uint32(); n > 0 && !r.short; n-- {
		read.Tensors = append(read.Tensors, Tensor{r.text(), r.floats()})
	}
	if r.short || len(r.rest) > 0 {
		return fmt.Errorf("%w: wrong lengths", ErrStateCorrupt)
	}
	*s = read
	return nil
}

// stateReader decodes values from the front of bytes. Once too few bytes are left, short is set and every value is
// zero.
type stateReader struct {
	rest  []byte
	short bool
}

func (r *stateReader) bytes(n int) []byte {
	if n > len(r.rest) {
		r.short, r.rest = true, nil
	}
	if r.short {
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *stateReader) uint32() uint32 {
	if b := r.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *stateReader) uint64() uint64 {
	if b := r.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (r *stateReader) text() string {
	if b := r.bytes(2); b != nil {
		return string(r.bytes(int(binary.LittleEndian.Uint16(b))))
	}
	return ""
}

// floats decodes a length and that many values. It allocates no more than the bytes that are left.
func (r *stateReader) floats() []float32 {
	n := int(r.uint32())
	if n > len(r.rest)/4 {
		r.short = true
	}
	b := r.bytes(4 * n)
	if b == nil {
		return nil
	}
	v := make([]float32, n)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}
