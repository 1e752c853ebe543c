package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"
)

const (
	// maxPage bounds a page after decompression. Writers aim at a megabyte; a writer with one page for each row
	// group of a million long strings needs some hundred.
	maxPage = 256 << 20
	// maxPages bounds the pages and dictionaries that all columns hold at once.
	maxPages = 1 << 30
	// maxPageHead bounds the head of a page, which holds a least and a greatest value.
	maxPageHead = 16 << 20
)

// The encodings, as parquet.thrift numbers them.
const (
	encodingPlain           = 0
	encodingPlainDictionary = 2
	encodingRLE             = 3
	encodingDelta           = 5
	encodingDeltaLength     = 6
	encodingDeltaBytes      = 7
	encodingDictionary      = 8
	encodingSplit           = 9
)

// The kinds of pages, as parquet.thrift numbers them.
const (
	dataPage       = 0
	indexPage      = 1
	dictionaryPage = 2
	dataPageV2     = 3
)

// pageHead stands in front of a page (PageHeader in parquet.thrift).
type pageHead struct {
	kind                     int32
	uncompressed, compressed int32 // bytes after the head
	hasChecksum              bool
	checksum                 uint32
	values                   int32
	encoding                 int32
	repetitionEncoding       int32 // of a page of version 1
	definitionEncoding       int32 // of a page of version 1
	repetition, definition   int32 // bytes of the levels of a page of version 2
	stored                   bool  // version 2: the values are not compressed
}

func (r *thriftReader) pageHead() (h pageHead) {
	r.fields(func(field thriftField) {
		switch field {
		case thriftField{1, thriftInt}:
			h.kind = r.int32()
		case thriftField{2, thriftInt}:
			h.uncompressed = r.int32()
		case thriftField{3, thriftInt}:
			h.compressed = r.int32()
		case thriftField{4, thriftInt}:
			h.hasChecksum, h.checksum = true, uint32(r.int32())
		case thriftField{5, thriftStruct}, thriftField{7, thriftStruct}, thriftField{8, thriftStruct}:
			r.fields(func(detail thriftField) { r.pageDetail(&h, int(field.id), detail) })
		default:
			r.skip(field.kind)
		}
	})
	return h
}

// pageDetail reads a field of DataPageHeader (5), DictionaryPageHeader (7) or DataPageHeaderV2 (8).
func (r *thriftReader) pageDetail(h *pageHead, of int, field thriftField) {
	switch {
	case field == thriftField{1, thriftInt}:
		h.values = r.int32()
	case field == thriftField{2, thriftInt} && of != 8, field == thriftField{4, thriftInt} && of == 8:
		h.encoding = r.int32()
	case of == 5 && field == thriftField{3, thriftInt}:
		h.definitionEncoding = r.int32()
	case of == 5 && field == thriftField{4, thriftInt}:
		h.repetitionEncoding = r.int32()
	case of == 8 && field == thriftField{5, thriftInt}:
		h.definition = r.int32()
	case of == 8 && field == thriftField{6, thriftInt}:
		h.repetition = r.int32()
	case of == 8 && field == thriftField{7, thriftFalse}:
		h.stored = true
	default:
		r.skip(field.kind)
	}
}

// readPageHead reads the head of the page at the column's offset and moves past it.
func (c *columnReader) readPageHead() (pageHead, error) {
	for window := int64(1 << 10); ; window *= 8 {
		n := min(window, c.end-c.offset)
		if n <= 0 {
			return pageHead{}, corrupt("its pages end before its last value")
		}
		data := c.file.scratch(int(n))
		if _, err := c.file.r.ReadAt(data, c.offset); err != nil {
			return pageHead{}, err
		}
		t := thriftReader{data: data}
		head := t.pageHead()
		if errors.Is(t.err, errShort) && window < maxPageHead && n == window {
			continue
		}
		if t.err != nil {
			return pageHead{}, corrupt("the head of a page: %v", t.err)
		}
		c.offset += n - int64(len(t.data))
		return head, c.checkHead(&head)
	}
}

func (c *columnReader) checkHead(h *pageHead) error {
	switch {
	case h.uncompressed < 0 || h.compressed < 0 || h.values < 0 || h.repetition < 0 || h.definition < 0:
		return corrupt("the head of a page has a negative size")
	case int64(h.compressed) > c.end-c.offset:
		return corrupt("a page of %d bytes is longer than its column", h.compressed)
	case h.uncompressed > maxPage || h.compressed > maxPage:
		return corrupt("a page has more than %d bytes", maxPage)
	case h.kind == dataPageV2 && int64(h.repetition)+int64(h.definition) > int64(min(h.uncompressed, h.compressed)):
		return corrupt("the levels of a page are longer than the page")
	}
	return nil
}

