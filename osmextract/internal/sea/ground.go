package sea

import "github.com/loc2vec/loc2vec/internal/coast"

// ground is what a tile or side without coast is.
type ground = coast.Ground

const (
	unknown = coast.Unknown
	land    = coast.Land
	sea     = coast.Sea
)
