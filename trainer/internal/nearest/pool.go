package nearest

// pool are the nearest candidates of a query, as a heap whose greatest is first.
type pool []Answer

// add adds a candidate. If the pool is full, the greatest one goes; the candidate must be less.
func (p *pool) add(a Answer, capacity int) {
	if len(*p) < capacity {
		*p = append(*p, a)
		p.up(len(*p) - 1)
		return
	}
	(*p)[0] = a
	p.down(0)
}

// up moves the candidate at i to where it belongs among those above.
func (p pool) up(i int) {
	for i > 0 {
		above := (i - 1) / 2
		if p[i].compare(&p[above]) <= 0 {
			return
		}
		p[i], p[above] = p[above], p[i]
		i = above
	}
}

// down moves the candidate at i to where it belongs among those below.
func (p pool) down(i int) {
	for {
		below := 2*i + 1
		if below >= len(p) {
			return
		}
		if right := below + 1; right < len(p) && p[right].compare(&p[below]) > 0 {
			below = right
		}
		if p[below].compare(&p[i]) <= 0 {
			return
		}
		p[i], p[below] = p[below], p[i]
		i = below
	}
}
