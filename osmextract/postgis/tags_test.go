package postgis

import (
	"encoding/binary"
	"errors"
	"maps"
	"testing"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
)

// hstoreOf encodes pairs like the server. The value "NULL" means null.
func hstoreOf(pairs ...string) []byte {
	data := binary.BigEndian.AppendUint32(nil, uint32(len(pairs)/2))
	for i, s := range pairs {
		if i%2 == 1 && s == "NULL" {
			data = append(data, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		data = binary.BigEndian.AppendUint32(data, uint32(len(s)))
		data = append(data, s...)
	}
	return data
}

func tagMap(tags osm.Tags) map[string]string {
	m := map[string]string{}
	for _, tag := range tags {
		m[tag.Key] = tag.Value
	}
	return m
}

func TestTags(t *testing.T) {
	tests := []struct {
		name   string
		format tagFormat
		value  []byte
		want   map[string]string
	}{
		{"hstore", hstoreTags, hstoreOf("building", "yes", "name", "Zur \"Krone\"", "note", "", "gone", "NULL"),
			map[string]string{"building": "yes", "name": `Zur "Krone"`, "note": ""}},
		{"hstore of nothing", hstoreTags, hstoreOf(), nil},
		{"jsonb", jsonbTags, []byte("\x01" + `{"building": "yes", "addr:city": "Köln"}`), map[string]string{"building": "yes", "addr:city": "Köln"}},
		{"json, tight", jsonTags, []byte(`{"a":"b","c":"d"}`), map[string]string{"a": "b", "c": "d"}},
		{"json with escapes", jsonTags, []byte(`{"a": "b", "name": "Zur \"Krone\"", "x\\y": "\u00e9"}`),
			map[string]string{"a": "b", "name": `Zur "Krone"`, `x\y`: "é"}},
		{"json on lines", jsonTags, []byte("\n{\n\t\"a\": \"b\",\n\t\"c\": \"d\"\n}\n"), map[string]string{"a": "b", "c": "d"}},
		{"json with other things", jsonTags, []byte(`{"a": "b", "n": 3, "z": null, "o": {"q": "r"}}`), map[string]string{"a": "b"}},
		{"json of nothing", jsonTags, []byte(`{}`), nil},
		{"json null", jsonTags, []byte(`null`), nil},
	}
	for _, test := range tests {
		have := osm.Tags{{Key: "before", Value: "it"}}
		got, err := test.format.append(have, test.value)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got[0] != have[0] || !maps.Equal(tagMap(got[1:]), test.want) || len(got) != 1+len(test.want) {
			t.Errorf("%s: read %v", test.name, got)
		}
	}
}

func TestTagsCorrupt(t *testing.T) {
	whole := hstoreOf("building", "yes", "name", "x")
	for n := range whole {
		if _, err := hstoreTags.append(nil, whole[:n]); !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Errorf("hstore cut to %d bytes: error %v", n, err)
		}
	}
	for _, value := range []string{"", "{", `{"a"`, `{"a": `, `{"a": "b"`, `{"a": "b",`, `{"a": "b",}`, `{"a": "b"} x`, `["a"]`, `{"a" "b"}`} {
		if _, err := jsonTags.append(nil, []byte(value)); !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Errorf("json %s: error %v", value, err)
		}
	}
	if _, err := jsonbTags.append(nil, []byte("\x02{}")); !errors.Is(err, loc2vec.ErrCorrupt) {
		t.Errorf("jsonb of version 2: error %v", err)
	}
}

func FuzzTags(f *testing.F) {
	f.Add(uint8(hstoreTags), hstoreOf("building", "yes", "gone", "NULL"))
	f.Add(uint8(jsonTags), []byte(`{"a": "b", "c": "\u00e9"}`))
	f.Add(uint8(jsonbTags), []byte("\x01{\"a\":\"b\"}"))
	f.Fuzz(func(t *testing.T, format uint8, value []byte) {
		if format < uint8(hstoreTags) || format > uint8(jsonbTags) {
			return
		}
		tags, err := tagFormat(format).append(nil, value)
		if err != nil {
			return
		}
		bytes := 0
		for _, tag := range tags {
			bytes += len(tag.Key) + len(tag.Value)
		}
		if bytes > len(value)*3 { // invalid UTF-8 becomes U+FFFD, of three bytes
			t.Errorf("%d bytes of tags out of %d", bytes, len(value))
		}
	})
}
