//go:build !unix

package budget

import "time"

// processorTime is not known on this system: limits of time hold for everything.
func processorTime() time.Duration { return 0 }
