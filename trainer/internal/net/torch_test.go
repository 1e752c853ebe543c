package net

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os/exec"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// systemPython is the interpreter that can import the packages of the distribution.
const systemPython = "/usr/bin/python3"

func needTorch(t *testing.T) {
	t.Helper()
	if err := exec.Command(systemPython, "-c", "import torch, numpy").Run(); err != nil {
		t.Skip("needs PyTorch (python3-torch): not installed")
	}
}

// Embeddings and all gradients of whole networks agree with PyTorch in float64.
func TestAgainstTorch(t *testing.T) {
	needTorch(t)
	for _, c := range []Config{
		{Architecture: Lite, Pixels: 64, Batch: 6},
		{Architecture: Classic, Pixels: 128, Batch: 5},
		{Architecture: Pooled, Pixels: 64, Batch: 6},
		{Architecture: Wide, Pixels: 64, Batch: 6},
	} {
		t.Run(c.Architecture, func(t *testing.T) { checkAgainstTorch(t, c) })
	}
}

func checkAgainstTorch(t *testing.T, c Config) {
	rng := rand.New(rand.NewPCG(51, 52))
	coefficients := normal(rng, c.Batch*loc2vec.Dimension)
	tr, err := New(c, weighted(coefficients))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range tr.net.params {
		if !p.decay {
			for i := range p.value {
				p.value[i] += float32(0.3 * rng.NormFloat64())
			}
		}
	}
	rasters := noise(rng, c.Batch, c.Pixels)
	grads := gradients(t, tr, rasters)

	type named struct {
		name   string
		shape  []int
		values []float32
	}
	input := make([]float32, len(rasters))
	for i, v := range rasters {
		input[i] = float32(v) * inputScale
	}
	var list []named
	for _, p := range tr.net.params {
		list = append(list, named{p.name, p.node.Shape(), p.value})
	}
	extra := named{"extra", []int{c.Batch, 0}, nil}
	if h := tr.net.pooled; h != nil {
		extra.shape[1], extra.values = h.extra, h.features
	}
	list = append(list,
		named{"input", []int{c.Batch, loc2vec.NumLayers, c.Pixels, c.Pixels}, input}, extra,
		named{"coefficients", []int{c.Batch, loc2vec.Dimension}, coefficients})

	var tensors [][2]any
	var body bytes.Buffer
	for _, n := range list {
		tensors = append(tensors, [2]any{n.name, n.shape})
		if err := binary.Write(&body, binary.LittleEndian, n.values); err != nil {
			t.Fatal(err)
		}
	}
	head, err := json.Marshal(map[string]any{"architecture": c.Architecture, "tensors": tensors})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(systemPython, "testdata/torch_parity.py")
	cmd.Stdin = bytes.NewReader(append(append(head, '\n'), body.Bytes()...))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.Bytes())
	}
	compareBytes(t, "embeddings", tr.Embeddings(), &out)
	for _, p := range tr.net.params {
		compareBytes(t, p.name, grads[p.name], &out)
	}
	if len(out) > 0 {
		t.Errorf("%d bytes of PyTorch's answer are left", len(out))
	}
}

// compareBytes compares values with the float64 numbers at the front of out and returns the rest.
func compareBytes(t *testing.T, name string, got []float32, out *[]byte) {
	t.Helper()
	var distance, size float64
	for _, v := range got {
		if len(*out) < 8 {
			t.Fatalf("%s: PyTorch's answer ends early", name)
		}
		want := math.Float64frombits(binary.LittleEndian.Uint64(*out))
		*out = (*out)[8:]
		distance += (float64(v) - want) * (float64(v) - want)
		size += want * want
	}
	// Most of the difference comes from squares with two pixels that are equal up to rounding: float32 and float64 assign
	// the gradient to different ones.
	if r := math.Sqrt(distance / size); !(r < 2e-3) {
		t.Errorf("%s: relative difference %.2g", name, r)
	} else {
		t.Logf("%s: relative difference %.2g", name, r)
	}
}
