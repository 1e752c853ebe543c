// Package base holds the model that comes with loc2vec: trained on cities, towns and countryside of
// six continents, for regions it has never seen, and as a start for models of one's own. README.md is
// its card. A program that imports the package carries the model's 0.4 MB.
package base

import _ "embed"

//go:embed base.l2v
var bundle string

// Bundle returns the model's bundle, for sdk.OpenBytes or Install of package sdk/store. The
// caller owns the bytes.
func Bundle() []byte { return []byte(bundle) }
