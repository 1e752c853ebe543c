package postgis_test

import (
	"context"
	"log"
	"os"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract"
	"github.com/loc2vec/loc2vec/osmextract/postgis"
)

func ExampleOpen() {
	ctx := context.Background()
	db, err := postgis.Open(ctx, "postgres://reader@localhost/osm", postgis.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	out, err := os.Create("monaco.pmtiles")
	if err != nil {
		log.Fatal(err)
	}
	box := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: 43.72, Lon: 7.40}, Max: loc2vec.LatLon{Lat: 43.76, Lon: 7.45}}
	if _, err := osmextract.Extract(ctx, out, osmextract.Options{Features: db, Box: &box}); err != nil {
		log.Fatal(err)
	}
	if err := out.Close(); err != nil {
		log.Fatal(err)
	}
}
