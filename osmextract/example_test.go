package osmextract_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/loc2vec/loc2vec/osmextract"
)

// A village of two nodes and a road, as XML.
const village = `<osm version="0.6">
	<bounds minlat="50.00" minlon="7.00" maxlat="50.01" maxlon="7.01"/>
	<node id="1" lat="50.001" lon="7.001"/>
	<node id="2" lat="50.009" lon="7.009"><tag k="shop" v="bakery"/></node>
	<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
</osm>`

func ExampleExtract() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "village.osm") // or .osm.pbf, or .osm.gz
	if err := os.WriteFile(path, []byte(village), 0o600); err != nil {
		log.Fatal(err)
	}
	var pack bytes.Buffer
	stats, err := osmextract.Extract(context.Background(), &pack, osmextract.Options{Files: []string{path}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(stats.Pack.Name, stats.Shapes)
	// Output: village map[commerce:1 minor_road:1]
}
