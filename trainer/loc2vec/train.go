package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec/trainer/internal/metric"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// lossParams collects -loss-param k=v.
type lossParams map[string]string

func (p lossParams) String() string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(p)) {
		out = append(out, k+"="+p[k])
	}
	return strings.Join(out, ",")
}

func (p lossParams) Set(text string) error {
	k, v, ok := strings.Cut(text, "=")
	if !ok || k == "" {
		return fmt.Errorf("%q is not of the form name=value", text)
	}
	p[k] = v
	return nil
}

// trainOptions are the command line of the verb train.
type trainOptions struct {
	config  train.Config
	packs   string
	out     string
	places  string // file of places, or
	holdout float64
	gallery int
	from    *pipeline.Pretrained // the model to start from, or nil
	resume  string
	losses  bool     // list them, and stop
	given   []string // names of the flags on the command line
}

// parseTrain reads the command line of the verb train, and the model that it starts from.
func parseTrain(std stdio, args []string) (*trainOptions, error) {
	f := newFlags(std, "train", "-pack R.pmtiles[,R…] -o M.l2v [-net lite|classic|pooled|wide] [-loss NAME] [-steps N | -for 5m]")
	o := &trainOptions{config: train.DefaultConfig()}
	c := &o.config
	params := lossParams{}
	f.StringVar(&o.packs, "pack", "", "region packs to train on, separated by commas")
	f.StringVar(&o.out, "o", "", "the bundle to write")
	f.StringVar(&c.Architecture, "net", c.Architecture, "layout of the network: "+strings.Join(net.Architectures(), ", "))
	f.StringVar(&c.Loss, "loss", c.Loss, "loss; -losses lists them")
	f.Var(params, "loss-param", "parameter of the loss, as name=value; may be repeated")
	f.BoolVar(&o.losses, "losses", false, "list the losses with their parameters, and stop")
	f.IntVar(&c.Steps, "steps", c.Steps, "length of the run in steps, unless -for is given")
	length := f.Duration("for", 0, "length of the run in time, such as 5m")
	f.Uint64Var(&c.Seed, "seed", c.Seed, "seed of everything random")
	f.StringVar(&o.places, "places", "", "file of places to train on (.csv, .geojson, .gpx); without it they are drawn from the packs")
	f.IntVar(&c.Draw.Count, "draw", c.Draw.Count, "places to draw from the packs")
	f.Float64Var(&c.Draw.Density, "density", c.Draw.Density, "how places are drawn: 1 as densely as buildings and roads lie, 0 as many from every piece of the map that has any, or between")
	f.IntVar(&c.Raster.Pixels, "pixels", c.Raster.Pixels, "pixels along a raster's edge, a multiple of 32 (for -net classic a multiple of 16 from 48 on)")
	f.Float64Var(&c.Schedule.Peak, "rate", c.Schedule.Peak, "highest learning rate")
	f.Float64Var(&c.WeightDecay, "weight-decay", c.WeightDecay, "decoupled weight decay")
	f.Float64Var(&c.Dropout, "dropout", c.Dropout, "dropout before the dense layer")
	f.Float64Var(&c.Quantise, "quantise", c.Quantise, "last share of the run that trains with weights and activations rounded to 8 bits")
	f.BoolVar(&c.TrainRotations, "train-turned", c.TrainRotations, "train the mean over the four quarter turns, at four times the cost, in place of the network on a raster as it lies")
	turned := f.Bool("turned", true, "the model is the mean of its network over the four quarter turns of a raster, at four times the cost; training is the same")
	f.IntVar(&c.Batch.Places, "batch", c.Batch.Places, "places in a batch")
	f.IntVar(&c.Batch.Positives, "positives", c.Batch.Positives, "views of each place beside its anchor")
	f.Float64Var(&c.Batch.Mask, "mask", c.Batch.Mask, "chance of each layer of a positive to be switched off")
	f.Float64Var(&c.Batch.LayerDropout, "layer-dropout", c.Batch.LayerDropout, "chance of each layer of any view to be switched off")
	f.Float64Var(&c.Batch.Mirror, "mirror", c.Batch.Mirror, "chance of a place to be shown mirrored, in all of its views")
	f.Float64Var(&c.Batch.HardNegativeShare, "twins", c.Batch.HardNegativeShare, "share of a batch's places that look like another one of the batch")
	f.Float64Var(&c.Batch.MinedShare, "mined", c.Batch.MinedShare, "share of a batch's places that are among the nearest to another one of it in the space as it was last: hard negatives, mined among all places")
	f.IntVar(&c.MineEvery, "mine-every", c.MineEvery, "steps after which all places are embedded anew, for -mined")
	from := f.String("from", "", "bundle of a model to start from, or base for the one that comes with loc2vec: its training goes on with these places, at a lower rate")
	asPublished := f.Bool("published", false, "the recipe of Loc2Vec as it was published, of which other flags change what they name: "+publishedFlags())
	f.Float64Var(&o.holdout, "holdout", 0.2, "share of the map held out of training in blocks of 2 km, with a margin of 1 km around each, whether it is evaluated or not")
	f.IntVar(&o.gallery, "evaluate", 500, "held-out places to evaluate on, 0 for none")
	f.StringVar(&o.resume, "resume", "", "directory of the run to take up again (default: the bundle's name with .run, started afresh)")
	if err := f.parse(args, false); err != nil {
		return nil, err
	}
	if o.losses {
		return o, nil
	}
	if *asPublished {
		if err := f.publish(); err != nil {
			return nil, err
		}
	}
	if o.out == "" {
		return nil, usagef("-o is missing: where to write the bundle")
	}
	if err := checkOutput("-o", o.out, append(strings.Split(o.packs, ","), o.places, *from)...); err != nil {
		return nil, err
	}
	o.given = f.given()
	if slices.Contains(o.given, "for") && !slices.Contains(o.given, "steps") {
		c.Steps = 0
	}
	if !*turned {
		c.Rotations = 1
	}
	c.For, c.LossParams = train.Duration(*length), params
	if *from != "" {
		var err error
		if o.from, err = pipeline.OpenPretrained(*from); err != nil {
			return nil, err
		}
		if err := o.start(); err != nil {
			return nil, err
		}
	}
	if err := c.Validate(); err != nil {
		return nil, usageError{err: err}
	}
	if !(o.holdout >= 0 && o.holdout < 1) || o.gallery < 0 {
		return nil, usagef("-holdout is within 0..1, -evaluate counts places")
	}
	return o, nil
}

