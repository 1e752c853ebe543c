//go:build race

package budget

// slowdown is how much longer work may take than a limit says: the race detector makes programs up to twenty times
// slower.
const slowdown = 20
