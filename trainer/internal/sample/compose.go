package sample

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

const (
	// composeTries bounds how many places are tried for a slot of a batch.
	composeTries = 1000
	// minedAmong are the nearest places of which one is drawn: the very nearest would come every time, and may
	// look the same to anyone.
	minedAmong = 10
	// twinsAmong are the places at random of which the one most alike becomes a twin.
	twinsAmong = 5000
)

// Recipe says how a batch is put together.
type Recipe struct {
	// Places is how many places a batch has.
	Places int `json:"places"`
	// Positives is how many views each place has beside its anchor.
	Positives int `json:"positives"`
	// Apart is the least distance in metres between two places of a batch: views of nearer ones could
	// show the same ground, and the loss would push them apart.
	Apart float64 `json:"apart"`
	// TwinShare is the share of a batch's places that are chosen for the looks of another one of the
	// batch: the most alike of twinsAmong places drawn at random. What covers the ground does not tell
	// them apart, its layout has to.
	TwinShare float64 `json:"twin_share"`
	// MinedShare is the share of a batch's places that are among the nearest to another one of the batch in the
	// space that is being learned: Config.Mined.
	MinedShare float64 `json:"mined_share,omitempty"`
	// Shift in metres moves a positive on both axes, evenly within ±Shift.
	Shift float64 `json:"shift"`
	// Mirror is the chance of a place to be shown mirrored, east for west, in all of its views: the
	// mirror image of a place is one that could be somewhere.
	Mirror float64 `json:"mirror,omitempty"`
	// Mask is the chance of each layer of a positive to be switched off.
	Mask float64 `json:"mask"`
	// Dropout is the chance of each layer of any view, anchors included, to be switched off.
	Dropout float64 `json:"layer_dropout"`
}

// DefaultRecipe is a batch of 40 places at least 200 m apart, most of them chosen to look like one of
// the others; each has an anchor that looks north and 2 positives, turned at random and shifted by up to 80 m.
func DefaultRecipe() Recipe {
	return Recipe{Places: 40, Positives: 2, Apart: 200, TwinShare: 0.9, Shift: 80}
}

// Fit returns the recipe with fewer places where a region has no room for so many that are apart:
// at most half of those that it has room for, so that batches differ.
func (r Recipe) Fit(places []loc2vec.LatLon) Recipe {
	r.Places = max(min(r.Places, len(Spread(places, r.Apart))/2), 2)
	return r
}

// Rows returns B, the number of views in a batch.
func (r Recipe) Rows() int { return r.Places * (1 + r.Positives) }

// Validate returns what is wrong with the recipe.
func (r Recipe) Validate() error {
	share := func(name string, v float64) error {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("%s is %v, not within 0..1", name, v)
		}
		return nil
	}
	switch {
	case r.Places < 2:
		return fmt.Errorf("%d places a batch: without a second one there are no negatives", r.Places)
	case r.Positives < 1:
		return fmt.Errorf("%d positives a place, want at least 1", r.Positives)
	case r.Rows() > 1<<16:
		return fmt.Errorf("%d places with %d positives make more than 65536 views", r.Places, r.Positives)
	case !(r.Apart >= 0 && r.Apart <= 1e5):
		return fmt.Errorf("places %v m apart, not within 0..100000", r.Apart)
	case !(r.Shift >= 0 && r.Shift <= 1e4):
		return fmt.Errorf("shift is %v m, not within 0..10000", r.Shift)
	}
	return errors.Join(share("share of twins", r.TwinShare), share("share of mined places", r.MinedShare),
		share("mirror", r.Mirror), share("mask", r.Mask), share("dropout", r.Dropout))
}

// View says what a row of a batch shows.
type View struct {
	Pose raster.Pose
	// Mirrored says that west and east change sides once the pose is drawn.
	Mirrored bool
	// Off has a bit for each layer that is switched off.
	Off uint16
}

// composer puts batches together. Batch i depends on the seed and i alone. Safe for concurrent use.
type composer struct {
	recipe Recipe
	places []loc2vec.LatLon
	seed   uint64
	looks  *Looks // for twins
	mined  Miner  // for mined places, or nil

	mu     sync.Mutex
	orders map[int][]int // of the epochs in use
}

func newComposer(r Recipe, places []loc2vec.LatLon, looks *Looks, mined Miner, seed uint64) (*composer, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if len(places) < r.Places {
		return nil, fmt.Errorf("%d places for batches of %d", len(places), r.Places)
	}
	if r.TwinShare > 0 && (looks == nil || len(looks.roots) != len(places)) {
		return nil, errors.New("twins are asked for, and the looks of the places are not known")
	}
	c := &composer{recipe: r, places: places, looks: looks, mined: mined, seed: seed, orders: make(map[int][]int)}
	for i, ll := range places {
		if err := ll.Validate(); err != nil {
			return nil, fmt.Errorf("place %d: %w", i, err)
		}
	}
	return c, nil
}

