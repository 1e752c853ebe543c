package postgis

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
)

// tagFormat is the type of a column that holds all tags of an element.
type tagFormat uint8

const (
	noTags tagFormat = iota
	hstoreTags
	jsonTags
	jsonbTags
)

// append appends the tags in the value of a column, which is in PostgreSQL's binary format, in the
// order of their keys. Damaged bytes return an error that wraps loc2vec.ErrCorrupt.
func (f tagFormat) append(dst osm.Tags, value []byte) (osm.Tags, error) {
	first := len(dst)
	var err error
	switch f {
	case hstoreTags:
		dst, err = appendHstore(dst, value)
	case jsonbTags:
		// A version byte, 1, comes before the text.
		if len(value) == 0 || value[0] != 1 {
			return nil, fmt.Errorf("%w: jsonb of an unknown version", loc2vec.ErrCorrupt)
		}
		dst, err = appendJSON(dst, value[1:])
	default:
		dst, err = appendJSON(dst, value)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: tags: %w", loc2vec.ErrCorrupt, err)
	}
	slices.SortFunc(dst[first:], func(a, b osm.Tag) int { return cmp.Compare(a.Key, b.Key) })
	return dst, nil
}

func appendHstore(dst osm.Tags, value []byte) (osm.Tags, error) {
	var pairs pgtype.Hstore
	plan := pgtype.HstoreCodec{}.PlanScan(nil, 0, pgtype.BinaryFormatCode, &pairs)
	if err := plan.Scan(value, &pairs); err != nil {
		return nil, err
	}
	for key, value := range pairs {
		if value != nil {
			dst = append(dst, osm.Tag{Key: key, Value: *value})
		}
	}
	return dst, nil
}

// appendJSON reads an object. Members that are not strings are not tags.
func appendJSON(dst osm.Tags, value []byte) (osm.Tags, error) {
	var members map[string]any
	if err := json.Unmarshal(value, &members); err != nil {
		return nil, err
	}
	for key, member := range members {
		if s, ok := member.(string); ok {
			dst = append(dst, osm.Tag{Key: key, Value: s})
		}
	}
	return dst, nil
}
