package osmextract

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/loc2vec/loc2vec/internal/contextio"
	"github.com/loc2vec/loc2vec/internal/format"
	"github.com/loc2vec/loc2vec/osmextract/internal/pbf"
)

// openedFile is a file that a source reads.
type openedFile struct {
	path string
	file *os.File
	size int64
}

func openFile(path string) (openedFile, error) {
	f, size, err := format.OpenFile(path)
	if err != nil {
		return openedFile{}, err
	}
	return openedFile{path: path, file: f, size: size}, nil
}

// Close closes the file.
func (f *openedFile) Close() error { return f.file.Close() }

// Hash returns the SHA-256 of the file.
func (f *openedFile) Hash(ctx context.Context) (string, error) {
	r := io.NewSectionReader(f.file, 0, f.size)
	h := sha256.New()
	if _, err := io.CopyBuffer(h, contextio.NewReader(ctx, r), make([]byte, 1<<20)); err != nil {
		return "", fmt.Errorf("hashing %s: %w", f.path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// pbfSource reads a PBF file in parallel.
type pbfSource struct {
	openedFile
	pbf    *pbf.File
	blocks []pbfBlock // by blob
	// keep limits the bytes of inflated blocks that a pass keeps for the next one: blocks with ways, which
	// the first pass does not read.
	keep    int64
	kept    atomic.Int64
	located atomic.Bool // a block had ways with the coordinates of their nodes
}

// pbfBlock is what a pass has learned about a blob.
type pbfBlock struct {
	known   bool // whether types is set
	types   pbf.Types
	content []byte // inflated, nil if it is not kept
}

// keptBytes is enough for the ways of a city.
const keptBytes = 64 << 20

// OpenPBF opens a PBF file. The source decodes it in parallel and reuses elements. Damaged files
// return errors that wrap loc2vec.ErrCorrupt.
func OpenPBF(path string) (SourceCloser, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	return newPBFSource(f)
}

// newPBFSource takes over an opened file and closes it on error.
func newPBFSource(f openedFile) (SourceCloser, error) {
	s := &pbfSource{openedFile: f, keep: keptBytes}
	var err error
	if s.pbf, err = pbf.Open(f.file, f.size); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", f.path, err), f.Close())
	}
	s.blocks = make([]pbfBlock, len(s.pbf.Blobs))
	return s, nil
}

func (s *pbfSource) Info() Info {
	h := &s.pbf.Header
	return Info{
		Name: s.path, Box: h.Box, Date: h.Replicated, Bytes: s.size, LocatedWays: h.LocatedWays || s.located.Load(),
	}
}

func (s *pbfSource) Each(ctx context.Context, pass Pass, newVisitor func() Visitor) error {
	types := pbf.Types(pass.Types)
	var blobs []int
	skipped := int64(0)
	for i, block := range s.blocks {
		if block.known && block.types&types == 0 {
			skipped += s.pbf.Blobs[i].Bytes()
			continue
		}
		blobs = append(blobs, i)
	}
	pass.Progress(skipped)
	err := parallel(ctx, pass.Procs, len(blobs), func() func(int) error {
		d := pbf.Decoder{Timestamps: s.pbf.Header.Replicated.IsZero()}
		v := newVisitor()
		return func(k int) error {
			err := s.decode(&d, blobs[k], types, v)
			if err == nil {
				err = v.EndBlock()
			}
			pass.Progress(s.pbf.Blobs[blobs[k]].Bytes())
			return err
		}
	})
	if err != nil {
		return fmt.Errorf("reading %s: %w", s.path, err)
	}
	return nil
}

// decode decodes a blob. Goroutines decode different blobs, so blocks need no lock.
func (s *pbfSource) decode(d *pbf.Decoder, i int, types pbf.Types, v Visitor) error {
	block, blob := &s.blocks[i], s.pbf.Blobs[i]
	if content := block.content; content != nil {
		if types&pbf.Ways != 0 {
			block.content = nil
			s.kept.Add(int64(-len(content)))
		}
		return d.DecodeContent(content, blob, types, v.Visit)
	}
	if err := d.Decode(s.pbf, blob, types, v.Visit); err != nil {
		return err
	}
	block.known, block.types = true, d.Found
	if d.Located {
		s.located.Store(true)
	}
	if block.types&pbf.Ways != 0 && types&pbf.Ways == 0 {
		if size := int64(len(d.Content)); s.kept.Add(size) <= s.keep {
			block.content = bytes.Clone(d.Content)
		} else {
			s.kept.Add(-size)
		}
	}
	return nil
}
