//go:build !unix

package fieldtest

import "time"

// processTime is not known on this system: the figures are 0.
func processTime() time.Duration { return 0 }
