package main

import (
	"bufio"
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
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// ablation is the verb ablate under way.
type ablation struct {
	std            stdio
	packs, heldOut string
	dir            string
	seeds          int
	common         []string      // flags of all variants
	inputs         inputs        // of all variants, but for their flags
	unseen         []bundle.Pack // of -held-out
}

// recipe is a line of a plan.
type recipe struct {
	name  string
	flags []string // of train
}

// inputs are what the result of a recipe and a seed is computed from.
type inputs struct {
	Flags   []string `json:"flags"`    // of train
	Places  int      `json:"n"`        // in a gallery, at most
	Packs   []string `json:"packs"`    // content hashes
	HeldOut []string `json:"held_out"` // content hashes
}

// runAblate is the verb ablate: each recipe of a plan trained with several seeds and evaluated on
// regions that were held out. What the directory holds already is not computed again, and has to come
// from the same inputs.
func runAblate(ctx context.Context, std stdio, args []string) error {
	f := newFlags(std, "ablate", "-plan FILE -pack R.pmtiles[,R…] -held-out R.pmtiles[,R…] -o DIR [-seeds 3] [-- flags of train for all]")
	a := ablation{std: std}
	plan := f.String("plan", "", "file of recipes, one a line: a name, a colon, flags of train; the first is what the others are compared with")
	f.StringVar(&a.packs, "pack", "", "region packs to train on, separated by commas")
	f.StringVar(&a.heldOut, "held-out", "", "region packs to evaluate on, separated by commas")
	f.StringVar(&a.dir, "o", "", "directory for bundles and results")
	f.IntVar(&a.seeds, "seeds", 3, "runs of each recipe")
	f.IntVar(&a.inputs.Places, "n", 1000, "places in a gallery, at most")
	if err := f.parse(args, true); err != nil {
		return err
	}
	a.common = f.Args()
	if *plan == "" || a.packs == "" || a.heldOut == "" || a.dir == "" || a.seeds < 1 || a.inputs.Places < 2 {
		return usagef("-plan, -pack, -held-out and -o are needed; -seeds is at least 1, -n at least 2")
	}
	recipes, err := readPlan(*plan)
	if err != nil {
		return err
	}
	trained, err := originsOf(a.packs)
	if err != nil {
		return err
	}
	if a.unseen, err = originsOf(a.heldOut); err != nil {
		return err
	}
	a.inputs.Packs, a.inputs.HeldOut = contentsOf(trained), contentsOf(a.unseen)
	if err := a.checkUnseen(trained); err != nil {
		return err
	}
	if err := os.MkdirAll(a.dir, 0o755); err != nil {
		return err
	}
	return a.compare(ctx, recipes)
}

// compare prints the table of the recipes; after an error, that of the seeds that all of them have.
func (a *ablation) compare(ctx context.Context, recipes []recipe) error {
	variants := make([]eval.Variant, len(recipes))
	for i, r := range recipes {
		variants[i].Name = r.name
		// All of them before the first is computed, which may take hours.
		for seed := 1; seed <= a.seeds; seed++ {
			switch o, err := parseTrain(a.std, a.trainArgs(r, seed)); {
			case errors.Is(err, fs.ErrNotExist): // a model to start from, which a recipe before it may make
			case err != nil:
				return usageError{err: fmt.Errorf("%s: %w", r.name, err)}
			case o.losses || o.packs != a.packs || o.out != a.bundle(r, seed) || o.config.Seed != uint64(seed):
				return usagef("%s: -pack, -o and -seed are up to ablate, and -losses trains nothing", r.name)
			case o.from != nil:
				if err := a.checkUnseen(o.from.manifest.Provenance.Packs); err != nil {
					return fmt.Errorf("%s: the model to start from: %w", r.name, err)
				}
			}
			if err := a.check(r, seed); err != nil {
				return err
			}
		}
	}
	// Seed by seed, so that an ablation that was stopped early has something to say about each recipe.
	for seed := 1; seed <= a.seeds; seed++ {
		for i, r := range recipes {
			figures, err := a.one(ctx, r, seed)
			if err != nil {
				err = fmt.Errorf("%s, seed %d: %w", r.name, seed, err)
				for j := range i {
					variants[j].Seeds = variants[j].Seeds[:seed-1]
				}
				return errors.Join(err, eval.WriteAblation(a.std.out, variants))
			}
			variants[i].Seeds = append(variants[i].Seeds, figures)
		}
	}
	return eval.WriteAblation(a.std.out, variants)
}

// originsOf names the packs of a comma-separated list.
func originsOf(packs string) ([]bundle.Pack, error) {
	r, err := openRegion(packs)
	if err != nil {
		return nil, err
	}
	return r.origins(), r.Close()
}

// checkUnseen returns an error when one of the held-out regions is among those that a model is trained on: evaluate
// would leave it out of the mean, in silence, or have none left after hours of training.
func (a *ablation) checkUnseen(trained []bundle.Pack) error {
	for _, region := range a.unseen {
		if seen := find(trained, region); seen != nil {
			return usagef("-held-out %s: training sees the same region, %s", region.Name, seen.Name)
		}
	}
	return nil
}

// readPlan reads the recipes of a plan. Empty lines and those that start with # are left out.
func readPlan(path string) ([]recipe, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var recipes []recipe
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, flags, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(name, "/\\") {
			return nil, fmt.Errorf("%s, line %d: %q is no name with a colon behind it", path, n, line)
		}
		if slices.ContainsFunc(recipes, func(r recipe) bool { return r.name == name }) {
			return nil, fmt.Errorf("%s, line %d: a second recipe is named %q", path, n, name)
		}
		recipes = append(recipes, recipe{name, strings.Fields(flags)})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(recipes) == 0 {
		return nil, fmt.Errorf("%s has no recipes", path)
	}
	return recipes, nil
}

// base is what the names of a run's files begin with.
func (a *ablation) base(r recipe, seed int) string {
	return filepath.Join(a.dir, r.name+"-"+strconv.Itoa(seed))
}

// bundle is the file of a run's model.
func (a *ablation) bundle(r recipe, seed int) string { return a.base(r, seed) + ".l2v" }

// trainArgs is the command line of train for a run.
func (a *ablation) trainArgs(r recipe, seed int) []string {
	own := []string{"-pack", a.packs, "-o", a.bundle(r, seed), "-seed", strconv.Itoa(seed), "-holdout", "0", "-evaluate", "0"}
	return slices.Concat(own, a.common, r.flags)
}

// inputsEnding is what the name of a run's inputs ends in, behind its base.
const inputsEnding = ".inputs.json"

// inputsOf returns what the results of a recipe are computed from.
func (a *ablation) inputsOf(r recipe) inputs {
	in := a.inputs
	in.Flags = slices.Concat(a.common, r.flags)
	return in
}

// check returns an error when what the directory holds of a run comes from other inputs.
func (a *ablation) check(r recipe, seed int) error {
	base := a.base(r, seed)
	kept, err := keptOf(base)
	if err != nil || kept == "" {
		return err
	}
	data, err := os.ReadFile(base + inputsEnding)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: nothing says what it was computed from: give another -o, or remove it to compute it anew", kept)
	}
	if err != nil {
		return err
	}
	var was inputs
	if err := json.Unmarshal(data, &was); err != nil {
		return fmt.Errorf("read %s: %w", base+inputsEnding, err)
	}
	now := a.inputsOf(r)
	if kept != base+".json" { // what is only trained may be evaluated on anything
		was.Places, was.HeldOut = now.Places, now.HeldOut
	}
	if d := now.differs(was); d != "" {
		return fmt.Errorf("%s was computed from something else, %s: give another -o, or remove it to compute it anew", kept, d)
	}
	return nil
}

