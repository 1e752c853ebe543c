package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/format"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// kindOf tells packs and bundles apart by their first bytes.
func kindOf(path string) (format.Kind, error) {
	if path == pipeline.BaseModel {
		return format.Bundle, nil
	}
	f, _, err := format.OpenFile(path)
	if err != nil {
		return format.Unknown, err
	}
	defer f.Close()
	head := make([]byte, 7)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return format.Unknown, err
	}
	kind := format.Sniff(head[:n])
	if kind != format.Pack && kind != format.Bundle {
		return kind, fmt.Errorf("%s: %w: neither a region pack nor a bundle", path, loc2vec.ErrCorrupt)
	}
	return kind, nil
}
