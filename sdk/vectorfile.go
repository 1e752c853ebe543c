package sdk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"unicode/utf8"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk/internal/atomicfile"
)

// ErrDiskFull: the disk has no room for a file. The file that it should replace is still there.
var ErrDiskFull = atomicfile.ErrDiskFull

const (
	vectorFileVersion = 1
	// maxVectorFile is the maximum size in bytes of a file: some hundred thousand vectors.
	maxVectorFile = 64 << 20
)

// vectorFile is the JSON form in which vectors with labels are stored.
type vectorFile struct {
	Format  string           `json:"format"` // what the labels mean
	Version int              `json:"version"`
	SpaceID string           `json:"space_id"`
	Metric  loc2vec.Metric   `json:"metric"`
	Vectors []labelledVector `json:"vectors"`
}

type labelledVector struct {
	Label  string    `json:"label"`
	Values []float32 `json:"values"` // [D]
}

// space identifies an embedding space. Only vectors of one space are comparable.
type space struct {
	id     string
	metric loc2vec.Metric
}

func (m *Model) space() space {
	return space{m.manifest.SpaceID, m.manifest.Distance}
}

// check returns an error that wraps loc2vec.ErrSpaceMismatch unless the vector is of the space, and an
// error if a number is not finite.
func (s space) check(v Vector) error {
	if v.SpaceID != s.id || v.Metric != s.metric {
		return fmt.Errorf("%w: a vector of %q (%s), want %q (%s)", loc2vec.ErrSpaceMismatch, v.SpaceID, v.Metric, s.id, s.metric)
	}
	for _, x := range v.Values {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return errors.New("a vector with NaN or infinite numbers")
		}
	}
	return nil
}

// errNotUTF8 is the error of an id or a name that a file cannot hold: JSON would replace its bytes, and two labels
// could become one.
var errNotUTF8 = errors.New("not UTF-8")

// checkLabel returns errNotUTF8 unless the label is UTF-8.
func checkLabel(label string) error {
	if !utf8.ValidString(label) {
		return errNotUTF8
	}
	return nil
}

// saveVectors replaces the file at path with the vectors, whole or not at all.
func saveVectors(path, format string, s space, vectors []labelledVector) error {
	text, err := json.Marshal(vectorFile{format, vectorFileVersion, s.id, s.metric, vectors})
	if err != nil {
		return err
	}
	if len(text) > maxVectorFile {
		return fmt.Errorf("%d vectors take %d bytes, more than %d", len(vectors), len(text), maxVectorFile)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// loadVectors calls add for each vector of a file, which must have the format and the space. A missing file
// is an empty one.
func loadVectors(path, format string, s space, add func(label string, v Vector) error) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxVectorFile+1))
	if err != nil {
		return err
	}
	if len(text) > maxVectorFile {
		return fmt.Errorf("%w: more than %d bytes", loc2vec.ErrCorrupt, maxVectorFile)
	}
	// Check the version first: everything else may differ in another version.
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return fmt.Errorf("%w: %w", loc2vec.ErrCorrupt, err)
	}
	switch {
	case head.Format != format:
		return fmt.Errorf("%w: format %q, want %q", loc2vec.ErrCorrupt, head.Format, format)
	case head.Version != vectorFileVersion:
		return fmt.Errorf("%w: version %d, want %d", loc2vec.ErrVersion, head.Version, vectorFileVersion)
	}
	var f vectorFile
	if err := json.Unmarshal(text, &f); err != nil {
		return fmt.Errorf("%w: %w", loc2vec.ErrCorrupt, err)
	}
	for _, l := range f.Vectors {
		v := Vector{SpaceID: f.SpaceID, Metric: f.Metric}
		if len(l.Values) != len(v.Values) {
			return fmt.Errorf("%w: %q has %d numbers, want %d", loc2vec.ErrCorrupt, l.Label, len(l.Values), len(v.Values))
		}
		copy(v.Values[:], l.Values)
		if err := add(l.Label, v); err != nil {
			return err
		}
	}
	// A file without vectors has a space too.
	return s.check(Vector{SpaceID: f.SpaceID, Metric: f.Metric})
}
