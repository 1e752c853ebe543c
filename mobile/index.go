package mobile

import (
	"fmt"
	"os"

	"github.com/loc2vec/loc2vec/sdk"
)

// Index finds saved places that are like another place.
type Index struct{ x *sdk.Index }

// OpenIndex reads the index that Save wrote. It is empty if the path is empty or the file does not exist.
func (m *Model) OpenIndex(path string) (x *Index, err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return nil, err
	}
	if path == "" {
		return &Index{m.m.NewIndex()}, nil
	}
	index, err := m.m.LoadIndex(path)
	if err != nil {
		return nil, err
	}
	return &Index{index}, nil
}

func (x *Index) check() error {
	if x == nil || x.x == nil {
		return fmt.Errorf("index: %w", errNotOpen)
	}
	return nil
}

// Put saves a vector under an id. It replaces the vector of that id.
func (x *Index) Put(id string, v *Vector) (err error) {
	defer guard(&err)
	if err := x.check(); err != nil {
		return err
	}
	if err := v.check(); err != nil {
		return err
	}
	return x.x.Put(id, v.v)
}

// Remove removes a place and reports whether it existed.
func (x *Index) Remove(id string) (existed bool, err error) {
	defer guard(&err)
	if err := x.check(); err != nil {
		return false, err
	}
	return x.x.Remove(id), nil
}

// Get returns the vector of a place. If it does not exist, the error has CodeNotFound.
func (x *Index) Get(id string) (v *Vector, err error) {
	defer guard(&err)
	if err := x.check(); err != nil {
		return nil, err
	}
	found, exists := x.x.Get(id)
	if !exists {
		return nil, fmt.Errorf("place %q: %w", id, os.ErrNotExist)
	}
	return openVector(found), nil
}

// List returns the ids of all places, sorted.
func (x *Index) List() (ids *Strings, err error) {
	defer guard(&err)
	if err := x.check(); err != nil {
		return nil, err
	}
	return openStrings(x.x.IDs()), nil
}

// Count returns the number of places.
func (x *Index) Count() (n int, err error) {
	defer guard(&err)
	if err := x.check(); err != nil {
		return 0, err
	}
	return x.x.Len(), nil
}

// Neighbour is a saved place with the distance of its vector to the query.
type Neighbour struct {
	ID       string
	Distance float64
}

// Neighbours is a list of neighbours, nearest first.
type Neighbours struct {
	all  []sdk.Neighbour
	open bool
}

func (n *Neighbours) check() error {
	if n == nil || !n.open {
		return fmt.Errorf("neighbours: %w", errNotOpen)
	}
	return nil
}

// Count returns the number of neighbours.
func (n *Neighbours) Count() (count int, err error) {
	defer guard(&err)
	if err := n.check(); err != nil {
		return 0, err
	}
	return len(n.all), nil
}

// At returns the neighbour at an index.
func (n *Neighbours) At(index int) (neighbour *Neighbour, err error) {
	defer guard(&err)
	if err := n.check(); err != nil {
		return nil, err
	}
	found, err := at(n.all, index)
	if err != nil {
		return nil, err
	}
	return &Neighbour{ID: found.ID, Distance: found.Distance}, nil
}

// Nearest returns at most limit places whose vectors are nearest to v.
func (x *Index) Nearest(v *Vector, limit int) (n *Neighbours, err error) {
	defer guard(&err)
	if err := x.check(); err != nil {
		return nil, err
	}
	if err := v.check(); err != nil {
		return nil, err
	}
	all, err := x.x.Nearest(v.v, limit)
	if err != nil {
		return nil, err
	}
	return &Neighbours{all, true}, nil
}

// Centroid returns the mean of the vectors of some places.
func (x *Index) Centroid(ids *Strings) (v *Vector, err error) {
	defer guard(&err)
	if err := x.check(); err != nil {
		return nil, err
	}
	all, err := ids.slice()
	if err != nil {
		return nil, err
	}
	mean, err := x.x.Centroid(all)
	if err != nil {
		return nil, err
	}
	return openVector(mean), nil
}

// Save writes the index to a file, whole or not at all.
func (x *Index) Save(path string) (err error) {
	defer guard(&err)
	if err := x.check(); err != nil {
		return err
	}
	return x.x.Save(path)
}
