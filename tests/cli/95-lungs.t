#!/bin/bash
# pipelines/lungs.mk on a few tiny synthetic images: a network of masks, its masks, and what other pipelines make of them.
# shellcheck source=tests/cli/lib.sh disable=SC2317 # functions called by exits
. "${0%/*}/lib.sh"
bin=${CXR_BIN:-$(dirname "$(command -v cxr-list)")}

lungs() { make -f "$top/pipelines/lungs.mk" BIN="$bin" N=24 SIZE=64 EPOCHS=2 OUT=l "$@"; }
exits "lungs.mk" 0 lungs
like "says how well it does on held-out patients" "$(cat out)" 'Dice on held-out patients 0\.[0-9]+'
like "the model is one that makes masks" "$(cxr-model info l/lungs.safetensors)" 'arch	resnet18:dense='
is "a mask for each held-out image" "$(find l/masks -name '*.png' | wc -l)" "$(grep -c 'val$' l/list.tsv)"
is "no patient is on both sides" "$(cut -f3,4 l/list.tsv | sort -u | cut -f1 | uniq -d)" ""
exits "again" 0 lungs
not_ok "nothing is done twice" grep -qE '^(prep|train|masks) ' out
exits "masks of other images" 0 lungs ON=l/phantom/chest
is "of all of them" "$(find l/masks -name '*.png' | wc -l)" 24
exits "no masks" 2 lungs DATA=l/phantom/chest
like "are asked for" "$(cat err)" 'MASKS: name the folder'
exits "full.mk makes masks where it is given the network" 0 make -f "$top/pipelines/full.mk" BIN="$bin" OUT=o \
	DATA=l/phantom/chest LUNGS=l/lungs.safetensors o/lungs
is "of all images" "$(find o/lungs -name '*.png' | wc -l)" 24
done_testing
