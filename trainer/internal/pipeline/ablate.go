package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// AblateOptions describe an ablation: variants of a training run, each trained with several seeds and evaluated on
// regions that were held out.
type AblateOptions struct {
	Variants []train.Variant
	Common   []string // settings of all variants, below their own
	Packs    []string // to train on
	HeldOut  []string // to evaluate on
	Dir      string   // bundles and results; existing ones are reused
	Seeds    int
	Places   int       // in a gallery, at most
	Messages io.Writer // gets progress and remarks
}

// ablation is an ablation under way.
type ablation struct {
	AblateOptions
	inputs inputs        // of all variants, except for their settings
	unseen []bundle.Pack // of HeldOut
}

// inputs identify what the result of a variant and a seed depends on.
type inputs struct {
	Settings []string `json:"settings"`
	Places   int      `json:"places"`   // in a gallery, at most
	Packs    []string `json:"packs"`    // content hashes
	HeldOut  []string `json:"held_out"` // content hashes
}

// Ablate trains and evaluates every variant with every seed. It reuses results in the
// directory, which must come from the same inputs. After an error it returns the scores of the seeds that all variants
// have.
func Ablate(ctx context.Context, o AblateOptions) ([]eval.Variant, error) {
	a := &ablation{AblateOptions: o}
	trained, err := originsOf(o.Packs)
	if err != nil {
		return nil, err
	}
	if a.unseen, err = originsOf(o.HeldOut); err != nil {
		return nil, err
	}
	a.inputs = inputs{Places: o.Places, Packs: contentsOf(trained), HeldOut: contentsOf(a.unseen)}
	if err := a.checkUnseen(trained); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, err
	}
	// Every variant is checked before the first is computed, which may take hours.
	for _, v := range o.Variants {
		if err := a.checkVariant(v); err != nil {
			return nil, err
		}
	}
	return a.compare(ctx)
}

// checkVariant returns an error when a variant cannot be trained, or when the directory holds a result of other inputs.
func (a *ablation) checkVariant(v train.Variant) error {
	for seed := 1; seed <= a.Seeds; seed++ {
		switch o, err := a.options(v, seed); {
		case errors.Is(err, fs.ErrNotExist): // a model to start from that an earlier variant may make
		case err != nil:
			return RequestError{fmt.Errorf("%s: %w", v.Name, err)}
		case o.Pretrained != nil:
			if err := a.checkUnseen(o.Pretrained.Manifest.Provenance.Packs); err != nil {
				return fmt.Errorf("%s: the model to start from: %w", v.Name, err)
			}
		}
		if err := a.check(v, seed); err != nil {
			return err
		}
	}
	return nil
}

// compare computes seed by seed, so that an ablation that stops early has results of every variant.
func (a *ablation) compare(ctx context.Context) ([]eval.Variant, error) {
	out := make([]eval.Variant, len(a.Variants))
	for i, v := range a.Variants {
		out[i].Name = v.Name
	}
	for seed := 1; seed <= a.Seeds; seed++ {
		for i, v := range a.Variants {
			scores, err := a.one(ctx, v, seed)
			if err != nil {
				for j := range i {
					out[j].Seeds = out[j].Seeds[:seed-1]
				}
				return out, fmt.Errorf("%s, seed %d: %w", v.Name, seed, err)
			}
			out[i].Seeds = append(out[i].Seeds, scores)
		}
	}
	return out, nil
}

// originsOf describes the packs of a list.
func originsOf(packs []string) ([]bundle.Pack, error) {
	r, err := OpenRegion(packs)
	if err != nil {
		return nil, err
	}
	return r.Origins(), r.Close()
}

// checkUnseen returns an error when one of the held-out regions is among those that a model is trained on. Evaluate
// would leave it out of the mean without a word, or have none left after hours of training.
func (a *ablation) checkUnseen(trained []bundle.Pack) error {
	for _, region := range a.unseen {
		if seen := sameRegion(trained, region); seen != nil {
			return requestf("held-out region %s: training sees the same region, %s", region.Name, seen.Name)
		}
	}
	return nil
}