// readPage reads what follows a head into dst, decompressed, and returns dst. It grows dst as needed.
func (c *columnReader) readPage(h *pageHead, dst []byte) ([]byte, error) {
	size := int(h.uncompressed)
	if cap(dst) < size {
		c.file.held -= cap(dst)
		if c.file.held+size > maxPages {
			return nil, corrupt("the pages of all columns have more than %d bytes", maxPages)
		}
		dst = make([]byte, size)
		c.file.held += cap(dst)
	}
	dst = dst[:size]
	data := c.file.scratch(int(h.compressed))
	if _, err := c.file.r.ReadAt(data, c.offset); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, corrupt("the file ends within a page")
		}
		return nil, err
	}
	c.offset += int64(len(data))
	if h.hasChecksum && crc32.ChecksumIEEE(data) != h.checksum {
		return nil, corrupt("the checksum of a page differs")
	}
	codec, levels := c.chunk.codec, 0
	if h.kind == dataPageV2 {
		levels = copy(dst, data[:h.repetition+h.definition])
		if h.stored {
			codec = uncompressed
		}
	}
	if levels == len(dst) && levels == len(data) {
		return dst, nil
	}
	return dst, c.file.inflater.inflate(dst[levels:], data[levels:], codec)
}

// nextPage goes to the next page with values.
func (c *columnReader) nextPage() error {
	for {
		head, err := c.readPageHead()
		if err != nil {
			return err
		}
		switch head.kind {
		case dictionaryPage:
			if c.dictionary != nil {
				return corrupt("it has two dictionaries")
			}
			data, err := c.readPage(&head, c.dictionaryData)
			if err != nil {
				return err
			}
			c.dictionaryData = data
			if c.dictionary, err = newDictionary(c.node, data, int(head.values)); err != nil {
				return err
			}
		case dataPage, dataPageV2:
			if c.page, err = c.readPage(&head, c.page); err != nil {
				return err
			}
			if int64(head.values) > c.values {
				return corrupt("its pages have more values than it has")
			}
			c.values -= int64(head.values)
			c.left = int(head.values)
			if err := c.openPage(&head); err != nil {
				return err
			}
			if c.left > 0 {
				return nil
			}
		default: // an index of the column, or a kind that is unknown yet
			c.offset += int64(head.compressed)
		}
	}
}

// openPage starts the readers of the levels and values of a page.
func (c *columnReader) openPage(h *pageHead) (err error) {
	rest := c.page
	level := func(most int, encoding, bytes int32) (hybrid, error) {
		if h.kind == dataPage {
			if most == 0 {
				return hybrid{}, nil
			}
			if encoding != encodingRLE {
				return hybrid{}, fmt.Errorf("its levels have the old encoding %d, which is not read", encoding)
			}
			if len(rest) < 4 {
				return hybrid{}, errEnds
			}
			n := binary.LittleEndian.Uint32(rest)
			rest = rest[4:]
			bytes = int32(min(n, 1<<30))
		}
		if int(bytes) > len(rest) {
			return hybrid{}, errEnds
		}
		data := rest[:bytes]
		rest = rest[bytes:]
		return newHybrid(data, bits.Len(uint(most)))
	}
	if c.repetitions, err = level(c.node.MaxRepetition, h.repetitionEncoding, h.repetition); err != nil {
		return err
	}
	if c.definitions, err = level(c.node.MaxDefinition, h.definitionEncoding, h.definition); err != nil {
		return err
	}
	c.decoder, err = c.newDecoder(h.encoding, rest)
	return err
}

// newDecoder returns the reader of a page's values.
func (c *columnReader) newDecoder(encoding int32, data []byte) (decoder, error) {
	integer := c.node.Physical == Int32 || c.node.Physical == Int64
	bytes := c.node.Physical == ByteArray || c.node.Physical == FixedLenByteArray
	switch {
	case encoding == encodingPlain:
		return &plain{physical: c.node.Physical, length: c.node.Length, data: data}, nil
	case encoding == encodingPlainDictionary || encoding == encodingDictionary:
		return c.newIndices(data)
	case encoding == encodingRLE && c.node.Physical == Boolean:
		if len(data) < 4 {
			return nil, errEnds
		}
		h, err := newHybrid(data[4:], 1)
		return &booleans{h}, err
	case encoding == encodingDelta && integer:
		d, err := newDelta(data)
		return &deltas{d, c.node.Physical == Int32}, err
	case encoding == encodingDeltaLength && c.node.Physical == ByteArray:
		return newByteArrays(data, false)
	case encoding == encodingDeltaBytes && bytes:
		return newByteArrays(data, true)
	case encoding == encodingSplit:
		return newSplit(c.node, data)
	}
	return nil, fmt.Errorf("its pages have encoding %d, which is not read for its type", encoding)
}

func (c *columnReader) newIndices(data []byte) (decoder, error) {
	if c.dictionary == nil {
		return nil, corrupt("a page refers to a dictionary that is missing")
	}
	if len(data) == 0 { // nothing but nulls
		return &indices{dictionary: c.dictionary}, nil
	}
	h, err := newHybrid(data[1:], int(data[0]))
	return &indices{c.dictionary, h}, err
}
