package binding

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/loc2vec/loc2vec/bundle"
)

// baseModel is the base model's file in the module. The libraries contain it as a resource, not in the native
// library, so that apps with a model of their own do not pay for it.
const baseModel = "sdk/base/base.l2v"

// CopyBaseModel checks the base model and copies it to a file. If the module has no base model, it removes the
// file, and present is false: the libraries still work, but opening the base model is an error.
func CopyBaseModel(root, file string) (present bool, err error) {
	from := filepath.Join(root, filepath.FromSlash(baseModel))
	data, err := os.ReadFile(from)
	if os.IsNotExist(err) {
		return false, os.RemoveAll(file)
	}
	if err != nil {
		return false, err
	}
	if _, err := bundle.OpenFile(from); err != nil {
		return false, fmt.Errorf("base model: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return false, err
	}
	return true, os.WriteFile(file, data, 0o666)
}

// NoBaseModel is the warning about a library without the base model.
const NoBaseModel = "WITHOUT THE BASE MODEL: " + baseModel + " does not exist. Apps need a model of their own; Model.openBase fails."
