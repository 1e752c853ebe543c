package mobile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/store"
)

// The codes in front of error messages. They do not change; there may be more of them one day, so
// treat one that is not known like CodeFailed.
const (
	CodeArgument   = "E_ARGUMENT"    // an argument that no call could satisfy
	CodeBusy       = "E_BUSY"        // another process, or another store of the same folder, is changing it
	CodeCancelled  = "E_CANCELLED"   // the app cancelled
	CodeClosed     = "E_CLOSED"      // the object was closed before
	CodeCoordinate = "E_COORDINATE"  // no place on Earth
	CodeCorrupt    = "E_CORRUPT"     // a file is damaged, or of another kind
	CodeFailed     = "E_FAILED"      // anything else
	CodeInternal   = "E_INTERNAL"    // a mistake in this library
	CodeListener   = "E_LISTENER"    // the app's listener threw
	CodeName       = "E_NAME"        // not a name for a region or model
	CodeNoCoverage = "E_NO_COVERAGE" // outside every region
	CodeNoSpace    = "E_NO_SPACE"    // the device's storage is full
	CodeNotFound   = "E_NOT_FOUND"   // no such file or name
	CodeNotOpen    = "E_NOT_OPEN"    // the object was not made by an Open function
	CodePermission = "E_PERMISSION"  // the system does not allow it
	CodeSchema     = "E_SCHEMA"      // region and model were made with different map layers
	CodeSelfTest   = "E_SELF_TEST"   // this device computes other vectors than it must
	CodeSignature  = "E_SIGNATURE"   // the signature is wrong
	CodeSpace      = "E_SPACE"       // vectors of different models cannot be compared
	CodeUnsigned   = "E_UNSIGNED"    // a signature is required, and there is none
	CodeVersion    = "E_VERSION"     // the file is for a newer version of this library
)

// Errors of the facade's own.
var (
	errNotOpen  = errors.New("the object was not made by an Open function")
	errArgument = errors.New("unusable argument")
	errListener = errors.New("the listener threw")
)

// errPanic wraps what a panic said.
type errPanic struct{ value any }

func (e errPanic) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// codes lists what tells errors apart, the most specific first.
func codes() []struct {
	is   error
	code string
} {
	return []struct {
		is   error
		code string
	}{
		{errNotOpen, CodeNotOpen},
		{errArgument, CodeArgument},
		{errListener, CodeListener},
		{context.Canceled, CodeCancelled},
		{loc2vec.ErrCoordinate, CodeCoordinate},
		{loc2vec.ErrNoCoverage, CodeNoCoverage},
		{loc2vec.ErrSchemaMismatch, CodeSchema},
		{loc2vec.ErrSpaceMismatch, CodeSpace},
		{loc2vec.ErrVersion, CodeVersion},
		{loc2vec.ErrCorrupt, CodeCorrupt},
		{sdk.ErrSelfTest, CodeSelfTest},
		{sdk.ErrDiskFull, CodeNoSpace},
		{store.ErrBusy, CodeBusy},
		{store.ErrName, CodeName},
		{store.ErrUnsigned, CodeUnsigned},
		{store.ErrSignature, CodeSignature},
		{os.ErrClosed, CodeClosed},
		{fs.ErrNotExist, CodeNotFound},
		{fs.ErrPermission, CodePermission},
	}
}

// coded is an error as it crosses the border: its code stands in front.
type coded struct {
	code string
	err  error
}

func (e *coded) Error() string { return e.code + ": " + e.err.Error() }
func (e *coded) Unwrap() error { return e.err }

// withCode puts the code of an error in front of it. What has one keeps it.
func withCode(err error) error {
	if err == nil {
		return nil
	}
	var known *coded
	if errors.As(err, &known) {
		return known
	}
	var p errPanic
	if errors.As(err, &p) {
		return &coded{CodeInternal, err}
	}
	for _, c := range codes() {
		if errors.Is(err, c.is) {
			return &coded{c.code, err}
		}
	}
	return &coded{CodeFailed, err}
}

// guard is deferred by every exported function: it turns a panic into an error, and puts the code
// in front of whichever error there is.
func guard(err *error) {
	if p := recover(); p != nil {
		*err = errPanic{p}
	}
	*err = withCode(*err)
}

// ErrorCode returns the code of an error's message, and CodeFailed for a message without one.
func ErrorCode(message string) (code string, err error) {
	defer guard(&err)
	code, _, found := strings.Cut(message, ": ")
	if !found || !strings.HasPrefix(code, "E_") {
		return CodeFailed, nil
	}
	return code, nil
}
