package loc2vec

import "errors"

// Sentinel errors, for errors.Is. Returned errors wrap them with what was being done.
var (
	// ErrCorrupt: the bytes of a pack, a bundle or a model are damaged, or the file is of another kind.
	ErrCorrupt = errors.New("corrupt data")
	// ErrVersion: this build does not read the format version of the file.
	ErrVersion = errors.New("unsupported format version")
	// ErrSchemaMismatch: a pack and a bundle were made with different layer schemas.
	ErrSchemaMismatch = errors.New("schema mismatch")
	// ErrSpaceMismatch: two vectors come from different embedding spaces and cannot be compared.
	ErrSpaceMismatch = errors.New("embedding space mismatch")
	// ErrNoCoverage: the place is outside every region.
	ErrNoCoverage = errors.New("outside every region")
	// ErrCoordinate: a latitude or longitude is not a number or out of range.
	ErrCoordinate = errors.New("invalid coordinate")
)
