package metric

import (
	"fmt"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
)

func TestRegistryIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range Names() {
		if seen[name] {
			t.Errorf("%s is registered twice", name)
		}
		seen[name] = true
		s, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if s.Doc == "" || s.Paper == "" {
			t.Errorf("%s lacks its description or its paper", name)
		}
		if space := s.Space.Metric(); space != loc2vec.Euclidean && space != loc2vec.Cosine {
			t.Errorf("%s lives in %q", name, space)
		}
		if _, err := s.New(nil, nil); err != nil {
			t.Errorf("%s with defaults: %v", name, err)
		}
		for _, p := range s.Params {
			if p.Doc == "" || p.Choices == nil && !(p.Default >= p.Min && p.Default <= p.Max) {
				t.Errorf("%s: parameter %+v", name, p)
			}
		}
	}
}

func TestParameters(t *testing.T) {
	for _, c := range []struct {
		loss, name, value, want string
	}{
		{"softpn", "triplets", "hard", "softpn form=mse triplets=hard"},
		{"softpn", "triplets", "random", "softpn form=mse triplets=random"},
		{"ntxent", "tau", "0.25", "ntxent tau=0.25"},
		{"triplet_ranking", "triplets", "all_hard", "triplet_ranking margin=1 triplets=all_hard reduce=all"},
		{"facenet", "triplets", "all_semihard", "facenet margin=0.2 triplets=all_semihard reduce=all"},
		{"triplet_ranking", "margin", "0", "triplet_ranking margin=0 triplets=all reduce=all"},
	} {
		l := newLoss(t, c.loss, map[string]string{c.name: c.value})
		if l.String() != c.want {
			t.Errorf("got %q, want %q", l, c.want)
		}
	}
}

func TestParameterErrors(t *testing.T) {
	if _, err := Lookup("softpm"); err == nil || !strings.Contains(err.Error(), `unknown loss "softpm": there are contrastive_hadsell, `) {
		t.Errorf("got %v", err)
	}
	for _, c := range []struct {
		loss, name, value, want string
	}{
		{"ntxent", "margin", "1", `unknown parameter "margin": it takes tau=0.1 (0.001..1000)`},
		{"ntxent", "tau", "0", "parameter tau=0 is not within 0.001..1000"},
		{"ntxent", "tau", "NaN", "parameter tau=NaN is not within"},
		{"ntxent", "tau", "warm", "parameter tau=warm is not a number"},
		{"softpn", "triplets", "some", "parameter triplets=some is not one of all, random, hard, semihard, semihard_skip"},
		{"softpn", "triplets", "random", "triplets=random needs a random number generator"},
	} {
		s, err := Lookup(c.loss)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.New(map[string]string{c.name: c.value}, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s=%s: got %v, want %q", c.loss, c.name, c.value, err, c.want)
		}
	}
}

func ExampleLoss_LossGrad() {
	spec, _ := Lookup("infonce_euclid")
	loss, _ := spec.New(map[string]string{"tau": "0.5"}, nil)
	// Two places on a line, two views of each.
	embeddings := []float32{0, 1, 3, 3.5}
	grad := make([]float32, len(embeddings))
	r, _ := loss.LossGrad(grad, embeddings, []int{7, 7, 9, 9})
	fmt.Println(loss)
	fmt.Printf("%.4f over %d terms, gradient %.3f\n", r.Value, r.Terms, grad)
	// Output:
	// infonce_euclid tau=0.5
	// 0.0675 over 4 terms, gradient [-0.074 0.201 -0.130 0.002]
}
