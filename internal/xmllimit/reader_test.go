package xmllimit

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/loc2vec/loc2vec"
)

func TestReader(t *testing.T) {
	const depth, element = 3, 1 << 20
	long := strings.Repeat("x", element+1<<13)
	for name, c := range map[string]struct{ text, want string }{
		"within":                 {`<a><b><c x=">"/></b><!-- <d><d><d> --><b/><![CDATA[<d><d>]]><?p <d> ?></a>`, ""},
		"too deep":               {"<a><b><c><d/></c></b></a>", "nested deeper than 3"},
		"tags that are not read": {strings.Repeat("<a>", 1<<20), "nested deeper than 3"},
		"a long text":            {"<a>" + long + "</a>", "more than 1 MiB"},
		"a long value":           {`<a b="` + long + `"/>`, "more than 1 MiB"},
		"many texts":             {"<a>" + strings.Repeat("<b>"+long[:element/4]+"</b>", 8) + "</a>", ""},
		"a declaration":          {`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`, "document type"},
	} {
		for _, in := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text))} {
			err := decode(in, Limits{Depth: depth, Element: element})
			if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, loc2vec.ErrCorrupt) || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s: %v, want %q", name, err, c.want)
			}
		}
	}
}

// decode reads all tokens of a file.
func decode(in io.Reader, limits Limits) error {
	r := NewReader(in, limits)
	for d := xml.NewDecoder(r); ; {
		r.Next()
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
