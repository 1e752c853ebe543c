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
	// slotAttempts bounds the places tried for a slot of a batch.
	slotAttempts = 1000
	// minedCandidates is the number of nearest places from which a mined one is drawn. The single nearest would
	// recur in every batch, and may be indistinguishable.
	minedCandidates = 10
	// coverageCandidates is the number of random places from which the hard negative of equal coverage is chosen.
	coverageCandidates = 5000
)

// View says what a row of a batch shows.
type View struct {
	Pose raster.Pose
	// Mirrored swaps west and east after the pose is drawn.
	Mirrored bool
	// Off has a bit for each layer that is switched off.
	Off uint16
}

// batchSampler composes batches. Batch i depends on the seed and i alone. Safe for concurrent use.
type batchSampler struct {
	config   BatchConfig
	places   []loc2vec.LatLon
	seed     uint64
	coverage *CoverageDescriptor // of the places, for hard negatives
	mined    Miner               // nil as long as nothing is mined

	mu     sync.Mutex
	orders map[int][]int // of the epochs in use
}

// newBatchSampler checks that c is consistent: it uses Batch, Places, Coverage, Mined and Seed.
func newBatchSampler(c Config) (*batchSampler, error) {
	b := c.Batch
	if err := b.Validate(); err != nil {
		return nil, err
	}
	if len(c.Places) < b.Places {
		return nil, fmt.Errorf("%d places for batches of %d", len(c.Places), b.Places)
	}
	if b.HardNegativeShare > 0 && (c.Coverage == nil || len(c.Coverage.roots) != len(c.Places)) {
		return nil, errors.New("hard negatives need the coverage of every place")
	}
	for i, ll := range c.Places {
		if err := ll.Validate(); err != nil {
			return nil, fmt.Errorf("place %d: %w", i, err)
		}
	}
	return &batchSampler{
		config: b, places: c.Places, seed: c.Seed, coverage: c.Coverage, mined: c.Mined, orders: make(map[int][]int),
	}, nil
}

// batch returns the views of a batch in the order of its rows, and their labels: indices into places.
func (s *batchSampler) batch(index int) ([]View, []int, error) {
	rng := rand.New(rand.NewPCG(mix(s.seed), mix(uint64(index))))
	chosen := make([]int, 0, s.config.Places)
	for slot := range s.config.Places {
		place, err := s.choose(rng, chosen, index*s.config.Places+slot)
		if err != nil {
			return nil, nil, fmt.Errorf("batch %d: %w", index, err)
		}
		chosen = append(chosen, place)
	}
	views := make([]View, 0, s.config.Rows())
	labels := make([]int, 0, s.config.Rows())
	for _, place := range chosen {
		mirrored := s.config.Mirror > 0 && rng.Float64() < s.config.Mirror
		for view := range 1 + s.config.Positives {
			v := s.view(rng, s.places[place], view > 0)
			v.Mirrored = mirrored
			views = append(views, v)
			labels = append(labels, place)
		}
	}
	return views, labels, nil
}

// choose returns a place that is apart from those chosen: a mined one, a hard negative of equal coverage, the place
// whose turn it is, or any. turn counts the slots of all batches. In an epoch each place has its turn once, and loses
// it where the slot goes to a negative.
func (s *batchSampler) choose(rng *rand.Rand, chosen []int, turn int) (int, error) {
	if len(chosen) > 0 {
		rng.Float64() // unused: it keeps the batches of a seed what they were when near places were drawn here
	}
	if s.mined != nil && s.config.MinedShare > 0 && len(chosen) > 0 && rng.Float64() < s.config.MinedShare {
		near := s.mined.Negatives(chosen[rng.IntN(len(chosen))], minedCandidates)
		if place, ok := s.pick(rng, near, chosen); ok {
			return place, nil
		}
	}
	if s.config.HardNegativeShare > 0 && len(chosen) > 0 && rng.Float64() < s.config.HardNegativeShare {
		like := chosen[rng.IntN(len(chosen))]
		if place := s.coverage.mostAlike(rng, like, func(p int) bool { return s.apart(p, chosen) }); place >= 0 {
			return place, nil
		}
	}
	if place := s.order(turn / len(s.places))[turn%len(s.places)]; s.apart(place, chosen) {
		return place, nil
	}
	for range slotAttempts {
		if place := rng.IntN(len(s.places)); s.apart(place, chosen) {
			return place, nil
		}
	}
	return 0, fmt.Errorf("the places lie too close together for %d that are %v m apart", s.config.Places, s.config.Apart)
}

// pick draws one of the candidates that is apart from those chosen.
func (s *batchSampler) pick(rng *rand.Rand, candidates, chosen []int) (int, bool) {
	for range min(2*len(candidates), 50) {
		if place := candidates[rng.IntN(len(candidates))]; s.apart(place, chosen) {
			return place, true
		}
	}
	return 0, false
}

// apart reports whether place differs from those chosen and is at least Apart from each of them.
func (s *batchSampler) apart(place int, chosen []int) bool {
	for _, other := range chosen {
		if place == other || s.places[place].DistanceTo(s.places[other]) < s.config.Apart {
			return false
		}
	}
	return true
}

// order returns the order in which the places have their turns in an epoch.
func (s *batchSampler) order(epoch int) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.orders[epoch]; ok {
		return o
	}
	for old := range s.orders {
		if old < epoch-1 {
			delete(s.orders, old)
		}
	}
	// A stream of its own: otherwise it would share draws with the batch of the same number.
	o := rand.New(rand.NewPCG(^mix(s.seed), mix(uint64(epoch)))).Perm(len(s.places))
	s.orders[epoch] = o
	return o
}

// view draws a pose and the layers that are off.
func (s *batchSampler) view(rng *rand.Rand, ll loc2vec.LatLon, positive bool) View {
	v := View{Pose: raster.Pose{Place: ll}}
	off := s.config.LayerDropout
	if positive {
		off = 1 - (1-off)*(1-s.config.Mask)
		v.Pose.East = s.config.Shift * (2*rng.Float64() - 1)
		v.Pose.North = s.config.Shift * (2*rng.Float64() - 1)
		v.Pose.Heading = 360 * rng.Float64()
	}
	for layer := range loc2vec.NumLayers {
		if rng.Float64() < off {
			v.Off |= 1 << layer
		}
	}
	return v
}
