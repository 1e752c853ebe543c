package mobile

import (
	"fmt"

	"github.com/loc2vec/loc2vec/sdk"
)

// Classes recognises kinds of places from a few examples of each.
type Classes struct{ c *sdk.Classes }

// OpenClasses reads the classes that Save wrote. There are no classes if the path is empty or the file does not
// exist.
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

// Add adds an example to a class, and the class if it is new.
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

// Remove removes a class and reports whether it existed.
func (c *Classes) Remove(name string) (existed bool, err error) {
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

// Examples returns the number of examples of a class.
func (c *Classes) Examples(name string) (n int, err error) {
	defer guard(&err)
	if err := c.check(); err != nil {
		return 0, err
	}
	return c.c.Examples(name), nil
}

// Match is the result of Classify.
type Match struct {
	Name      string  // of the class that the place belongs to; empty if it belongs to none
	Nearest   string  // the nearest class, even if the place does not belong to it
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
