package osmextract

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// xmlDepthCounter follows the nesting of tags in the bytes of an XML file. The XML decoder keeps the
// name of each open tag, so without a limit a file of start tags fills the memory.
type xmlDepthCounter struct {
	state xmlState
	depth int
	quote byte    // the quotation mark that ends a value
	last  [2]byte // the bytes before the one at hand
}

// xmlState says which part of an XML file a byte belongs to.
type xmlState uint8

const (
	xmlText        xmlState = iota
	xmlMarkup               // after "<"
	xmlDeclaration          // after "<!"
	xmlStartTag
	xmlValue // a quoted value in a start tag
	xmlEndTag
	xmlComment
	xmlCDATA
	xmlInstruction // after "<?"
)

// read follows more bytes. It fails if tags are nested deeper than xmlDepth, or at a document type
// declaration, which OpenStreetMap does not use.
func (c *xmlDepthCounter) read(p []byte) error {
	for _, b := range p {
		if err := c.step(b); err != nil {
			return err
		}
		c.last = [2]byte{c.last[1], b}
	}
	return nil
}

func (c *xmlDepthCounter) step(b byte) error {
	switch c.state {
	case xmlText:
		if b == '<' {
			c.state = xmlMarkup
		}
	case xmlMarkup:
		return c.markup(b)
	case xmlDeclaration:
		switch b {
		case '-':
			c.state = xmlComment
		case '[':
			c.state = xmlCDATA
		default:
			return fmt.Errorf("%w: a document type declaration", loc2vec.ErrCorrupt)
		}
	case xmlStartTag:
		switch b {
		case '"', '\'':
			c.state, c.quote = xmlValue, b
		case '>':
			if c.state = xmlText; c.last[1] == '/' {
				c.depth--
			}
		}
	case xmlValue:
		if b == c.quote {
			c.state = xmlStartTag
		}
	case xmlEndTag:
		c.endAt(b == '>')
	case xmlComment:
		c.endAt(b == '>' && c.last == [2]byte{'-', '-'})
	case xmlCDATA:
		c.endAt(b == '>' && c.last == [2]byte{']', ']'})
	case xmlInstruction:
		c.endAt(b == '>' && c.last[1] == '?')
	}
	return nil
}

// markup follows the byte after "<".
func (c *xmlDepthCounter) markup(b byte) error {
	switch b {
	case '/':
		c.state = xmlEndTag
		c.depth--
	case '!':
		c.state = xmlDeclaration
	case '?':
		c.state = xmlInstruction
	default:
		c.state = xmlStartTag
		if c.depth++; c.depth > xmlDepth {
			return fmt.Errorf("%w: tags nested deeper than %d", loc2vec.ErrCorrupt, xmlDepth)
		}
	}
	return nil
}

func (c *xmlDepthCounter) endAt(end bool) {
	if end {
		c.state = xmlText
	}
}
