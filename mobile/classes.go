package mobile

import (
	"fmt"

	"github.com/loc2vec/loc2vec/sdk"
)

// Classes tells kinds of places apart from a handful of examples of each.
type Classes struct{ c *sdk.Classes }

// OpenClasses reads the classes that Save wrote. There are none when the path is empty or no file is
// there.
func (m *Model) OpenClasses(path string) (c *Classes, err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return nil, err
	}
	if path == "" {
		return &Classes{m.m.NewClasses()}, nil
	}
	classes, err := m.m.LoadClasses(path)
	if err != nil {
		return nil, err
	}
	return &Classes{classes}, nil
}

func (c *Classes) check() error {
	if c == nil || c.c == nil {
		return fmt.Errorf("classes: %w", errNotOpen)
	}
	return nil
}

// Add adds an example to a class, which need not be there yet.
func (c *Classes) Add(name string, example *Vector) (err error) {
	defer guard(&err)
	if err := c.check(); err != nil {
		return err
	}
	if err := example.check(); err != nil {
		return err
	}
	return c.c.Add(name, example.v)
}

// Remove forgets a class and tells whether it was there.
func (c *Classes) Remove(name string) (there bool, err error) {
	defer guard(&err)
	if err := c.check(); err != nil {
		return false, err
	}
	return c.c.Remove(name), nil
}

// Names returns the names of all classes, sorted.
func (c *Classes) Names() (names *Strings, err error) {
	defer guard(&err)
	if err := c.check(); err != nil {
		return nil, err
	}
	return openStrings(c.c.Names()), nil
}

// Examples returns how many examples a class has.
func (c *Classes) Examples(name string) (n int, err error) {
	defer guard(&err)
	if err := c.check(); err != nil {
		return 0, err
	}
	return c.c.Examples(name), nil
}

// Match is the answer to a place.
type Match struct {
	Name      string  // of the class that the place belongs to; empty for none of these
	Nearest   string  // the nearest class, whether the place belongs to it or not
	Distance  float64 // to the nearest class
	Threshold float64 // the place belongs to the class up to this distance
}

// Classify returns the class that a place belongs to.
func (c *Classes) Classify(v *Vector) (match *Match, err error) {
	defer guard(&err)
	if err := c.check(); err != nil {
		return nil, err
	}
	if err := v.check(); err != nil {
		return nil, err
	}
	found, err := c.c.Classify(v.v)
	if err != nil {
		return nil, err
	}
	return &Match{Name: found.Class, Nearest: found.Nearest, Distance: found.Distance, Threshold: found.Threshold}, nil
}

// Save writes all examples to a file, whole or not at all.
func (c *Classes) Save(path string) (err error) {
	defer guard(&err)
	if err := c.check(); err != nil {
		return err
	}
	return c.c.Save(path)
}
