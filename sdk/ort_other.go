//go:build !cgo

package sdk

import "errors"

func openORT(model []byte, pixels int, library string) (inference, error) {
	return nil, errors.New("ONNX Runtime: this build is without cgo")
}
