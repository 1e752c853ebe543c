package geojson

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/textfile"
)

// MaxValue is the number of bytes of a value that a Decoder reads at once, such as a feature with its geometry: five million
// points of an outline with seven decimals. What is decoded takes up to eight times the memory.
const MaxValue = 128 << 20

// Decoder decodes the JSON texts of a file value by value. A value of more than MaxValue bytes is an error that wraps
// loc2vec.ErrCorrupt: a decoder of package json keeps all of a value in memory.
type Decoder struct {
	*json.Decoder
	in *valueReader
}

// NewDecoder returns a decoder of a file, as text that package textfile opens. Record separators (RFC 8142) are white space
// to it.
func NewDecoder(r io.Reader) (*Decoder, error) {
	text, err := textfile.NewReader(r)
	if err != nil {
		return nil, err
	}
	in := &valueReader{r: text, most: MaxValue}
	return &Decoder{json.NewDecoder(in), in}, nil
}

// Decode is that of json.Decoder.
func (d *Decoder) Decode(v any) error {
	d.in.next()
	return d.Decoder.Decode(v)
}

// Token is that of json.Decoder.
func (d *Decoder) Token() (json.Token, error) {
	d.in.next()
	return d.Decoder.Token()
}

// More is that of json.Decoder.
func (d *Decoder) More() bool {
	d.in.next()
	return d.Decoder.More()
}

// valueReader passes on text until a value is longer than allowed, and replaces record separators by spaces.
type valueReader struct {
	r          io.Reader
	most, left int
}

// next begins another value. What the decoder has read ahead counts for the one before.
func (v *valueReader) next() { v.left = v.most }

// Read implements io.Reader.
func (v *valueReader) Read(p []byte) (int, error) {
	if v.left == 0 {
		return 0, fmt.Errorf("%w: a value of more than %d MiB", loc2vec.ErrCorrupt, v.most>>20)
	}
	n, err := v.r.Read(p[:min(len(p), v.left)])
	v.left -= n
	for i := range p[:n] {
		if p[i] == 0x1e {
			p[i] = ' '
		}
	}
	return n, err
}
