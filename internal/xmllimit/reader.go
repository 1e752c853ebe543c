// Package xmllimit reads the text of XML files within limits, ahead of the decoder of the standard library, which has none.
package xmllimit

import (
	"fmt"
	"io"

	"github.com/loc2vec/loc2vec"
)

// Limits are what a file may ask of a decoder.
type Limits struct {
	// Depth is the nesting of tags: a decoder keeps the name of each open one.
	Depth int
	// Element is the number of bytes between two calls of Next: the text of one element, which a decoder returns as a
	// whole, with all its attributes.
	Element int
}

// Reader passes on the text of an XML file. Beyond the limits, and at a document type declaration, its error wraps
// loc2vec.ErrCorrupt. Not safe for concurrent use.
type Reader struct {
	r      io.Reader
	limits Limits
	left   int // bytes that the element at work may still take
	depth  depthCounter
}

// NewReader returns a reader of the text of r, in UTF-8 or another encoding that has ASCII in it.
func NewReader(r io.Reader, limits Limits) *Reader {
	return &Reader{r: r, limits: limits, left: limits.Element, depth: depthCounter{most: limits.Depth}}
}

// Next begins another element. What a decoder has read ahead counts for the one before.
func (r *Reader) Next() { r.left = r.limits.Element }

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, fmt.Errorf("%w: an element of more than %d MiB", loc2vec.ErrCorrupt, r.limits.Element>>20)
	}
	n, err := r.r.Read(p[:min(len(p), r.left)])
	r.left -= n
	if bad := r.depth.read(p[:n]); bad != nil {
		return 0, bad
	}
	return n, err
}
