package loc2vec

import "errors"

// The errors that callers tell apart, to be tested with errors.Is. Everything that the project
// returns for one of these reasons wraps it with what was being done.
var (
	// ErrCorrupt: the bytes of a pack, a bundle or a model are damaged or not of that kind at all.
	ErrCorrupt = errors.New("corrupt data")
	// ErrVersion: the file is of a format version that this build does not read.
	ErrVersion = errors.New("unsupported format version")
	// ErrSchemaMismatch: a pack and a bundle were made with different layer schemas.
	ErrSchemaMismatch = errors.New("schema mismatch")
	// ErrSpaceMismatch: two vectors come from different embedding spaces and cannot be compared.
	ErrSpaceMismatch = errors.New("embedding space mismatch")
	// ErrNoCoverage: the place lies outside every region that was given.
	ErrNoCoverage = errors.New("outside every region")
	// ErrCoordinate: a latitude or longitude is not a number or out of range.
	ErrCoordinate = errors.New("invalid coordinate")
)
