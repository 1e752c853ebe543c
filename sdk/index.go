package sdk

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"sync"

	"github.com/loc2vec/loc2vec"
)

// placesFormat is the format of a file of saved places.
const placesFormat = "loc2vec places"

// Index finds saved places that are like another place. It holds vectors of one space, each under an id
// that the app chooses. A search is exhaustive: thousands of places take about a millisecond. Safe for
// concurrent use.
type Index struct {
	space space

	mu     sync.RWMutex
	places map[string]Vector

	saving sync.Mutex // held while a file is written, so that mu is not
}

// NewIndex returns an empty index for vectors of the model.
func (m *Model) NewIndex() *Index {
	return &Index{space: m.space(), places: map[string]Vector{}}
}

// LoadIndex reads the index that Save wrote. A missing file means an empty index. Errors wrap
// loc2vec.ErrSpaceMismatch for an index of another model, whose places must be embedded again,
// loc2vec.ErrCorrupt or loc2vec.ErrVersion, or are those of the file.
func (m *Model) LoadIndex(path string) (*Index, error) {
	x := m.NewIndex()
	if err := loadVectors(path, placesFormat, x.space, x.Put); err != nil {
		return nil, fmt.Errorf("loading index %s: %w", path, err)
	}
	return x, nil
}

// Save writes the index to a file, whole or not at all. It returns an error, which may wrap ErrDiskFull, if
// the disk is full or the file would be too large to load.
func (x *Index) Save(path string) error {
	x.saving.Lock()
	defer x.saving.Unlock()
	if err := saveVectors(path, placesFormat, x.space, x.labelled()); err != nil {
		return fmt.Errorf("saving index: %w", err)
	}
	return nil
}

// labelled returns the places, sorted by id.
func (x *Index) labelled() []labelledVector {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var vectors []labelledVector
	for _, id := range slices.Sorted(maps.Keys(x.places)) {
		v := x.places[id]
		vectors = append(vectors, labelledVector{id, v.Values[:]})
	}
	return vectors
}

// Put saves a vector under an id, which must be UTF-8. It replaces the vector of that id. For a vector of
// another space the error wraps loc2vec.ErrSpaceMismatch.
func (x *Index) Put(id string, v Vector) error {
	if err := checkLabel(id); err != nil {
		return fmt.Errorf("putting %q: the id is %w", id, err)
	}
	if err := x.space.check(v); err != nil {
		return fmt.Errorf("putting %q: %w", id, err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.places[id] = v
	return nil
}

// Remove removes a place and reports whether it existed.
func (x *Index) Remove(id string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	_, existed := x.places[id]
	delete(x.places, id)
	return existed
}

// Get returns the vector of a place and whether it exists.
func (x *Index) Get(id string) (Vector, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	v, exists := x.places[id]
	return v, exists
}

// IDs returns the ids of all places, sorted.
func (x *Index) IDs() []string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return slices.Sorted(maps.Keys(x.places))
}

// Len returns the number of places.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.places)
}

// Neighbour is a saved place with the distance of its vector to the query.
type Neighbour struct {
	ID       string
	Distance float64
}

// Nearest returns the k places whose vectors are nearest to v, nearest first, or all places if there are
// fewer. Places at the same distance are sorted by id. For a vector of another space the error wraps
// loc2vec.ErrSpaceMismatch.
func (x *Index) Nearest(v Vector, k int) ([]Neighbour, error) {
	if err := x.space.check(v); err != nil {
		return nil, fmt.Errorf("finding nearest places: %w", err)
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	k = min(max(k, 0), len(x.places))
	nearest := make([]Neighbour, 0, k+1)
	for id, place := range x.places {
		d, err := Distance(v, place)
		if err != nil {
			return nil, fmt.Errorf("finding nearest places: %w", err)
		}
		n := Neighbour{id, d}
		if at, _ := slices.BinarySearchFunc(nearest, n, Neighbour.compare); at < k {
			nearest = slices.Insert(nearest, at, n)[:min(len(nearest)+1, k)]
		}
	}
	return nearest, nil
}

// compare orders neighbours by distance, then id.
func (n Neighbour) compare(other Neighbour) int {
	return cmp.Or(cmp.Compare(n.Distance, other.Distance), cmp.Compare(n.ID, other.ID))
}

// Centroid returns the mean of the vectors of some places. If one does not exist, the error wraps
// os.ErrNotExist.
func (x *Index) Centroid(ids []string) (Vector, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var vectors []Vector
	for _, id := range ids {
		v, exists := x.places[id]
		if !exists {
			return Vector{}, fmt.Errorf("computing centroid: place %q: %w", id, os.ErrNotExist)
		}
		vectors = append(vectors, v)
	}
	return Centroid(vectors)
}

// Centroid returns the mean of one or more vectors; in a cosine space it normalises them first. For vectors
// of different spaces the error wraps loc2vec.ErrSpaceMismatch.
func Centroid(vectors []Vector) (Vector, error) {
	if len(vectors) == 0 {
		return Vector{}, errors.New("computing centroid: no vectors")
	}
	mean := vectors[0]
	var sum [loc2vec.Dimension]float64
	for _, v := range vectors {
		if err := v.space().check(mean); err != nil {
			return Vector{}, fmt.Errorf("computing centroid: %w", err)
		}
		for i, x := range v.numbers() {
			sum[i] += x
		}
	}
	for i := range sum {
		mean.Values[i] = float32(sum[i] / float64(len(vectors)))
	}
	return mean, nil
}

// Analogy returns a - b + c, the vector that relates to c as a relates to b. Index.Nearest finds places
// like it. For vectors of different spaces the error wraps loc2vec.ErrSpaceMismatch.
func Analogy(a, b, c Vector) (Vector, error) {
	for _, v := range []Vector{b, c} {
		if err := a.space().check(v); err != nil {
			return Vector{}, fmt.Errorf("computing analogy: %w", err)
		}
	}
	x, y, z := a.numbers(), b.numbers(), c.numbers()
	for i := range a.Values {
		a.Values[i] = float32(x[i] - y[i] + z[i])
	}
	return a, nil
}

// numbers returns the vector as float64, in a cosine space normalised to length 1.
func (v Vector) numbers() [loc2vec.Dimension]float64 {
	var x [loc2vec.Dimension]float64
	var squares float64
	for i := range x {
		x[i] = float64(v.Values[i])
		squares += x[i] * x[i]
	}
	if v.Metric == loc2vec.Cosine && squares > 0 {
		for i := range x {
			x[i] /= math.Sqrt(squares)
		}
	}
	return x
}

func (v Vector) space() space { return space{v.SpaceID, v.Metric} }
