package schema

import (
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
)

// Shape is the geometry of an element, which limits the kinds of feature that it can become.
type Shape uint8

const (
	Point     Shape = iota // a node
	OpenWay                // a way whose first and last node differ
	ClosedWay              // a way that ends in its first node: a line or an area, depending on its tags
	Area                   // a multipolygon or boundary relation
)

// Class is the layer, kind and size of the feature that an element becomes.
type Class struct {
	Layer loc2vec.Layer
	Kind  loc2vec.Kind
	Size  uint16 // decimetres, as in loc2vec.Feature
}

// Classifier applies Rules. It is immutable and safe for concurrent use.
type Classifier struct {
	byKey map[string]*keyRules
}

// keyRules holds the rules for one key: those for any value and those for each single value.
type keyRules struct {
	any     []*compiledRule
	byValue map[string][]*compiledRule
}

type compiledRule struct {
	Rule
	needs, bars osm.Tags
}

// NewClassifier compiles Rules.
func NewClassifier() *Classifier {
	c := &Classifier{byKey: map[string]*keyRules{}}
	for _, r := range Rules() {
		k := c.byKey[r.Key]
		if k == nil {
			k = &keyRules{byValue: map[string][]*compiledRule{}}
			c.byKey[r.Key] = k
		}
		rule := &compiledRule{Rule: r, needs: parseTags(r.If), bars: parseTags(r.Unless)}
		if r.Values == "*" {
			k.any = append(k.any, rule)
			continue
		}
		for _, v := range strings.Fields(r.Values) {
			k.byValue[v] = append(k.byValue[v], rule)
		}
	}
	return c
}

func parseTags(s string) osm.Tags {
	var tags osm.Tags
	for _, f := range strings.Fields(s) {
		key, value, _ := strings.Cut(f, "=")
		tags = append(tags, osm.Tag{Key: key, Value: value})
	}
	return tags
}

// Mentions reports whether a rule names the key. An element without such a key has no class.
func (c *Classifier) Mentions(key string) bool { return c.byKey[key] != nil }

// Classify appends the classes of an element to dst, one for each layer and kind. Where two rules
// give the same layer and kind, the larger size wins.
func (c *Classifier) Classify(dst []Class, shape Shape, tags osm.Tags) []Class {
	first := len(dst)
	var x traits
	for _, tag := range tags {
		k := c.byKey[tag.Key]
		if k == nil || tag.Value == "no" {
			continue
		}
		if !x.read {
			x = readTraits(shape, tags)
			if x.hidden {
				return dst
			}
		}
		for _, r := range k.any {
			dst = x.apply(dst, first, r, tags)
		}
		for _, r := range k.byValue[tag.Value] {
			dst = x.apply(dst, first, r, tags)
		}
	}
	return dst
}

// traits holds the tags of an element that conditions test.
type traits struct {
	read       bool
	hidden     bool // underground, indoors, removed or only planned
	disused    bool
	tunnel     bool
	below      bool
	point      bool // may become a disc
	area, line bool // may become an area, a line
	areaTagged bool
	width      float64 // metres, 0 when unknown
	lanes      float64
}

func readTraits(shape Shape, tags osm.Tags) traits {
	x := traits{
		read:       true,
		point:      shape == Point,
		area:       shape == ClosedWay || shape == Area,
		line:       shape == OpenWay || shape == ClosedWay,
		areaTagged: shape == Area,
	}
	for _, tag := range tags {
		switch tag.Key {
		case "area":
			if shape == ClosedWay {
				x.area = tag.Value != "no"
				x.areaTagged = tag.Value == "yes"
				x.line = !x.areaTagged
			}
		case "tunnel":
			switch tag.Value {
			case "no", "building_passage", "avalanche_protector", "covered":
			default:
				x.tunnel = true
			}
		case "layer":
			n, err := strconv.ParseFloat(tag.Value, 64)
			x.below = err == nil && n < 0
		case "location":
			x.hidden = x.hidden || tag.Value == "underground" || tag.Value == "indoor"
		case "indoor":
			x.hidden = x.hidden || tag.Value != "no"
		case "demolished", "razed", "removed", "proposed", "planned":
			x.hidden = x.hidden || tag.Value == "yes"
		case "disused", "abandoned":
			x.disused = x.disused || tag.Value == "yes"
		case "width":
			if w, ok := ParseMetres(tag.Value); ok {
				x.width = w
			}
		case "est_width":
			if w, ok := ParseMetres(tag.Value); ok && x.width == 0 {
				x.width = w
			}
		case "lanes":
			if n, err := strconv.ParseFloat(tag.Value, 64); err == nil && n >= 1 && n <= 16 {
				x.lanes = n
			}
		}
	}
	return x
}

// apply appends the rule's class to dst if the element meets the rule's conditions. The classes of
// the element are dst[first:].
func (x *traits) apply(dst []Class, first int, r *compiledRule, tags osm.Tags) []Class {
	switch r.Kind {
	case loc2vec.KindDisc:
		if !x.point {
			return dst
		}
	case loc2vec.KindLine:
		if !x.line || r.When&NotArea != 0 && x.area {
			return dst
		}
	case loc2vec.KindArea:
		if !x.area || r.When&AreaTagged != 0 && !x.areaTagged {
			return dst
		}
	}
	if r.When&Surface != 0 && x.tunnel || r.When&AboveGround != 0 && x.below || r.When&EvenDisused == 0 && x.disused {
		return dst
	}
	if len(r.needs) > 0 && !anyOf(tags, r.needs) || anyOf(tags, r.bars) {
		return dst
	}
	class := Class{Layer: r.Layer, Kind: r.Kind, Size: uint16(math.Round(x.size(r) * 10))}
	for i := first; i < len(dst); i++ {
		if dst[i].Layer == class.Layer && dst[i].Kind == class.Kind {
			dst[i].Size = max(dst[i].Size, class.Size)
			return dst
		}
	}
	return append(dst, class)
}

func anyOf(tags, wanted osm.Tags) bool {
	for _, w := range wanted {
		for _, tag := range tags {
			if tag == w {
				return true
			}
		}
	}
	return false
}

// size returns the size in metres of an element under the rule.
func (x *traits) size(r *compiledRule) float64 {
	switch {
	case r.When&Measured != 0 && x.width > 0:
		return x.width
	case r.Verge > 0 && x.lanes > 0:
		return x.lanes*LaneWidth + r.Verge
	}
	return r.Size
}
