package train

import (
	"fmt"
	"strings"

	"github.com/loc2vec/loc2vec/trainer/internal/net"
)

// Key describes a key of Config for the help of a command line.
type Key struct {
	Name    string // as Set takes it
	Default string
	Doc     string // one line
}

// Keys lists the keys of Config in the order of its fields. The parameters of the loss are not among them:
// metric.Spec.Params describes those.
func Keys() []Key {
	docs := []Key{
		{Name: "net", Doc: "architecture of the network: " + strings.Join(net.Architectures(), ", ")},
		{Name: "raster.metres", Doc: "edge of a raster on the ground"},
		{Name: "raster.pixels", Doc: "edge of a raster in pixels, a multiple of 32 (for net=classic a multiple of 16 from 48 on)"},
		{Name: "loss", Doc: "loss; loss_params.NAME sets its parameters"},
		{Name: "steps", Doc: "length of the run in steps; replaces for"},
		{Name: "for", Doc: "length of the run in time, such as 5m; replaces steps"},
		{Name: "seed", Doc: "seed of all random numbers"},
		{Name: "draw.count", Doc: "training places to draw from the packs"},
		{Name: "draw.density", Doc: "1 draws places as densely as buildings and roads lie, 0 equally from every tile that has any"},
		{Name: "batch.places", Doc: "places in a batch"},
		{Name: "batch.positives", Doc: "views of each place in addition to its anchor"},
		{Name: "batch.apart", Doc: "least distance in metres between two places of a batch"},
		{Name: "batch.hard_negatives", Doc: "share of a batch that is hard negatives of equal coverage"},
		{Name: "batch.mined", Doc: "share of a batch that is hard negatives mined from all places"},
		{Name: "batch.shift", Doc: "metres by which positives are shifted at most, on both axes"},
		{Name: "batch.mirror", Doc: "probability that all views of a place are mirrored"},
		{Name: "batch.mask", Doc: "probability that a layer of a positive is switched off"},
		{Name: "batch.layer_dropout", Doc: "probability that a layer of any view is switched off"},
		{Name: "schedule.peak", Doc: "highest learning rate; also rate"},
		{Name: "schedule.warm_up", Doc: "share of the run in which the rate rises"},
		{Name: "schedule.final", Doc: "last rate as a share of the highest"},
		{Name: "weight_decay", Doc: "decoupled weight decay"},
		{Name: "dropout", Doc: "dropout before the dense layer"},
		{Name: "quantise", Doc: "final share of the run that trains with weights and activations rounded to 8 bits"},
		{Name: "rotations", Doc: "4 averages the model over four rotations of a raster, at four times the cost; 1 does not"},
		{Name: "train_rotations", Doc: "train that average, at four times the cost"},
		{Name: "mine_every", Doc: "steps between two embeddings of all places, for batch.mined"},
	}
	config := DefaultConfig()
	fields := config.fields()
	for i, k := range docs {
		if k.Name != "for" { // steps is the default
			docs[i].Default = fmt.Sprint(fields[k.Name])
		}
	}
	return docs
}
