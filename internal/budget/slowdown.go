//go:build !race

package budget

// slowdown is how much longer work may take than a limit says.
const slowdown = 1