// keptOf returns what there is of a run: its result, its bundle or its directory, or nothing.
func keptOf(base string) (string, error) {
	for _, path := range []string{base + ".json", base + ".l2v"} {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path, err
		}
	}
	run := base + ".l2v.run"
	if resume, err := begun(run); err != nil || !resume {
		return "", err
	}
	return run, nil
}

// differs names the first difference from what the inputs once were, or is empty.
func (in inputs) differs(was inputs) string {
	for _, f := range []struct {
		name     string
		now, was []string
	}{
		{"flags of train", in.Flags, was.Flags}, {"-n", []string{strconv.Itoa(in.Places)}, []string{strconv.Itoa(was.Places)}},
		{"contents of -pack", in.Packs, was.Packs}, {"contents of -held-out", in.HeldOut, was.HeldOut},
	} {
		if !slices.Equal(f.now, f.was) {
			return fmt.Sprintf("%s %q, not %q", f.name, strings.Join(f.was, " "), strings.Join(f.now, " "))
		}
	}
	return ""
}

// one returns the figures of one run, from the directory if it is there.
func (a *ablation) one(ctx context.Context, r recipe, seed int) ([]eval.NamedFigure, error) {
	base := a.base(r, seed)
	result := base + ".json"
	data, err := os.ReadFile(result)
	if errors.Is(err, fs.ErrNotExist) {
		// First of all, so that whatever is computed has them beside it.
		in := a.inputsOf(r)
		if err := writeFile(base+inputsEnding, func(w io.Writer) error { return printJSON(w, in) }); err != nil {
			return nil, err
		}
		data, err = a.compute(ctx, r, seed)
		if err == nil {
			err = writeFile(result, func(w io.Writer) error { _, err := w.Write(data); return err })
		}
	}
	if err != nil {
		return nil, err
	}
	return figuresOf(data)
}

