package pack

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec"
)

// MaxReach is the greatest reach of a cut in metres: more than the largest window of a raster has.
const MaxReach = 25_000

// CutOptions describe a cut.
type CutOptions struct {
	// Within are boxes. The cut covers what the pack covers of them.
	Within []loc2vec.Bounds
	// Reach is how far around each place of the area the cut has the tiles of the pack, in metres: the Radius of the
	// raster.Spec of the models that read it.
	Reach float64
	// Name of the cut; "" for that of the pack. Packs of one name are editions of one region (Set).
	Name string
	// Progress, unless nil, receives the bytes of tile data done so far, and their total. Each is read and then written.
	Progress func(done, total int64)
}

// Cut writes a pack of what the pack covers of some boxes, and returns its metadata. The cut has every tile within reach
// of a place that it covers, so that places have the same vectors as in the whole pack. Tiles are copied as they are,
// one by one, after they have been checked as Verify does. The same pack and options give the same bytes on every
// machine. FORMAT.md says what the metadata hold.
//
// A cut is another file: the signature of the pack is not one of the cut. If the pack covers nothing of the boxes, the
// error wraps loc2vec.ErrNoCoverage and names the boxes that it covers. Other errors wrap loc2vec.ErrCoordinate for an
// invalid box, loc2vec.ErrCorrupt, or are those of the context, the reader and w. After an error w holds a part of a
// pack.
func (p *Reader) Cut(ctx context.Context, w io.Writer, opts CutOptions) (*Metadata, error) {
	m, err := p.cut(ctx, w, opts)
	if err != nil {
		return nil, fmt.Errorf("cutting pack %q: %w", p.metadata.Name, err)
	}
	return m, nil
}

func (p *Reader) cut(ctx context.Context, w io.Writer, opts CutOptions) (*Metadata, error) {
	if err := p.checkCut(opts); err != nil {
		return nil, err
	}
	c := cutter{pack: p, content: verifier{pack: p}, progress: opts.Progress}
	c.content.decoder.Closing = true
	area, err := intersect(ctx, p.metadata.Area, opts.Within)
	if err != nil {
		return nil, err
	}
	for _, box := range area {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c.tiles.add(tilesAround(box, opts.Reach))
	}
	if err := c.collect(ctx); err != nil {
		return nil, err
	}
	if len(c.entries) == 0 {
		return nil, fmt.Errorf("%w: the area is outside of what it covers (west, south, east, north): %s", loc2vec.ErrNoCoverage, p.coveredBoxes())
	}
	if err := c.arrange(); err != nil {
		return nil, err
	}
	m := p.metadata
	m.FormatVersion, m.Area, m.Sources = FormatVersion, area, slices.Clone(m.Sources)
	m.Name = cmp.Or(opts.Name, m.Name)
	m.Origin = &Origin{Name: p.metadata.Name, ContentSHA256: p.metadata.ContentSHA256, Reach: opts.Reach}
	if err := c.write(ctx, w, &m); err != nil {
		return nil, err
	}
	return &m, nil
}

// checkCut checks the options. The texts of its errors contain no coordinate: a box may be around a person.
func (p *Reader) checkCut(opts CutOptions) error {
	if !(opts.Reach > 0 && opts.Reach <= MaxReach) {
		return fmt.Errorf("reach of %v metres, want more than 0 and at most %v", opts.Reach, MaxReach)
	}
	if origin := p.metadata.Origin; origin != nil && opts.Reach > origin.Reach {
		return fmt.Errorf("reach of %v metres: the pack is itself a cut, which has the tiles within %v metres", opts.Reach, origin.Reach)
	}
	for i, b := range opts.Within {
		if b.Min.Validate() != nil || b.Max.Validate() != nil || b.Min.Lat > b.Max.Lat {
			return fmt.Errorf("%w: box %d: want latitudes within ±90, south below north, and longitudes within ±180 degrees", loc2vec.ErrCoordinate, i+1)
		}
	}
	return nil
}

// coveredBoxes lists the boxes that the pack covers, or the one around them if there are many.
func (p *Reader) coveredBoxes() string {
	const listed = 3
	boxes := p.metadata.Area
	if len(boxes) > listed {
		boxes = []loc2vec.Bounds{p.metadata.bounds()}
	}
	var text []string
	for _, b := range boxes {
		text = append(text, fmt.Sprintf("%.4f,%.4f,%.4f,%.4f", b.Min.Lon, b.Min.Lat, b.Max.Lon, b.Max.Lat))
	}
	return strings.Join(text, "; ")
}