// compose returns the views of a batch in the order of its rows, and their labels: indices into
// the places.
func (c *composer) compose(index int) ([]View, []int, error) {
	rng := rand.New(rand.NewPCG(mix(c.seed), mix(uint64(index))))
	chosen := make([]int, 0, c.recipe.Places)
	for slot := range c.recipe.Places {
		place, err := c.choose(rng, chosen, index*c.recipe.Places+slot)
		if err != nil {
			return nil, nil, fmt.Errorf("batch %d: %w", index, err)
		}
		chosen = append(chosen, place)
	}
	views := make([]View, 0, c.recipe.Rows())
	labels := make([]int, 0, c.recipe.Rows())
	for _, place := range chosen {
		mirrored := c.recipe.Mirror > 0 && rng.Float64() < c.recipe.Mirror
		for view := range 1 + c.recipe.Positives {
			v := c.view(rng, c.places[place], view > 0)
			v.Mirrored = mirrored
			views = append(views, v)
			labels = append(labels, place)
		}
	}
	return views, labels, nil
}

// choose returns a place that is apart from those chosen: one that is mined for them, one that looks
// like one of them, or the one whose turn it is, or any. turn counts the slots of all batches: in an epoch each place
// has its turn once, and loses it where the slot goes to another.
func (c *composer) choose(rng *rand.Rand, chosen []int, turn int) (int, error) {
	if len(chosen) > 0 {
		rng.Float64() // unused, so that a seed goes on giving the batches that it always gave
	}
	if c.mined != nil && c.recipe.MinedShare > 0 && len(chosen) > 0 && rng.Float64() < c.recipe.MinedShare {
		near := c.mined.Negatives(chosen[rng.IntN(len(chosen))], minedAmong)
		if place, ok := c.pick(rng, near, chosen); ok {
			return place, nil
		}
	}
	if c.recipe.TwinShare > 0 && len(chosen) > 0 && rng.Float64() < c.recipe.TwinShare {
		like := chosen[rng.IntN(len(chosen))]
		if place := c.looks.twin(rng, like, twinsAmong, func(p int) bool { return c.apart(p, chosen) }); place >= 0 {
			return place, nil
		}
	}
	if place := c.order(turn / len(c.places))[turn%len(c.places)]; c.apart(place, chosen) {
		return place, nil
	}
	for range composeTries {
		if place := rng.IntN(len(c.places)); c.apart(place, chosen) {
			return place, nil
		}
	}
	return 0, fmt.Errorf("the places lie too close together for %d that are %v m apart", c.recipe.Places, c.recipe.Apart)
}

// pick draws one of the candidates that is apart from those chosen.
func (c *composer) pick(rng *rand.Rand, candidates, chosen []int) (int, bool) {
	for range min(2*len(candidates), 50) {
		if place := candidates[rng.IntN(len(candidates))]; c.apart(place, chosen) {
			return place, true
		}
	}
	return 0, false
}

func (c *composer) apart(place int, chosen []int) bool {
	for _, other := range chosen {
		if place == other || c.places[place].DistanceTo(c.places[other]) < c.recipe.Apart {
			return false
		}
	}
	return true
}

// order returns the order in which the places have their turns in an epoch.
func (c *composer) order(epoch int) []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o, ok := c.orders[epoch]; ok {
		return o
	}
	for old := range c.orders {
		if old < epoch-1 {
			delete(c.orders, old)
		}
	}
	// Its own stream, or it would share draws with the batch of that number.
	o := rand.New(rand.NewPCG(^mix(c.seed), mix(uint64(epoch)))).Perm(len(c.places))
	c.orders[epoch] = o
	return o
}

// view draws a pose and the layers that are off.
func (c *composer) view(rng *rand.Rand, ll loc2vec.LatLon, positive bool) View {
	v := View{Pose: raster.Pose{Place: ll}}
	off := c.recipe.Dropout
	if positive {
		off = 1 - (1-off)*(1-c.recipe.Mask)
		v.Pose.East = c.recipe.Shift * (2*rng.Float64() - 1)
		v.Pose.North = c.recipe.Shift * (2*rng.Float64() - 1)
		v.Pose.Heading = 360 * rng.Float64()
	}
	for layer := range loc2vec.NumLayers {
		if rng.Float64() < off {
			v.Off |= 1 << layer
		}
	}
	return v
}
