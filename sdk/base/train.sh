#!/bin/sh
# Trains the base model anew: sh sdk/base/train.sh DIR, DIR holding OpenStreetMap extracts (*.osm.pbf).
# Ctrl-C stops it; started again it goes on. Extracts of the places that the model is judged by are left
# out, with their neighbours and other dates.
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
	# Where extracts overlap the first one counts; of these the larger or the later one is the better.
	london-holborn* | london-strand* | monaco-2015*) continue ;;
	esac
	[ -e "build/base/packs/$name.pmtiles" ] || build/loc2vec extract -pbf "$pbf" -o "build/base/packs/$name.pmtiles"
done
cd build/base
packs=packs/greater-london-2014-03.pmtiles,packs/bremen-2017-09.pmtiles
for pack in packs/*.pmtiles; do
	case $pack in
	packs/greater-london-* | packs/bremen-*) ;;
	*) packs=$packs,$pack ;;
	esac
done
common="-pack $packs -holdout 0 -evaluate 0 -draw 80000 -batch 40 -positives 2 -twins 0.9 -twins-among 5000"
# train trains to the bundle named first, going on where it was stopped.
train() {
	bundle=$1
	shift
	[ ! -e "$bundle" ] || return 0
	[ ! -e "$bundle.run/checkpoint.bin" ] || set -- "$@" -resume "$bundle.run"
	../loc2vec train $common -o "$bundle" "$@"
}
train float.l2v -pixels 64 -steps 24000
# The weights have grown in a long run, and 8 bits with them; the end of the training gets used to that.
train rounded.l2v -from float.l2v -quantise 1 -rate 0.001 -steps 1500 -seed 2
# More places and fewer views of each, at a low rate from the start: what was learned is not shaken.
train wide.l2v -from rounded.l2v -batch 80 -positives 1 -rate 0.001 -steps 4500 -quantise 0.2 -seed 3
# Layers that are missing at random, as regions are mapped as differently as that; mirror images, and places in the
# country as well as in towns: more kinds of places from the same regions.
train varied.l2v -from wide.l2v -batch 80 -positives 1 -rate 0.001 -steps 4500 -quantise 0.2 \
	-layer-dropout 0.1 -mirror 0.5 -density 0.5 -seed 5
# The same for longer, and among three times the places.
train long.l2v -from varied.l2v -batch 80 -positives 1 -rate 0.001 -steps 15000 -quantise 0.2 \
	-layer-dropout 0.15 -mirror 0.5 -density 0.5 -draw 240000 -seed 6
# Twice the hidden units, which know nothing yet: a higher rate again, and more places.
train units.l2v -from long.l2v -net wide -turned -batch 80 -positives 1 -rate 0.002 -steps 24000 -quantise 0.2 \
	-layer-dropout 0.15 -mirror 0.5 -density 0.5 -draw 400000 -seed 11
# What ships is the mean over four turns; in the end it is that mean which learns.
train base.l2v -from units.l2v -net wide -turned -train-turned -batch 80 -positives 1 -rate 0.0015 -steps 5000 -quantise 0.2 \
	-layer-dropout 0.15 -mirror 0.5 -density 0.5 -draw 400000 -seed 12
cp base.l2v "$here/base.l2v"
