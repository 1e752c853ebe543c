package eval

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// TestIntervalCovers draws many samples whose places share a random offset of their block. A 95 %
// interval must contain the true mean about that often; an interval for independent places would not.
func TestIntervalCovers(t *testing.T) {
	const trials, blocks, perBlock = 300, 40, 8
	rng := rand.New(rand.NewPCG(1, 1))
	block := make([]int, blocks*perBlock)
	for i := range block {
		block[i] = i / perBlock
	}
	var covered int
	for range trials {
		boot := newBootstrap(block, rng)
		values := make([]float64, len(block))
		for k := range blocks {
			luck := rng.NormFloat64()
			for i := range perBlock {
				values[k*perBlock+i] = 3 + luck + 0.3*rng.NormFloat64()
			}
		}
		if e := boot.mean(values); e.Low <= 3 && 3 <= e.High {
			covered++
		}
	}
	// The nominal coverage is 95 %; the percentile bootstrap of 40 blocks is known to be slightly below.
	if share := float64(covered) / trials; share < 0.89 || share > 0.99 {
		t.Errorf("intervals cover the true mean in %.3f of the trials, want about 0.95", share)
	}
}

func TestMeanLeavesOutPlacesWithoutValue(t *testing.T) {
	boot := newBootstrap(blocksOfOne(6), rand.New(rand.NewPCG(1, 1)))
	e := boot.mean([]float64{1, math.NaN(), 1, 1, math.NaN(), 1})
	if e.Value != 1 || e.Low != 1 || e.High != 1 {
		t.Errorf("mean of ones is %v", e)
	}
}

func TestFewBlocksGiveNoInterval(t *testing.T) {
	boot := newBootstrap([]int{0, 0, 1, 1, 2, 3}, rand.New(rand.NewPCG(1, 1)))
	e := boot.mean([]float64{0, 1, 0, 1, 0, 1})
	if e.Value != 0.5 || !math.IsNaN(e.Low) || !math.IsNaN(e.High) {
		t.Errorf("estimate %v, want 0.5 without an interval", e)
	}
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"high":null,"low":null,"value":0.5}`; string(data) != want {
		t.Errorf("JSON %s, want %s", data, want)
	}
	var back Estimate
	if err := json.Unmarshal(data, &back); err != nil || back.Value != 0.5 || !math.IsNaN(back.Low) {
		t.Errorf("read back %v, %v", back, err)
	}
}

func TestBlocksOf(t *testing.T) {
	at := loc2vec.LatLon{Lat: 53, Lon: 8.8}
	// Steps of 2 km put every place into a block of its own; a step of 1 m rarely does.
	var places []loc2vec.LatLon
	for i := range 10 {
		places = append(places, at.Offset(float64(i)*BlockMetres, 0))
	}
	seen := map[int]bool{}
	for _, b := range blocksOf(places) {
		seen[b] = true
	}
	if len(seen) != 10 {
		t.Errorf("10 places 2 km apart fall into %d blocks", len(seen))
	}
}
