package train

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/google/renameio/v2"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
)

// Files of a run directory.
const (
	checkpointFile = "checkpoint.bin"
	logFile        = "log.csv"
	networkFile    = "network.bin"
)

// Record is a row of a run's log.
type Record struct {
	Step            int      // steps done, 1 after the first
	Elapsed         Duration // time spent in training
	Loss            float64  // before this step's update
	Rate            float64  // learning rate
	ImagesPerSecond float64
	Active          float64 // share of triplets or pairs that still teach
	EffectiveRank   float64 // of the batch; falls towards 1 when the space collapses
	MeanNorm        float64
	MeanPositive    float64 // mean distance between views of one place
	MeanNegative    float64 // mean distance between views of different places
}

func recordHeader() []string {
	return []string{"step", "seconds", "loss", "rate", "images_per_second", "active", "effective_rank", "mean_norm", "mean_positive", "mean_negative"}
}

func (r Record) row() []string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
	return []string{
		strconv.Itoa(r.Step), number(time.Duration(r.Elapsed).Seconds()), number(r.Loss), number(r.Rate), number(r.ImagesPerSecond),
		number(r.Active), number(r.EffectiveRank), number(r.MeanNorm), number(r.MeanPositive), number(r.MeanNegative),
	}
}

// Run is the directory in which a run keeps its log (log.csv, one row per step), its last checkpoint
// and, once it is over, the network that it came to. Not safe for concurrent use.
type Run struct {
	dir string
	out *os.File // the log, opened at the first row
}

// OpenRun makes the directory or takes up the one that is there.
func OpenRun(dir string) (*Run, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open run directory: %w", err)
	}
	return &Run{dir: dir}, nil
}

// Close closes the log.
func (r *Run) Close() error {
	if r.out == nil {
		return nil
	}
	err := r.out.Close()
	r.out = nil
	return err
}

// log appends a row. The first one drops the rows of steps that come again after a resumption.
func (r *Run) log(record Record) error {
	if r.out == nil {
		if err := r.startLog(record.Step); err != nil {
			return fmt.Errorf("start the log: %w", err)
		}
	}
	w := csv.NewWriter(r.out)
	_ = w.Write(record.row()) // reported by Error
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("write the log: %w", err)
	}
	return nil
}

func (r *Run) startLog(step int) error {
	path := filepath.Join(r.dir, logFile)
	rows := [][]string{recordHeader()}
	switch data, err := os.ReadFile(path); {
	case err == nil:
		rows = append(rows, rowsBefore(data, step)...)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	var kept bytes.Buffer
	if err := csv.NewWriter(&kept).WriteAll(rows); err != nil {
		return err
	}
	if err := renameio.WriteFile(path, kept.Bytes(), 0o644); err != nil {
		return err
	}
	var err error
	r.out, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o644)
	return err
}

// Records returns the rows of the log.
func (r *Run) Records() ([]Record, error) {
	data, err := os.ReadFile(filepath.Join(r.dir, logFile))
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	var records []Record
	for _, row := range rowsBefore(data, math.MaxInt) {
		record, err := parseRecord(row)
		if err != nil {
			return nil, fmt.Errorf("read the log: %w", err)
		}
		records = append(records, record)
	}
	return records, nil
}

// parseRecord is the inverse of Record.row.
func parseRecord(row []string) (Record, error) {
	var r Record
	var seconds float64
	var err error
	if r.Step, err = strconv.Atoi(row[0]); err != nil {
		return r, err
	}
	numbers := []*float64{&seconds, &r.Loss, &r.Rate, &r.ImagesPerSecond, &r.Active, &r.EffectiveRank, &r.MeanNorm, &r.MeanPositive, &r.MeanNegative}
	for i, n := range numbers {
		if *n, err = strconv.ParseFloat(row[1+i], 64); err != nil {
			return r, err
		}
	}
	r.Elapsed = Duration(seconds * float64(time.Second))
	return r, nil
}

