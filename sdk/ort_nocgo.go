//go:build !cgo

package sdk

import (
	"errors"

	"github.com/loc2vec/loc2vec/internal/onnx"
)

const hasORT = false

func openORT(net *onnx.Network, opts Options) (inference, error) {
	return nil, errors.New("ONNX Runtime: this build is without cgo")
}