// start lays what a run takes from the model that it starts from below the flags.
func (o *trainOptions) start() error {
	c := o.config
	o.from.Configure(&c)
	for _, name := range o.given {
		switch name {
		case "net":
			c.Architecture = o.config.Architecture
		case "turned":
			c.Rotations = o.config.Rotations
		case "rate":
			c.Schedule.Peak = o.config.Schedule.Peak
		case "pixels":
			c.Raster.Pixels = o.config.Raster.Pixels
		}
	}
	o.config = c
	if err := o.from.Check(&c); err != nil {
		return usageError{err: err}
	}
	return nil
}

// runTrain is the verb train.
func runTrain(ctx context.Context, std stdio, args []string) error {
	o, err := parseTrain(std, args)
	if err != nil {
		return err
	}
	if o.losses {
		return listLosses(std)
	}
	return pipeline.Train(ctx, o.run(std, "loc2vec train "+strings.Join(args, " ")))
}

// run is the training that the command line asks for.
func (o *trainOptions) run(std stdio, command string) pipeline.TrainOptions {
	return pipeline.TrainOptions{
		Configured: pipeline.Configured{Config: o.config, ExactBatch: slices.Contains(o.given, "batch"), Pretrained: o.from},
		Packs:      splitList(o.packs), Out: o.out,
		Places: o.places, Holdout: o.holdout, Gallery: o.gallery,
		Resume: o.resume, Command: command, Messages: std.err,
	}
}

// setting is a flag with its value.
type setting struct{ name, value string }

// published are the flags of train that make it Loc2Vec (Spruyt, 2018). The article names no rate: this one is best for
// it (trainer/ablation/README.md).
func published() []setting {
	return []setting{
		{"net", net.Classic}, {"pixels", "128"}, {"loss", "softpn"}, {"rate", "0.006"}, {"dropout", "0.2"},
		{"batch", "20"}, {"positives", "5"}, {"mask", "0.1"}, {"twins", "0"}, {"turned", "false"},
	}
}

func publishedFlags() string {
	var out []string
	for _, s := range published() {
		out = append(out, "-"+s.name+"="+s.value) // the only form that flags of yes and no take
	}
	return strings.Join(out, " ")
}

// publish sets the flags of the published recipe that are not on the command line.
func (f flags) publish() error {
	given := f.given()
	for _, s := range published() {
		if slices.Contains(given, s.name) {
			continue
		}
		if err := f.Set(s.name, s.value); err != nil {
			return err
		}
	}
	return nil
}

// listLosses prints every loss with its parameters and where it comes from.
func listLosses(std stdio) error {
	for _, name := range metric.Names() {
		spec, err := metric.Lookup(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(std.out, "%s  (%s)\n    %s\n    %s\n", spec.Name, spec.Space.Metric(), spec.Doc, spec.Paper)
		for _, p := range spec.Params {
			fmt.Fprintf(std.out, "    -loss-param %s  %s\n", p.Usage(), p.Doc)
		}
	}
	return nil
}