// cutter copies tiles of a pack.
type cutter struct {
	pack     *Reader
	tiles    tileSet
	entries  []entry       // of the cut, with the offsets of the pack until arrange
	contents []cutContents // in the order of the cut
	tiled    int           // tiles of all entries
	size     int64         // of all contents
	content  verifier      // checks tiles and counts their shapes
	packed   []byte        // a tile as it stands in the file

	progress func(done, total int64)
	done     int64
}

// cutContents is tile data that entries of a cut refer to.
type cutContents struct {
	tileContents        // as in the pack
	to           uint64 // offset in the cut
}

// collect finds the entries of the tiles of the cut.
func (c *cutter) collect(ctx context.Context) error {
	const checked = 4096 // tiles between two looks at the context
	next := uint64(0)
	for e, err := range c.pack.entries() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if e.id < next {
			return fmt.Errorf("%w: tile number %d is not in order", loc2vec.ErrCorrupt, e.id)
		}
		next = e.end()
		for id := e.id; id < next; id++ {
			if id%checked == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			t, err := loc2vec.TileFromID(id)
			if err != nil {
				return err
			}
			if c.tiles.contains(t) {
				c.keep(id, e)
			}
		}
	}
	return nil
}

// keep adds a tile of an entry of the pack.
func (c *cutter) keep(id uint64, e entry) {
	c.tiled++
	if n := len(c.entries); n > 0 {
		if last := &c.entries[n-1]; last.end() == id && last.offset == e.offset {
			last.run++
			return
		}
	}
	c.entries = append(c.entries, entry{id: id, offset: e.offset, length: e.length, run: 1})
}

// arrange gives the tile data its order in the cut, that of the entries, and the entries their offsets.
func (c *cutter) arrange() error {
	at := make(map[uint64]int, len(c.entries)) // contents by the offset in the pack
	for i := range c.entries {
		e := &c.entries[i]
		n, known := at[e.offset]
		if !known {
			n = len(c.contents)
			at[e.offset] = n
			c.contents = append(c.contents, cutContents{
				tileContents: tileContents{id: e.id, offset: e.offset, length: e.length}, to: uint64(c.size),
			})
			c.size += int64(e.length)
		}
		content := &c.contents[n]
		if content.length != e.length {
			return fmt.Errorf("tile number %d: %w: its data is not clustered", e.id, loc2vec.ErrCorrupt)
		}
		content.tiles += e.run
		e.offset = content.to
	}
	return nil
}

// write writes the cut and completes its metadata. The directories and the hash precede the tiles, so it reads the tiles
// twice; it needs neither memory nor a temporary file for them.
func (c *cutter) write(ctx context.Context, w io.Writer, m *Metadata) error {
	sum := sha256.New()
	err := c.read(ctx, func(content cutContents) error {
		sum.Write(c.packed)
		if err := c.content.check(content.tileContents); err != nil {
			return fmt.Errorf("tile number %d: %w", content.id, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	m.Tiles, m.Entries, m.Contents, m.Features = c.tiled, len(c.entries), len(c.contents), map[string]int{}
	for l, n := range c.content.shapes {
		if n > 0 {
			m.Features[loc2vec.Layer(l).String()] = n
		}
	}
	checked := [sha256.Size]byte(sum.Sum(nil))
	head, err := encodeHead(m, c.entries, sum, uint64(c.size))
	if err != nil {
		return err
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	sum.Reset()
	err = c.read(ctx, func(cutContents) error {
		sum.Write(c.packed)
		_, err := w.Write(c.packed)
		return err
	})
	if err == nil && [sha256.Size]byte(sum.Sum(nil)) != checked {
		err = errors.New("the pack has changed meanwhile")
	}
	return err
}

// read reads the tile data of the cut, in its order, into c.packed, and calls visit with each.
func (c *cutter) read(ctx context.Context, visit func(cutContents) error) error {
	for _, content := range c.contents {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.packed = slices.Grow(c.packed[:0], int(content.length))[:content.length]
		if err := c.pack.readAt(c.packed, c.pack.sections.tilesStart()+int64(content.offset)); err != nil {
			return fmt.Errorf("tile number %d: %w", content.id, err)
		}
		if err := visit(content); err != nil {
			return err
		}
		c.done += int64(content.length)
		if c.progress != nil {
			c.progress(c.done, 2*c.size)
		}
	}
	return nil
}
