package binding

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/loc2vec/loc2vec/bundle"
)

// baseModel is the model that the libraries carry, in the module. It is a resource beside the native
// library and not part of it, whose size is what every app pays, also one with a model of its own.
const baseModel = "sdk/base/base.l2v"

// CopyBaseModel checks the base model and copies it to a file, or removes the file where the module has
// none: present tells. Without it the libraries are whole, but opening the base model is an error.
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

// NoBaseModel is what the commands say about a library without the base model.
const NoBaseModel = "WITHOUT THE BASE MODEL: there is no " + baseModel + ". Apps need a model of their own; Model.openBase fails."
