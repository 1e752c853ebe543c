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
)

// A bundle is a zip archive with nothing optional in it: deflated entries, no comments, no extra
// fields, no times, no gaps. So every byte outside the entries' data follows from the data, and a
// reader can tell when one is damaged.
const (
	localMagic = "PK\x03\x04"
	zipCentral = "PK\x01\x02"
	zipEnd     = "PK\x05\x06"
	zipVersion = 20     // 2.0, the first with deflate
	zipDeflate = 8      // compression method
	zipDate    = 0x0021 // 1980-01-01, the earliest there is
	// localMagicBytes is the length of a local header before the name.
	localMagicBytes = 30
)

// zipEntry is an entry of a bundle.
type zipEntry struct {
	name  string
	limit int // of len(data)
	data  []byte
	// What the headers say, once the entry is written or read.
	size   uint32 // of data
	packed uint32 // of the deflated data
	crc    uint32 // of data
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
	dst = le.AppendUint32(dst, e.packed)
	dst = le.AppendUint32(dst, e.size)
	dst = le.AppendUint16(dst, uint16(len(e.name)))
	return le.AppendUint16(dst, 0) // extra field
}

// appendLocal appends the header that stands before the entry's data.
func (e *zipEntry) appendLocal(dst []byte) []byte {
	return append(e.appendCommon(append(dst, localMagic...)), e.name...)
}

// appendZipDirectory appends what follows the entries' data: a central header for each, and the end
// record.
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
		offset += localMagicBytes + len(e.name) + int(e.packed)
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
	var packed bytes.Buffer
	deflate, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return err
	}
	for i := range entries {
		e := &entries[i]
		if len(e.data) > e.limit {
			return fmt.Errorf("%s has %d bytes, more than %d", e.name, len(e.data), e.limit)
		}
		packed.Reset()
		deflate.Reset(&packed)
		if _, err := deflate.Write(e.data); err != nil {
			return fmt.Errorf("compressing %s: %w", e.name, err)
		}
		if err := deflate.Close(); err != nil {
			return fmt.Errorf("compressing %s: %w", e.name, err)
		}
		e.size, e.packed, e.crc = uint32(len(e.data)), uint32(packed.Len()), crc32.ChecksumIEEE(e.data)
		if _, err := w.Write(e.appendLocal(nil)); err != nil {
			return err
		}
		if _, err := w.Write(packed.Bytes()); err != nil {
			return err
		}
	}
	_, err = w.Write(appendZipDirectory(nil, entries))
	return err
}

// compressedEntry is an entry that has been found but not unpacked.
type compressedEntry struct {
	zipEntry        // without data
	deflated []byte // entry.packed bytes
}

// readZipEntry reads the entry that file begins with, which must be of e's name and within its
// limit, into e.data and returns what follows it. Errors wrap ErrCorrupt.
func readZipEntry(file []byte, e *zipEntry) (rest []byte, err error) {
	deflated, rest, err := cutZipEntry(file, e)
	if err != nil {
		return nil, err
	}
	return rest, e.unpack(deflated)
}

// cutZipEntry is readZipEntry without unpacking: it returns the deflated data, which is unchecked,
// and what follows it.
func cutZipEntry(file []byte, e *zipEntry) (deflated, rest []byte, err error) {
	header := localMagicBytes + len(e.name)
	if len(file) < header {
		return nil, nil, fmt.Errorf("%w: no entry %s", loc2vec.ErrCorrupt, e.name)
	}
	le := binary.LittleEndian
	e.crc, e.packed, e.size = le.Uint32(file[14:]), le.Uint32(file[18:]), le.Uint32(file[22:])
	body := file[header:]
	if uint64(e.packed) > uint64(len(body)) || uint64(e.size) > uint64(e.limit) || uint64(e.size) > deflate.MaxRatio*uint64(e.packed) {
		return nil, nil, fmt.Errorf("%s: %w: %d bytes that unpack to %d", e.name, loc2vec.ErrCorrupt, e.packed, e.size)
	}
	if !bytes.Equal(file[:header], e.appendLocal(nil)) {
		return nil, nil, fmt.Errorf("%s: %w: zip header", e.name, loc2vec.ErrCorrupt)
	}
	return body[:e.packed], body[e.packed:], nil
}

// unpack fills e.data, which has e.size bytes. Errors wrap ErrCorrupt.
func (e *zipEntry) unpack(deflated []byte) error {
	e.data = make([]byte, e.size)
	var f deflate.Expander
	if err := f.Inflate(e.data, deflated); err != nil {
		return fmt.Errorf("%s: %w", e.name, err)
	}
	if crc32.ChecksumIEEE(e.data) != e.crc {
		return fmt.Errorf("%s: %w: checksum mismatch", e.name, loc2vec.ErrCorrupt)
	}
	return nil
}
