#!/bin/sh
# Trains the base model anew: sh sdk/base/train.sh DIR, DIR holding OpenStreetMap extracts (*.osm.pbf).
# Ctrl-C stops it; started again it goes on. Extracts of the places that the model is judged by are left
# out, with their neighbours and other dates.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
from=$1
cd "$here/../.."
mkdir -p build/base/packs
CGO_ENABLED=0 go build -o build/loc2vec ./trainer
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
resume=
[ ! -e base.l2v.run/checkpoint.bin ] || resume="-resume base.l2v.run"
../loc2vec train -pack "$packs" -o base.l2v -holdout 0 -evaluate 0 -draw 80000 -pixels 64 \
	-batch 40 -positives 2 -twins 0.9 -twins-among 5000 -steps 24000 $resume
cp base.l2v "$here/base.l2v"
