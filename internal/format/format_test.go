package format_test

import (
	"errors"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/format"
)

func TestSniff(t *testing.T) {
	for head, want := range map[string]format.Kind{
		"PMTiles\x03":           format.Pack,
		"PK\x03\x04\x14\x00":    format.Bundle,
		"PMTile":                format.Unknown,
		"PK\x05\x06":            format.Unknown, // an empty zip archive
		"":                      format.Unknown,
		"<?xml version=\"1.0\"": format.Unknown,
	} {
		if got := format.Sniff([]byte(head)); got != want {
			t.Errorf("%q is a %v, want %v", head, got, want)
		}
	}
}

func TestCheckVersion(t *testing.T) {
	for text, want := range map[string]error{
		`{"format_version":1}`:               nil,
		`{"format_version":2}`:               nil,
		`{"format_version":3,"other":["x"]}`: loc2vec.ErrVersion,
		`{"format_version":0}`:               loc2vec.ErrCorrupt,
		`{"format_version":-1}`:              loc2vec.ErrCorrupt,
		`{"format_version":"1"}`:             loc2vec.ErrCorrupt,
		`{}`:                                 loc2vec.ErrCorrupt,
		`[1]`:                                loc2vec.ErrCorrupt,
		``:                                   loc2vec.ErrCorrupt,
	} {
		if err := format.CheckVersion([]byte(text), 2); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
}
