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

// The codes at the start of error messages. They are stable, but new ones may be added: treat an unknown code
// like CodeFailed.
const (
	CodeArgument   = "E_ARGUMENT"    // an invalid argument
	CodeBusy       = "E_BUSY"        // another process, or another store of the same directory, is changing it
	CodeCancelled  = "E_CANCELLED"   // cancelled by the app
	CodeClosed     = "E_CLOSED"      // the object is closed
	CodeCoordinate = "E_COORDINATE"  // an invalid coordinate
	CodeCorrupt    = "E_CORRUPT"     // a file is damaged or of another kind
	CodeFailed     = "E_FAILED"      // anything else
	CodeInternal   = "E_INTERNAL"    // a bug of this library
	CodeListener   = "E_LISTENER"    // the app's listener threw an exception
	CodeName       = "E_NAME"        // not a valid name for a region or model
	CodeNoCoverage = "E_NO_COVERAGE" // outside every region
	CodeNoSpace    = "E_NO_SPACE"    // the storage is full
	CodeNotFound   = "E_NOT_FOUND"   // no such file or name
	CodeNotOpen    = "E_NOT_OPEN"    // the object was not made by an Open function
	CodeOlder      = "E_OLDER"       // the data is older than that of the installed file, or than demanded
	CodePermission = "E_PERMISSION"  // denied by the system
	CodeRegion     = "E_REGION"      // the file is of another region than the installed one, or than demanded
	CodeSchema     = "E_SCHEMA"      // region and model have different schemas
	CodeSelfTest   = "E_SELF_TEST"   // this device does not reproduce the golden vectors
	CodeSignature  = "E_SIGNATURE"   // the signature is wrong
	CodeSpace      = "E_SPACE"       // vectors of different models cannot be compared
	CodeUnsigned   = "E_UNSIGNED"    // a signature is required and missing
	CodeVersion    = "E_VERSION"     // the file needs a newer version of this library
)

// The errors of the facade itself.
var (
	errNotOpen  = errors.New("the object was not made by an Open function")
	errArgument = errors.New("invalid argument")
	errListener = errors.New("the listener threw an exception")
)

// errPanic is a panic as an error.
type errPanic struct{ value any }

func (e errPanic) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// codes maps errors to codes, the most specific first.
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
		{store.ErrOlder, CodeOlder},
		{store.ErrRegion, CodeRegion},
		{store.ErrUnsigned, CodeUnsigned},
		{store.ErrSignature, CodeSignature},
		{os.ErrClosed, CodeClosed},
		{fs.ErrNotExist, CodeNotFound},
		{fs.ErrPermission, CodePermission},
	}
}

// coded is an error with its code, as it crosses the language border.
type coded struct {
	code string
	err  error
}

func (e *coded) Error() string { return e.code + ": " + e.err.Error() }
func (e *coded) Unwrap() error { return e.err }

// withCode adds the code to an error, unless it has one already.
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

// guard is deferred by every exported function: it turns a panic into an error and adds the code to an error.
func guard(err *error) {
	if p := recover(); p != nil {
		*err = errPanic{p}
	}
	*err = withCode(*err)
}

// ErrorCode returns the code of an error's message, or CodeFailed if the message has none.
func ErrorCode(message string) (code string, err error) {
	defer guard(&err)
	code, _, found := strings.Cut(message, ": ")
	if !found || !strings.HasPrefix(code, "E_") {
		return CodeFailed, nil
	}
	return code, nil
}
