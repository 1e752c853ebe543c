package store

import (
	"context"
	"hash"
	"io"

	"golang.org/x/crypto/blake2b"
)

// digest is the BLAKE2b-512 of a file, which minisign signs.
type digest [blake2b.Size]byte

// newDigest returns the hash function of digests.
func newDigest() hash.Hash {
	h, err := blake2b.New512(nil)
	if err != nil {
		panic(err) // it refuses only keys that are too long
	}
	return h
}

// digestOf reads r to its end.
func digestOf(ctx context.Context, r io.Reader) (digest, error) {
	h := newDigest()
	_, err := copyContext(ctx, h, r)
	return digest(h.Sum(nil)), err
}

// copyBytes is how much is copied at once: far less than 50 ms of the slowest hash function or disk.
const copyBytes = 256 << 10

// copyContext copies r to w until it ends or the context does. If the context ends while r.Read waits, copyContext
// returns at once, and r must not be used again: its goroutine reads on until r.Read returns.
func copyContext(ctx context.Context, w io.Writer, r io.Reader) (int64, error) {
	// Only the two methods, so that io.CopyBuffer does not use a shortcut past the buffer.
	return io.CopyBuffer(struct{ io.Writer }{w}, &contextReader{ctx: ctx, r: r}, make([]byte, copyBytes))
}

// contextReader is a reader whose calls end with the context.
type contextReader struct {
	ctx    context.Context
	r      io.Reader
	buffer []byte // written by the goroutine of a call
}

// readResult is the result of a call, with the panic that it ended with.
type readResult struct {
	n        int
	err      error
	panicked any
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	if c.ctx.Done() == nil {
		return c.r.Read(p)
	}
	if len(c.buffer) < len(p) {
		c.buffer = make([]byte, len(p))
	}
	results := make(chan readResult, 1)
	go func(p []byte) {
		var result readResult
		defer func() {
			result.panicked = recover()
			results <- result
		}()
		result.n, result.err = c.r.Read(p)
	}(c.buffer[:len(p)])
	select {
	case <-c.ctx.Done():
		return 0, c.ctx.Err()
	case result := <-results:
		if result.panicked != nil {
			panic(result.panicked)
		}
		return copy(p, c.buffer[:result.n]), result.err
	}
}
