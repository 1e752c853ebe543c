package osmtestdata_test

import (
	"os"
	"testing"

	"github.com/loc2vec/loc2vec/internal/osmtestdata"
)

func TestEveryExtractCanBeFetched(t *testing.T) {
	for _, e := range osmtestdata.All() {
		path := osmtestdata.Path(t, e.Name)
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		head := make([]byte, 16)
		if _, err := f.Read(head); err != nil {
			t.Fatal(err)
		}
		f.Close()
		// A PBF starts with the length of a BlobHeader whose type is "OSMHeader".
		if string(head[6:15]) != "OSMHeader" {
			t.Errorf("%s: starts with %q, not with an OSMHeader blob", e.Name, head)
		}
	}
}

func TestLookupNamesTheChoices(t *testing.T) {
	_, err := osmtestdata.Lookup("atlantis")
	if err == nil || err.Error() != `no extract named "atlantis": the names are monaco, honolulu, delaware, bremen, london` {
		t.Errorf("Lookup(atlantis) = %v", err)
	}
}