// rowsBefore returns the whole rows of a log with steps below step; a row that was cut off by a
// crash ends it.
func rowsBefore(data []byte, step int) [][]string {
	reader := csv.NewReader(bytes.NewReader(data))
	reader.FieldsPerRecord = len(recordHeader())
	var rows [][]string
	for first := true; ; first = false {
		row, err := reader.Read()
		if err != nil {
			return rows
		}
		if first {
			continue
		}
		if n, err := strconv.Atoi(row[0]); err != nil || n >= step {
			return rows
		}
		rows = append(rows, row)
	}
}

// checkpoint is everything that a run needs to go on as if it had never stopped.
type checkpoint struct {
	Config  Config   `json:"config"`
	Inputs  Inputs   `json:"inputs"`
	Step    int      `json:"step"`
	Elapsed Duration `json:"elapsed"`
	MinedAt int      `json:"mined_at,omitempty"` // step at which the places were embedded last
	Mined   int      `json:"mined,omitempty"`    // how many numbers that gave
	state   *net.State
	mined   []float32
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

// beyond says how a checkpoint is further than a configuration would have a run go, or is empty. A run whose length is
// a time ends a little behind it.
func (c *checkpoint) beyond(config *Config) string {
	switch {
	case config.Steps > 0 && c.Step > config.Steps:
		return fmt.Sprintf("to step %d, beyond %d", c.Step, config.Steps)
	case config.For > 0 && config.For != c.Config.For && c.Elapsed > config.For:
		return fmt.Sprintf("to %s, beyond %s", time.Duration(c.Elapsed).Round(time.Second), time.Duration(config.For))
	}
	return ""
}

// A checkpoint file is checkpointMagic, the length of its JSON as a little-endian uint32, the JSON,
// the network's state, the mined numbers as little-endian float32, and the SHA-256 of all that.
const (
	checkpointMagic = "L2VRUN1\n"
	maxHeader       = 1 << 20
)

// save replaces the checkpoint; the old one stays until the new one is complete.
func (r *Run) save(c *checkpoint) error {
	c.Mined = len(c.mined)
	header, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	state, err := c.state.MarshalBinary()
	if err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	data := []byte(checkpointMagic)
	data = binary.LittleEndian.AppendUint32(data, uint32(len(header)))
	data = append(append(data, header...), state...)
	for _, v := range c.mined {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	sum := sha256.Sum256(data)
	if err := renameio.WriteFile(filepath.Join(r.dir, checkpointFile), append(data, sum[:]...), 0o644); err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	return nil
}

// load returns the checkpoint, nil when there is none.
func (r *Run) load() (*checkpoint, error) {
	path := filepath.Join(r.dir, checkpointFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load checkpoint: %w", err)
	}
	c, err := decodeCheckpoint(data)
	if err != nil {
		return nil, fmt.Errorf("load checkpoint %s: %w", path, err)
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

// Progress is where a run directory's checkpoint stands.
type Progress struct {
	Config   Config
	Inputs   Inputs
	Step     int
	Finished bool // the run has reached the length in its configuration
}

// Checkpoint describes the run directory's checkpoint. Without one the error wraps fs.ErrNotExist.
func (r *Run) Checkpoint() (Progress, error) {
	c, err := r.load()
	if err != nil {
		return Progress{}, err
	}
	if c == nil {
		return Progress{}, fmt.Errorf("no checkpoint in %s: %w", r.dir, fs.ErrNotExist)
	}
	return Progress{Config: c.Config, Inputs: c.Inputs, Step: c.Step, Finished: c.Config.done(c.Step, time.Duration(c.Elapsed)) >= 1}, nil
}

// Clear removes checkpoint, log and network.
func (r *Run) Clear() error {
	for _, name := range []string{checkpointFile, logFile, networkFile} {
		if err := os.Remove(filepath.Join(r.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear run directory: %w", err)
		}
	}
	return nil
}
