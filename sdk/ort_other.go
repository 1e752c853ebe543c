//go:build !cgo

package sdk

import "errors"

func openORT(model []byte, pixels int, opts Options) (inference, error) {
	return nil, errors.New("ONNX Runtime: this build is without cgo")
}
