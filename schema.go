package loc2vec

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

// Tag is one key=value of a map object.
type Tag struct {
	Key, Value string
}

// ObjectType says what a map object's geometry can be drawn as.
type ObjectType uint8

const (
	PointObject     ObjectType = iota // a node
	OpenWayObject                     // a way whose ends are different nodes
	ClosedWayObject                   // a way that ends where it starts: a line or an area, as its tags say
	AreaObject                        // a multipolygon or boundary relation
)

// Class is one answer of a Classifier: draw the object in this layer, this way.
type Class struct {
	Layer Layer
	Kind  Kind
	Size  uint16 // decimetres, as in Feature
}

// Classifier applies the table of Rules. It does not change after NewClassifier and is safe for
// concurrent use.
type Classifier struct {
	byKey map[string]*keyRules
}

// keyRules are the rules about one key: those for any value, and those for each value.
type keyRules struct {
	any     []*compiledRule
	byValue map[string][]*compiledRule
}

type compiledRule struct {
	Rule
	needs, bars []Tag
}

// NewClassifier returns a classifier for Rules.
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

func parseTags(s string) []Tag {
	var tags []Tag
	for _, f := range strings.Fields(s) {
		key, value, _ := strings.Cut(f, "=")
		tags = append(tags, Tag{key, value})
	}
	return tags
}

// Mentions reports whether some rule is about the key. An object without such a key has no class.
func (c *Classifier) Mentions(key string) bool { return c.byKey[key] != nil }

// Classify appends the classes of an object to dst, one for each layer and kind: where two rules
// agree on those, the larger size wins.
func (c *Classifier) Classify(dst []Class, t ObjectType, tags []Tag) []Class {
	first := len(dst)
	var x traits
	for _, tag := range tags {
		k := c.byKey[tag.Key]
		if k == nil || tag.Value == "no" {
			continue
		}
		if !x.read {
			x = readTraits(t, tags)
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

// traits are the tags of an object that conditions ask about.
type traits struct {
	read       bool
	hidden     bool // underground, indoors, not there any more or not yet
	disused    bool
	tunnel     bool
	below      bool
	point      bool // may be drawn as a disc
	area, line bool // may be drawn as such
	areaTagged bool
	width      float64 // metres, 0 when unknown
	lanes      float64
}

func readTraits(t ObjectType, tags []Tag) traits {
	x := traits{
		read:       true,
		point:      t == PointObject,
		area:       t == ClosedWayObject || t == AreaObject,
		line:       t == OpenWayObject || t == ClosedWayObject,
		areaTagged: t == AreaObject,
	}
	for _, tag := range tags {
		switch tag.Key {
		case "area":
			if t == ClosedWayObject {
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

// apply appends the rule's class to dst when the object fulfils the rule's conditions.
func (x *traits) apply(dst []Class, first int, r *compiledRule, tags []Tag) []Class {
	switch r.Kind {
	case KindDisc:
		if !x.point {
			return dst
		}
	case KindLine:
		if !x.line || r.When&OpenWay != 0 && x.area {
			return dst
		}
	case KindArea:
		if !x.area || r.When&AreaTagged != 0 && !x.areaTagged {
			return dst
		}
	}
	if r.When&Surface != 0 && x.tunnel || r.When&Above != 0 && x.below || r.When&EvenDisused == 0 && x.disused {
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

func anyOf(tags, wanted []Tag) bool {
	for _, w := range wanted {
		for _, tag := range tags {
			if tag == w {
				return true
			}
		}
	}
	return false
}

// size returns the size in metres that the rule gives the object.
func (x *traits) size(r *compiledRule) float64 {
	switch {
	case r.When&Measured != 0 && x.width > 0:
		return x.width
	case r.Verge > 0 && x.lanes > 0:
		return x.lanes*LaneWidth + r.Verge
	}
	return r.Size
}

// Widths outside of these bounds, in metres, are taken for mistakes.
const (
	minWidth = 0.5
	maxWidth = 150
)

// ParseMetres reads a length as mappers write it, such as "3.5", "4 m", "12'", "7'6\"", "10 ft" or
// "2,5", and reports whether it is one that a way can have as its width.
func ParseMetres(s string) (float64, bool) {
	s = strings.TrimSpace(strings.ReplaceAll(s, ",", "."))
	if feet, inches, ok := strings.Cut(s, "'"); ok {
		f, err := strconv.ParseFloat(strings.TrimSpace(feet), 64)
		if err != nil {
			return 0, false
		}
		in := 0.0
		if inches = strings.Trim(inches, ` "`); inches != "" {
			if in, err = strconv.ParseFloat(inches, 64); err != nil {
				return 0, false
			}
		}
		return widthInBounds(f*0.3048 + in*0.0254)
	}
	number := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	unit := 1.0
	switch strings.ToLower(strings.TrimSpace(s[len(number):])) {
	case "", "m", "meter", "meters", "metre", "metres":
	case "cm":
		unit = 0.01
	case "ft", "feet", "foot":
		unit = 0.3048
	default:
		return 0, false
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, false
	}
	return widthInBounds(v * unit)
}

func widthInBounds(w float64) (float64, bool) {
	// Written so that NaN is out of bounds.
	return w, w >= minWidth && w <= maxWidth
}

// schemaRevision counts changes of what the fields of a Rule mean, which the table cannot show.
const schemaRevision = 1

// SchemaText is the canonical text of the table of rules: one line each, in order, after a line
// with the constants that rules refer to. SchemaHash is computed from it.
func SchemaText() string {
	var b strings.Builder
	fmt.Fprintf(&b, "loc2vec schema revision %d lane %g width %g..%g\n", schemaRevision, LaneWidth, float64(minWidth), float64(maxWidth))
	for l := range Layer(NumLayers) {
		fmt.Fprintf(&b, "layer %d %s\n", l, l)
	}
	for _, r := range Rules() {
		fmt.Fprintf(&b, "%s %s %s=%s size %g verge %g when %d if %s unless %s\n",
			r.Layer, r.Kind, r.Key, strings.ReplaceAll(r.Values, " ", ","), r.Size, r.Verge, r.When,
			strings.ReplaceAll(r.If, " ", ","), strings.ReplaceAll(r.Unless, " ", ","))
	}
	return b.String()
}

// schemaHash computes the hash once: every opened pack and bundle asks for it.
var schemaHash = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(SchemaText()))
	return hex.EncodeToString(sum[:])
})

// SchemaHash names the rules that sort map objects into layers: the SHA-256, in hex, of SchemaText.
func SchemaHash() string { return schemaHash() }
