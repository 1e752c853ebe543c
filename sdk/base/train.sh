#!/bin/sh
# Trains the base model: sh sdk/base/train.sh DIR, where DIR contains OpenStreetMap extracts (*.osm.pbf). Ctrl-C
# interrupts it, and the next call resumes. It leaves out the extracts of the places that the model is evaluated on,
# with their neighbours and other dates.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
from=$1
cd "$here/../.."
mkdir -p build/base/packs
CGO_ENABLED=0 go build -o build/loc2vec ./trainer/loc2vec
for pbf in "$from"/*.osm.pbf; do
	name=$(basename "$pbf" .osm.pbf)
	case $name in
	malta* | liechtenstein* | honolulu* | reisterstown* | andorra* | helsinki* | baltimore* | gibraltar*) continue ;;
	# Of overlapping extracts the larger or the newer one is used.
	london-holborn* | london-strand* | monaco-2015*) continue ;;
	esac
	[ -e "build/base/packs/$name.pmtiles" ] || build/loc2vec extract "$pbf" -o "build/base/packs/$name.pmtiles"
done
cd build/base
# Where packs overlap, the first one is used.
packs="packs/greater-london-2014-03.pmtiles packs/bremen-2017-09.pmtiles"
for pack in packs/*.pmtiles; do
	case $pack in
	packs/greater-london-* | packs/bremen-*) ;;
	*) packs="$packs $pack" ;;
	esac
done
# train trains the bundle named first, and resumes an interrupted run.
train() {
	bundle=$1
	shift
	[ ! -e "$bundle" ] || return 0
	[ ! -e "$bundle.run/checkpoint.bin" ] || set -- "$@" --resume "$bundle.run"
	# Later values of --set override earlier ones.
	../loc2vec train $packs -o "$bundle" --holdout 0 --evaluate 0 --set draw.count=80000 --set batch.places=40 \
		--set batch.positives=2 --set batch.hard_negatives=0.9 "$@"
}
train float.l2v --net pooled --set raster.pixels=64 --set rotations=1 --steps 24000
# The weights have grown in the long run, and so have the rounding errors of 8 bits: adapt to them.
train rounded.l2v --from float.l2v --set quantise=1 --rate 0.001 --steps 1500 --seed 2
# More places and fewer views of each, at a low rate, which preserves what the model has learned.
many="--set batch.places=80 --set batch.positives=1 --set quantise=0.2"
train wide.l2v --from rounded.l2v $many --rate 0.001 --steps 4500 --seed 3
# Random layers left out, because regions are mapped to different degrees; mirror images; and more rural places: more
# kinds of places from the same regions.
varied="$many --set batch.mirror=0.5 --set draw.density=0.5"
train varied.l2v --from wide.l2v $varied --set batch.layer_dropout=0.1 --rate 0.001 --steps 4500 --seed 5
# The same for longer, with three times as many places.
varied="$varied --set batch.layer_dropout=0.15"
train long.l2v --from varied.l2v $varied --set draw.count=240000 --rate 0.001 --steps 15000 --seed 6
# Twice as many hidden units. The new ones are untrained: a higher rate again, and more places.
varied="$varied --set draw.count=400000 --net wide --set rotations=4"
train units.l2v --from long.l2v $varied --rate 0.002 --steps 24000 --seed 11
# The model is the average over four rotations: train that average.
train base.l2v --from units.l2v $varied --set train_rotations=true --rate 0.0015 --steps 5000 --seed 12
cp base.l2v "$here/base.l2v"
