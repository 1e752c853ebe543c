package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/loc2vec/loc2vec"
)

// revision counts changes to the meaning of a Rule's fields, which the table cannot show.
const revision = 1

// Text returns the canonical text of the table: a line with the constants that rules refer to, a
// line for each layer, and a line for each rule in order.
func Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "loc2vec schema revision %d lane %g width %g..%g\n", revision, LaneWidth, float64(minWidth), float64(maxWidth))
	for l := range loc2vec.Layer(loc2vec.NumLayers) {
		fmt.Fprintf(&b, "layer %d %s\n", l, l)
	}
	for _, r := range Rules() {
		fmt.Fprintf(&b, "%s %s %s=%s size %g verge %g when %d if %s unless %s\n",
			r.Layer, r.Kind, r.Key, strings.ReplaceAll(r.Values, " ", ","), r.Size, r.Verge, r.When,
			strings.ReplaceAll(r.If, " ", ","), strings.ReplaceAll(r.Unless, " ", ","))
	}
	return b.String()
}

// Hash returns the SHA-256 of Text in hexadecimal digits.
func Hash() string {
	sum := sha256.Sum256([]byte(Text()))
	return hex.EncodeToString(sum[:])
}
