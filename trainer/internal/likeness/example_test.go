package likeness_test

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/likeness"
)

// A harbour and a quay share their water. All places have buildings, which tells nothing.
func Example() {
	harbour := likeness.Coverage{loc2vec.Building: 0.25, loc2vec.Water: 0.5}
	quay := likeness.Coverage{loc2vec.Building: 0.25, loc2vec.Water: 0.4}
	park := likeness.Coverage{loc2vec.Building: 0.25, loc2vec.Park: 0.8}
	typical := likeness.NewTypical([]likeness.Coverage{harbour, quay, park, park})
	fmt.Println(typical.Words(harbour, quay))
	fmt.Println(typical.Words(harbour, park))
	// Output:
	// water 50 %, no parks 50 %
	// no layer stands out
}
