package bundle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/deflate"
	"github.com/loc2vec/loc2vec/internal/format"
)

// A bundle is a zip archive without optional parts: no comments, extra fields, times or gaps. So every
// byte outside the entries' data follows from the data, and a reader recognises a damaged one.
const (
	localMagic = format.BundleMagic
	zipCentral = "PK\x01\x02"
	zipEnd     = "PK\x05\x06"
	zipVersion = 20     // 2.0, the first with deflate
	zipDeflate = 8      // compression method
	zipDate    = 0x0021 // 1980-01-01, the earliest there is
	// localHeaderBytes is the length of a local header before the name.
	localHeaderBytes = 30
)

// zipEntry is an entry of a bundle.
type zipEntry struct {
	name  string
	limit int // of len(data)
	data  []byte
	// The fields of the headers, set by writing or reading the entry.
	size     uint32 // of data
	deflated uint32 // length of the compressed data
	crc      uint32 // of data
}

// appendCommon appends the fields that local and central header share.
func (e *zipEntry) appendCommon(dst []byte) []byte {
	le := binary.LittleEndian
	dst = le.AppendUint16(dst, zipVersion)
	dst = le.AppendUint16(dst, 0) // flags
	dst = le.AppendUint16(dst, zipDeflate)
	dst = le.AppendUint16(dst, 0) // time
	dst = le.AppendUint16(dst, zipDate)
	dst = le.AppendUint32(dst, e.crc)
	dst = le.AppendUint32(dst, e.deflated)
	dst = le.AppendUint32(dst, e.size)
	dst = le.AppendUint16(dst, uint16(len(e.name)))
	return le.AppendUint16(dst, 0) // extra field
}

// appendLocal appends the header before the entry's data.
func (e *zipEntry) appendLocal(dst []byte) []byte {
	return append(e.appendCommon(append(dst, localMagic...)), e.name...)
}

// appendZipDirectory appends the central header of each entry and the end record.
func appendZipDirectory(dst []byte, entries []zipEntry) []byte {
	le := binary.LittleEndian
	start, offset := len(dst), 0
	for i := range entries {
		e := &entries[i]
		dst = append(dst, zipCentral...)
		dst = le.AppendUint16(dst, zipVersion) // made by this version, on MS-DOS
		dst = e.appendCommon(dst)
		dst = append(dst, make([]byte, 10)...) // comment, disk, attributes
		dst = le.AppendUint32(dst, uint32(offset))
		dst = append(dst, e.name...)
		offset += localHeaderBytes + len(e.name) + int(e.deflated)
	}
	size := len(dst) - start
	dst = append(dst, zipEnd...)
	dst = le.AppendUint32(dst, 0) // disks
	dst = le.AppendUint16(dst, uint16(len(entries)))
	dst = le.AppendUint16(dst, uint16(len(entries)))
	dst = le.AppendUint32(dst, uint32(size))
	dst = le.AppendUint32(dst, uint32(offset))
	return le.AppendUint16(dst, 0) // comment
}

// writeZip writes an archive of the entries.
func writeZip(w io.Writer, entries []zipEntry) error {
	var compressed bytes.Buffer
	deflate, err := flate.NewWriter(&compressed, flate.BestCompression)
	if err != nil {
		return err
	}
	for i := range entries {
		e := &entries[i]
		if len(e.data) > e.limit {
			return fmt.Errorf("%s has %d bytes, more than %d", e.name, len(e.data), e.limit)
		}
		compressed.Reset()
		deflate.Reset(&compressed)
		if _, err := deflate.Write(e.data); err != nil {
			return fmt.Errorf("compressing %s: %w", e.name, err)
		}
		if err := deflate.Close(); err != nil {
			return fmt.Errorf("compressing %s: %w", e.name, err)
		}
		e.size, e.deflated, e.crc = uint32(len(e.data)), uint32(compressed.Len()), crc32.ChecksumIEEE(e.data)
		if _, err := w.Write(e.appendLocal(nil)); err != nil {
			return err
		}
		if _, err := w.Write(compressed.Bytes()); err != nil {
			return err
		}
	}
	_, err = w.Write(appendZipDirectory(nil, entries))
	return err
}

// compressedEntry is an entry whose data has not been decompressed.
type compressedEntry struct {
	zipEntry   // without data
	compressed []byte
}

// readZipEntry reads the first entry of file, which must have e's name and keep its limit, into e.data.
// It returns the rest of the file. Errors wrap ErrCorrupt.
func readZipEntry(file []byte, e *zipEntry) (rest []byte, err error) {
	compressed, rest, err := cutZipEntry(file, e)
	if err != nil {
		return nil, err
	}
	return rest, e.expand(compressed)
}

// cutZipEntry is readZipEntry without decompression: it returns the unverified compressed data and the
// rest of the file.
func cutZipEntry(file []byte, e *zipEntry) (compressed, rest []byte, err error) {
	header := localHeaderBytes + len(e.name)
	if len(file) < header {
		return nil, nil, fmt.Errorf("%w: no entry %s", loc2vec.ErrCorrupt, e.name)
	}
	le := binary.LittleEndian
	e.crc, e.deflated, e.size = le.Uint32(file[14:]), le.Uint32(file[18:]), le.Uint32(file[22:])
	body := file[header:]
	if uint64(e.deflated) > uint64(len(body)) || uint64(e.size) > uint64(e.limit) || uint64(e.size) > deflate.MaxRatio*uint64(e.deflated) {
		return nil, nil, fmt.Errorf("%s: %w: %d bytes that expand to %d", e.name, loc2vec.ErrCorrupt, e.deflated, e.size)
	}
	if !bytes.Equal(file[:header], e.appendLocal(nil)) {
		return nil, nil, fmt.Errorf("%s: %w: zip header", e.name, loc2vec.ErrCorrupt)
	}
	return body[:e.deflated], body[e.deflated:], nil
}

// expand decompresses the data into e.data, which gets e.size bytes. Errors wrap ErrCorrupt.
func (e *zipEntry) expand(compressed []byte) error {
	e.data = make([]byte, e.size)
	var f deflate.Expander
	if err := f.Inflate(e.data, compressed); err != nil {
		return fmt.Errorf("%s: %w", e.name, err)
	}
	if crc32.ChecksumIEEE(e.data) != e.crc {
		return fmt.Errorf("%s: %w: checksum mismatch", e.name, loc2vec.ErrCorrupt)
	}
	return nil
}