// base is the common prefix of a run's files.
func (a *ablation) base(v train.Variant, seed int) string {
	return filepath.Join(a.Dir, v.Name+"-"+strconv.Itoa(seed))
}

// bundle is the file of a run's model.
func (a *ablation) bundle(v train.Variant, seed int) string { return a.base(v, seed) + ".l2v" }

// settings describes the training of a variant: the model that it starts from, its preset, the settings of all
// variants and its own.
func (a *ablation) settings(v train.Variant) []string {
	var out []string
	if v.From != "" {
		out = append(out, "from="+v.From)
	}
	if v.Preset != "" {
		out = append(out, "preset="+v.Preset)
	}
	return slices.Concat(out, a.Common, v.Settings)
}

// options is the training of a variant with a seed. A model to start from that does not exist is an error that
// wraps fs.ErrNotExist.
func (a *ablation) options(v train.Variant, seed int) (TrainOptions, error) {
	const unset = math.MaxUint64
	c, err := configure(v.From, func(c *train.Config) error {
		c.Seed = unset
		if err := v.Apply(c, a.Common...); err != nil {
			return err
		}
		if c.Seed != unset {
			return errors.New("the seed is set by ablate")
		}
		c.Seed = uint64(seed)
		return nil
	})
	if err != nil {
		return TrainOptions{}, err
	}
	return TrainOptions{
		Configured: *c, Packs: a.Packs, Out: a.bundle(v, seed), Messages: a.Messages,
		Command: fmt.Sprintf("loc2vec ablate: %s, seed %d: %s", v.Name, seed, strings.Join(a.settings(v), " ")),
	}, nil
}

// inputsEnding follows the base in the name of a run's inputs.
const inputsEnding = ".inputs.json"

// inputsOf returns the inputs of a variant.
func (a *ablation) inputsOf(v train.Variant) inputs {
	in := a.inputs
	in.Settings = a.settings(v)
	return in
}

// check returns an error when existing output of a run comes from other inputs.
func (a *ablation) check(v train.Variant, seed int) error {
	base := a.base(v, seed)
	kept, err := existingOutput(base)
	if err != nil || kept == "" {
		return err
	}
	data, err := os.ReadFile(base + inputsEnding)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: its inputs are not recorded: give another --output, or remove it to compute it again", kept)
	}
	if err != nil {
		return err
	}
	var was inputs
	if err := json.Unmarshal(data, &was); err != nil {
		return fmt.Errorf("reading %s: %w", base+inputsEnding, err)
	}
	now := a.inputsOf(v)
	if kept != base+".json" { // training does not depend on the evaluation
		was.Places, was.HeldOut = now.Places, now.HeldOut
	}
	if d := now.mismatch(was); d != "" {
		return fmt.Errorf("%s was computed from other inputs, %s: give another --output, or remove it to compute it again", kept, d)
	}
	return nil
}

// existingOutput returns the most complete output of a run: its result, its bundle or its directory, or "".
func existingOutput(base string) (string, error) {
	for _, path := range []string{base + ".json", base + ".l2v"} {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path, err
		}
	}
	run := runDir(base + ".l2v")
	if resume, err := hasCheckpoint(run); err != nil || !resume {
		return "", err
	}
	return run, nil
}

// mismatch returns the first difference from recorded inputs, or "".
func (in inputs) mismatch(was inputs) string {
	for _, f := range []struct {
		name     string
		now, was []string
	}{
		{"settings", in.Settings, was.Settings}, {"places", []string{strconv.Itoa(in.Places)}, []string{strconv.Itoa(was.Places)}},
		{"contents of the training packs", in.Packs, was.Packs}, {"contents of the held-out packs", in.HeldOut, was.HeldOut},
	} {
		if !slices.Equal(f.now, f.was) {
			return fmt.Sprintf("%s %q, not %q", f.name, strings.Join(f.was, " "), strings.Join(f.now, " "))
		}
	}
	return ""
}

