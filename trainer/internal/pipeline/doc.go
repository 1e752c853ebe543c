// Package pipeline makes one model: it draws places from region packs, trains a network on them, exports it as a
// bundle and compares it with the baselines.
//
// The functions take options structs and report progress to an io.Writer; they parse no flags and print no
// results. A RequestError is found before any work.
package pipeline

import "fmt"

// RequestError reports a request that cannot be carried out as it stands. Nothing has been computed, and the files
// are as they were.
type RequestError struct{ Err error }

// Error implements error.
func (e RequestError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e RequestError) Unwrap() error { return e.Err }

func requestf(format string, args ...any) error {
	return RequestError{fmt.Errorf(format, args...)}
}
