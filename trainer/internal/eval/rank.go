package eval

import (
	"runtime"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/vectorspace"
)

// ranks returns [N]: for query row i the number of gallery rows other than i that are at least as
// near as row i. Ties count against the method, so that a constant embedding finds nothing. near,
// when not nil, restricts the gallery of each query to the listed rows.
func ranks(gallery, queries matrix, near [][]int32) []int {
	out := make([]int, queries.n)
	parallel(queries.n, func(i int) {
		q := queries.row(i)
		own := vectorspace.SquaredDistance(q, gallery.row(i))
		var rank int
		// !(d > own) instead of d <= own: NaN counts against the method as well.
		if near != nil {
			for _, j := range near[i] {
				if int(j) != i && !(vectorspace.SquaredDistance(q, gallery.row(int(j))) > own) {
					rank++
				}
			}
		} else {
			for j := range gallery.n {
				if j != i && !(vectorspace.SquaredDistance(q, gallery.row(j)) > own) {
					rank++
				}
			}
		}
		out[i] = rank
	})
	return out
}

// within scores each query 1 when fewer than k rows rank before its own, 0 otherwise.
func within(ranks []int, k int) []float64 {
	out := make([]float64, len(ranks))
	for i, r := range ranks {
		if r < k {
			out[i] = 1
		}
	}
	return out
}

// averagePrecisionAtR scores each anchor against the views of all places: the mean over the first
// R = len(views) results of the precision at results that show the anchor's own place, and of 0 at
// others (Musgrave, Belongie & Lim 2020, equation 10).
func averagePrecisionAtR(anchors matrix, views []matrix) []float64 {
	r := len(views)
	out := make([]float64, anchors.n)
	parallel(anchors.n, func(i int) {
		a := anchors.row(i)
		own := make([]float32, r)
		for v := range views {
			own[v] = vectorspace.SquaredDistance(a, views[v].row(i))
		}
		// before[v] counts views of other places at least as near as the anchor's own view v.
		before := make([]int, r)
		for _, view := range views {
			for j := range view.n {
				if j == i {
					continue
				}
				d := vectorspace.SquaredDistance(a, view.row(j))
				for v := range own {
					if !(d > own[v]) {
						before[v]++
					}
				}
			}
		}
		var sum float64
		for v := range own {
			ownUpTo := 1 // own views up to and including v
			for w := range own {
				if own[w] < own[v] || own[w] == own[v] && w < v {
					ownUpTo++
				}
			}
			if at := before[v] + ownUpTo; at <= r {
				sum += float64(ownUpTo) / float64(at)
			}
		}
		out[i] = sum / float64(r)
	})
	return out
}

// neighbourhoods lists for each place the places within the given metres, including itself.
func neighbourhoods(places []loc2vec.LatLon, metres float64) [][]int32 {
	out := make([][]int32, len(places))
	parallel(len(places), func(i int) {
		for j, other := range places {
			if places[i].DistanceTo(other) <= metres {
				out[i] = append(out[i], int32(j))
			}
		}
	})
	return out
}

// nearest returns the k rows nearest to row i other than i, the nearest first, or all of them when
// there are fewer.
func (m matrix) nearest(i, k int) []int { return m.space().NearestTo(i, k) }

// parallel calls work for 0..n-1 on GOMAXPROCS goroutines.
func parallel(n int, work func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := w; i < n; i += workers {
				work(i)
			}
		})
	}
	group.Wait()
}
