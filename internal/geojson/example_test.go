package geojson_test

import (
	"fmt"
	"strings"

	"github.com/loc2vec/loc2vec/internal/geojson"
)

func ExampleRead() {
	file := strings.NewReader(`{"type":"Feature","geometry":{"type":"Point","coordinates":[7.4246,43.7384]}}
{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[7.4197,43.7312]},null]}`)
	err := geojson.Read(file, func(feature int, g geojson.Geometry) error {
		points, err := g.Points()
		fmt.Println(feature, points, err)
		return nil
	})
	fmt.Println(err)
	// Output:
	// 1 [{43.7384 7.4246}] <nil>
	// 2 [{43.7312 7.4197}] <nil>
	// 3 [] geometry is "", want Point or MultiPoint
	// <nil>
}