// compute trains, unless the bundle is there, and returns the evaluation as JSON.
func (a *ablation) compute(ctx context.Context, r recipe, seed int) ([]byte, error) {
	fmt.Fprintf(a.std.err, "\n%s, seed %d\n", r.name, seed)
	bundle := a.bundle(r, seed)
	if _, err := os.Stat(bundle); err != nil {
		args := a.trainArgs(r, seed)
		resume, err := begun(bundle + ".run")
		if err != nil {
			return nil, err
		}
		if resume {
			args = append(args, "-resume", bundle+".run")
		}
		if err := runTrain(ctx, a.std, args); ctx.Err() != nil {
			return nil, fmt.Errorf("%w; started again, the same command goes on from here", ctx.Err())
		} else if err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	err := runEvaluate(ctx, stdio{a.std.in, &out, a.std.err}, []string{
		"-bundle", bundle, "-pack", a.heldOut, "-n", strconv.Itoa(a.inputs.Places), "-figures", "A,B,G", "-json",
	})
	return out.Bytes(), err
}

// begun reports whether a run directory holds something to go on from.
func begun(dir string) (bool, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return false, nil // and is not made
	}
	run, err := train.OpenRun(dir)
	if err != nil {
		return false, err
	}
	defer run.Close()
	_, err = run.Checkpoint()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// figuresOf picks the figures out of an evaluation: means over its regions.
func figuresOf(data []byte) ([]eval.NamedFigure, error) {
	var report evaluationReport
	if err := json.Unmarshal(data, &report); err != nil {
		return nil, fmt.Errorf("read an evaluation: %w", err)
	}
	if report.Headline == nil {
		return nil, errors.New("none of the held-out regions is one that the model was not trained on")
	}
	var out []eval.NamedFigure
	for _, f := range report.Headline.Mean.Figures {
		if math.IsNaN(f.Model.Value) {
			return nil, fmt.Errorf("no figure %q: the held-out regions are too small", f.Name)
		}
		out = append(out, eval.NamedFigure{Name: f.Name, Value: f.Model.Value})
	}
	rank := eval.NamedFigure{Name: eval.RankName}
	for _, r := range report.Regions {
		for _, row := range r.Health.Rows {
			if row.Role == eval.Model {
				rank.Value += row.EffectiveRank.Value / float64(len(report.Regions))
			}
		}
	}
	return append(out, rank), nil
}
