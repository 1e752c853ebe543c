package schema_test

import (
	"fmt"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec/osmextract/schema"
)

func ExampleClassifier_Classify() {
	c := schema.NewClassifier()
	school := osm.Tags{{Key: "building", Value: "school"}, {Key: "name", Value: "Elm Street School"}}
	for _, class := range c.Classify(nil, schema.ClosedWay, school) {
		fmt.Println(class.Layer, class.Kind)
	}
	road := osm.Tags{{Key: "highway", Value: "primary"}, {Key: "lanes", Value: "2"}}
	for _, class := range c.Classify(nil, schema.OpenWay, road) {
		fmt.Printf("%v %v, %.1f m wide\n", class.Layer, class.Kind, float64(class.Size)/10)
	}
	// Output:
	// building area
	// civic area
	// major_road line, 8.5 m wide
}