// one returns the scores of one run, from the directory if they are there.
func (a *ablation) one(ctx context.Context, v train.Variant, seed int) ([]eval.NamedScore, error) {
	result := a.base(v, seed) + ".json"
	if _, err := os.Stat(result); errors.Is(err, fs.ErrNotExist) {
		// The inputs come first, so that every result has them.
		if err := writeJSON(a.base(v, seed)+inputsEnding, a.inputsOf(v)); err != nil {
			return nil, err
		}
		found, err := a.compute(ctx, v, seed)
		if err != nil {
			return nil, err
		}
		if err := writeJSON(result, found); err != nil {
			return nil, err
		}
	}
	// The file rounds: its scores are the same whenever they were computed.
	data, err := os.ReadFile(result)
	if err != nil {
		return nil, err
	}
	found := &Evaluation{}
	if err := json.Unmarshal(data, found); err != nil {
		return nil, fmt.Errorf("reading %s: %w", result, err)
	}
	return scoresOf(found)
}

func writeJSON(path string, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return output.WriteBytes(path, b.Bytes())
}

// compute trains, unless the bundle is there, and evaluates.
func (a *ablation) compute(ctx context.Context, v train.Variant, seed int) (*Evaluation, error) {
	fmt.Fprintf(a.Messages, "\n%s, seed %d\n", printable.Text(v.Name), seed)
	path := a.bundle(v, seed)
	if _, err := os.Stat(path); err != nil {
		if err := a.train(ctx, v, seed); err != nil {
			return nil, err
		}
	}
	b, err := OpenBundle(path)
	if err != nil {
		return nil, err
	}
	encoder, err := sdk.OpenEncoder(b.Model, b.Manifest.Raster.Pixels, sdk.Options{
		Engine: sdk.Auto, Log: func(message string) { fmt.Fprintln(a.Messages, printable.Text(message)) },
	})
	if err != nil {
		return nil, fmt.Errorf("opening the model of %s: %w", path, err)
	}
	defer encoder.Close()
	return Evaluate(ctx, EvaluateOptions{
		Name: filepath.Base(path), Bundle: b, Encoder: encoder, Packs: a.HeldOut,
		Metrics: eval.Metrics{eval.SamePlaceMetric, eval.HardTripletsMetric, eval.SpaceHealthMetric}, Places: a.Places, Seed: 1, Messages: a.Messages,
	})
}

// train trains a run, or resumes it.
func (a *ablation) train(ctx context.Context, v train.Variant, seed int) error {
	o, err := a.options(v, seed)
	if err != nil {
		return err
	}
	run := runDir(o.Out)
	resume, err := hasCheckpoint(run)
	if err != nil {
		return err
	}
	if resume {
		o.Resume = run
	}
	if err := Train(ctx, o); ctx.Err() != nil {
		return fmt.Errorf("%w; started again, the same command goes on from here", ctx.Err())
	} else if err != nil {
		return err
	}
	return nil
}

// scoresOf returns the mean scores of an evaluation over its regions.
func scoresOf(found *Evaluation) ([]eval.NamedScore, error) {
	if found.Summary == nil {
		return nil, errors.New("the model was trained on every one of the held-out regions")
	}
	var out []eval.NamedScore
	for _, f := range found.Summary.Mean.Scores {
		if math.IsNaN(f.Model.Value) {
			return nil, fmt.Errorf("no score %q: the held-out regions are too small", f.Name)
		}
		out = append(out, eval.NamedScore{Name: f.Name, Value: f.Model.Value})
	}
	rank := eval.NamedScore{Name: eval.RankName}
	for _, r := range found.Regions {
		for _, row := range r.SpaceHealth.Rows {
			if row.Role == eval.Model {
				rank.Value += row.EffectiveRank.Value / float64(len(found.Regions))
			}
		}
	}
	return append(out, rank), nil
}
