package postgis

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
)

// tagFormat is how a column holds all tags of an object.
type tagFormat uint8

const (
	noTags tagFormat = iota
	hstoreTags
	jsonTags
	jsonbTags
)

// append appends the tags in a column's value, which is in PostgreSQL's binary format. Bytes at
// fault give an error that wraps loc2vec.ErrCorrupt.
func (f tagFormat) append(dst osm.Tags, value []byte) (osm.Tags, error) {
	switch f {
	case hstoreTags:
		return appendHstore(dst, value)
	case jsonbTags:
		// A version byte, 1, and then text.
		if len(value) == 0 || value[0] != 1 {
			return nil, fmt.Errorf("%w: jsonb of an unknown version", loc2vec.ErrCorrupt)
		}
		value = value[1:]
	}
	return appendJSON(dst, value)
}

// appendHstore reads the number of pairs, and for each of them key and value, each after its
// length. The length of a value that is null is -1.
func appendHstore(dst osm.Tags, value []byte) (osm.Tags, error) {
	if len(value) < 4 {
		return nil, errShortHstore()
	}
	pairs := binary.BigEndian.Uint32(value)
	text := string(value[4:]) // one allocation for all of them
	next := func() (s string, null, ok bool) {
		if len(text) < 4 {
			return "", false, false
		}
		n := int64(int32(text[0])<<24 | int32(text[1])<<16 | int32(text[2])<<8 | int32(text[3]))
		text = text[4:]
		if n < 0 || n > int64(len(text)) {
			return "", n == -1, n == -1
		}
		s, text = text[:n], text[n:]
		return s, false, true
	}
	for range pairs {
		key, _, ok := next()
		value, null, ok2 := next()
		if !ok || !ok2 {
			return nil, errShortHstore()
		}
		if !null {
			dst = append(dst, osm.Tag{Key: key, Value: value})
		}
	}
	return dst, nil
}

func errShortHstore() error { return fmt.Errorf("%w: hstore ends too early", loc2vec.ErrCorrupt) }

// appendJSON reads an object. Members that are not strings are no tags, and are left out.
func appendJSON(dst osm.Tags, value []byte) (osm.Tags, error) {
	text := string(value) // one allocation for all of them
	first := len(dst)
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "{")
	for ok && rest != "}" {
		var tag osm.Tag
		if tag.Key, rest, ok = plainString(rest); !ok {
			break
		}
		if rest, ok = strings.CutPrefix(strings.TrimLeft(rest, " "), ":"); !ok {
			break
		}
		if tag.Value, rest, ok = plainString(strings.TrimLeft(rest, " ")); !ok {
			break
		}
		dst = append(dst, tag)
		if after, more := strings.CutPrefix(rest, ","); more {
			rest = strings.TrimLeft(after, " ")
			ok = rest != "}"
		} else {
			ok = rest == "}"
		}
	}
	if ok {
		return dst, nil
	}
	return appendAnyJSON(dst[:first], value)
}

// plainString reads a JSON string without escapes.
func plainString(text string) (s, rest string, ok bool) {
	if text, ok = strings.CutPrefix(text, `"`); !ok {
		return "", "", false
	}
	end := strings.IndexAny(text, `"\`)
	if end < 0 || text[end] == '\\' {
		return "", "", false
	}
	return text[:end], text[end+1:], true
}

// appendAnyJSON is appendJSON for what is written in another way.
func appendAnyJSON(dst osm.Tags, value []byte) (osm.Tags, error) {
	var members map[string]any
	if err := json.Unmarshal(value, &members); err != nil {
		return nil, fmt.Errorf("%w: tags: %w", loc2vec.ErrCorrupt, err)
	}
	for key, member := range members {
		if s, ok := member.(string); ok {
			dst = append(dst, osm.Tag{Key: key, Value: s})
		}
	}
	return dst, nil
}
