package base_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/osmextract/schema"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/base"
)

// Open the base model and test it on this machine.
func Example() {
	model, err := sdk.OpenBytes(base.Bundle(), sdk.Options{Engine: sdk.Go})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer model.Close()
	_, err = model.SelfTest(context.Background())
	fmt.Println(err)
	// Output: <nil>
}

func TestBaseHasCurrentSchema(t *testing.T) {
	model, err := sdk.OpenBytes(base.Bundle(), sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	m := model.Manifest()
	if m.SchemaHash != schema.Hash() {
		t.Errorf("the model has schema %s, this version %s: train it again", m.SchemaHash, schema.Hash())
	}
	if len(base.Bundle()) > 1<<20 {
		t.Errorf("%d bytes, want less than a megabyte", len(base.Bundle()))
	}
}

// TestHeldOutRegions: the model was not trained on the regions that it is evaluated on.
func TestHeldOutRegions(t *testing.T) {
	b, err := bundle.Open(strings.NewReader(string(base.Bundle())), int64(len(base.Bundle())))
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Manifest.Provenance.Packs) < 20 {
		t.Errorf("trained on only %d packs", len(b.Manifest.Provenance.Packs))
	}
	for _, p := range b.Manifest.Provenance.Packs {
		for _, heldOut := range []string{"malta", "liechtenstein", "honolulu", "reisterstown", "andorra", "helsinki", "baltimore", "gibraltar"} {
			if strings.Contains(p.Name, heldOut) {
				t.Errorf("trained on %s", p.Name)
			}
		}
		if !strings.Contains(p.Attribution, "OpenStreetMap") {
			t.Errorf("%s has the attribution %q", p.Name, p.Attribution)
		}
	}
}
