package train_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

func TestReadPlan(t *testing.T) {
	got, err := train.ReadPlan(strings.NewReader(`
# a comment
default:
  two words : steps=7   rate=0.1
more: steps=5 from=base preset=loc2vec batch.places=3`))
	if err != nil {
		t.Fatal(err)
	}
	want := []train.Variant{
		{Name: "default"},
		{Name: "two words", Settings: []string{"steps=7", "rate=0.1"}},
		{Name: "more", From: "base", Preset: "loc2vec", Settings: []string{"steps=5", "batch.places=3"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	c := train.DefaultConfig()
	if err := got[2].Apply(&c, "steps=9", "batch.positives=4"); err != nil {
		t.Fatal(err)
	}
	if c.Steps != 5 || c.Batch.Places != 3 || c.Batch.Positives != 4 || c.Architecture != "classic" {
		t.Errorf("settings are not laid over those in common, and these over the preset: %+v", c)
	}
}

func TestBadPlans(t *testing.T) {
	for plan, want := range map[string]string{
		"a: steps=1\nb steps=2":            `line 2: "b steps=2" does not start with a name and a colon`,
		": steps=1":                        `line 1: ": steps=1" does not start with a name and a colon`,
		"a/b: steps=1":                     `line 1: "a/b: steps=1" does not start with a name and a colon`,
		"a:\n\n#\na: steps=1":              `line 4: a second variant is named "a"`,
		"a: preset=loc3vec":                `line 1: unknown preset "loc3vec": there is loc2vec`,
		"a: steps":                         `line 1: "steps" is not of the form key=value`,
		"a: -steps 700":                    `line 1: "-steps" is not of the form key=value`,
		"a: step=700":                      `line 1: unknown key "step": did you mean steps?`,
		"a: " + strings.Repeat("x", 1<<17): "line 1: bufio.Scanner: token too long",
	} {
		if _, err := train.ReadPlan(strings.NewReader(plan)); err == nil || err.Error() != want {
			t.Errorf("%.40s: got %v, want %s", plan, err, want)
		}
	}
}

// TestPlans: the settings of every plan are valid.
func TestPlans(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "..", "ablation", "*.plan"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no plans", err)
	}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		variants, err := train.ReadPlan(f)
		f.Close()
		if err != nil || len(variants) == 0 {
			t.Errorf("%s: %d variants, %v", path, len(variants), err)
		}
		for _, v := range variants {
			c := train.DefaultConfig()
			if err := v.Apply(&c); err != nil {
				t.Fatal(err)
			}
			if err := c.Validate(); err != nil {
				t.Errorf("%s: %s: %v", path, v.Name, err)
			}
		}
	}
}
