// Package base contains the base model, which embeds places in any region without training.
//
// It was trained on cities, towns and countryside of six continents. README.md is its model card. It adds 0.4 MB to a
// program.
package base

import _ "embed"

//go:embed base.l2v
var bundle string

// Bundle returns the model's bundle, for sdk.OpenBytes or Install of package sdk/store. The caller owns the bytes.
func Bundle() []byte { return []byte(bundle) }
