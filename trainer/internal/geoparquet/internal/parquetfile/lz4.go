package parquetfile

import "encoding/binary"

// inflateHadoop decompresses frames of LZ4 as Hadoop writes them: the sizes of a block after and before decompression,
// most significant byte first, and the block. Arrow before version 4 wrote a block without a frame under the same name.
func inflateHadoop(dst, src []byte) (int, error) {
	n := 0
	for rest := src; len(rest) > 8; {
		size, packed := binary.BigEndian.Uint32(rest), binary.BigEndian.Uint32(rest[4:])
		if uint64(packed) > uint64(len(rest)-8) || uint64(size) > uint64(len(dst)-n) {
			break
		}
		m, err := inflateLZ4(dst[n:n+int(size)], rest[8:8+packed])
		if err != nil || m != int(size) {
			break
		}
		n += m
		if rest = rest[8+packed:]; len(rest) == 0 {
			return n, nil
		}
	}
	return inflateLZ4(dst, src)
}

// inflateLZ4 decompresses a block of LZ4 (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md) to dst and
// returns how many bytes it has. The library's decoder is assembly that faults at an empty dst.
func inflateLZ4(dst, src []byte) (int, error) {
	n := 0
	for len(src) > 0 {
		token := src[0]
		src = src[1:]
		literals, rest, ok := lz4Length(token>>4, src)
		if !ok || literals > len(rest) || literals > len(dst)-n {
			return n, errEnds
		}
		n += copy(dst[n:], rest[:literals])
		if src = rest[literals:]; len(src) == 0 { // the last sequence has literals alone
			return n, nil
		}
		if len(src) < 2 {
			return n, errEnds
		}
		offset := int(src[0]) | int(src[1])<<8
		match, rest, ok := lz4Length(token&15, src[2:])
		match += 4
		if !ok || offset == 0 || offset > n || match > len(dst)-n {
			return n, errEnds
		}
		src = rest
		for end := n + match; n < end; { // a match may overlap what it makes
			n += copy(dst[n:end], dst[n-offset:n])
		}
	}
	return n, nil
}

// lz4Length reads the bytes that continue a length of four bits.
func lz4Length(start byte, src []byte) (n int, rest []byte, ok bool) {
	n = int(start)
	if start < 15 {
		return n, src, true
	}
	for i, b := range src {
		n += int(b)
		if b < 255 {
			return n, src[i+1:], true
		}
	}
	return n, nil, false
}
