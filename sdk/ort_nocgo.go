//go:build !cgo

package sdk

import "errors"

const hasORT = false

func openORT(model []byte, pixels int, opts Options) (inference, error) {
	return nil, errors.New("ONNX Runtime: this build is without cgo")
}
