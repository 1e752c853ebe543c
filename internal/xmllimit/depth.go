package xmllimit

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// depthCounter follows the nesting of tags in the bytes of an XML file.
type depthCounter struct {
	most  int // the greatest depth that is allowed
	state state
	depth int
	quote byte    // the quotation mark that ends a value
	last  [2]byte // the bytes before the one at hand
}

// state says which part of an XML file a byte belongs to.
type state uint8

const (
	text        state = iota
	markup            // after "<"
	declaration       // after "<!"
	startTag
	value // a quoted value in a start tag
	endTag
	comment
	cdata
	instruction // after "<?"
)

// read follows more bytes. It fails if tags are nested too deep, or at a document type declaration.
func (c *depthCounter) read(p []byte) error {
	for _, b := range p {
		if err := c.step(b); err != nil {
			return err
		}
		c.last = [2]byte{c.last[1], b}
	}
	return nil
}

func (c *depthCounter) step(b byte) error {
	switch c.state {
	case text:
		if b == '<' {
			c.state = markup
		}
	case markup:
		return c.afterMarkup(b)
	case declaration:
		switch b {
		case '-':
			c.state = comment
		case '[':
			c.state = cdata
		default:
			return fmt.Errorf("%w: a document type declaration", loc2vec.ErrCorrupt)
		}
	case startTag:
		switch b {
		case '"', '\'':
			c.state, c.quote = value, b
		case '>':
			if c.state = text; c.last[1] == '/' {
				c.depth--
			}
		}
	case value:
		if b == c.quote {
			c.state = startTag
		}
	case endTag:
		c.endAt(b == '>')
	case comment:
		c.endAt(b == '>' && c.last == [2]byte{'-', '-'})
	case cdata:
		c.endAt(b == '>' && c.last == [2]byte{']', ']'})
	case instruction:
		c.endAt(b == '>' && c.last[1] == '?')
	}
	return nil
}

// afterMarkup follows the byte after "<".
func (c *depthCounter) afterMarkup(b byte) error {
	switch b {
	case '/':
		c.state = endTag
		c.depth--
	case '!':
		c.state = declaration
	case '?':
		c.state = instruction
	default:
		c.state = startTag
		if c.depth++; c.depth > c.most {
			return fmt.Errorf("%w: tags nested deeper than %d", loc2vec.ErrCorrupt, c.most)
		}
	}
	return nil
}

func (c *depthCounter) endAt(end bool) {
	if end {
		c.state = text
	}
}
