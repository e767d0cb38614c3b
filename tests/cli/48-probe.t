#!/bin/bash
# Weights that come in do something: a new last layer on a frozen network of ImageNet tells real images apart that it
# was not trained on, of other patients, better than one on a random network does.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
weights=$data/weights
if ! [ -d "$weights" ] || ! [ -d "$data/chest_xray/train" ]; then skip_all "no real images or weights"; fi

cxr-list -q "$data/chest_xray/train" | awk -F'\t' '
	NR > 1 && $2 == "NORMAL" && ++n % 20 == 0 && a++ < 50 { print $1 }
	NR > 1 && $2 == "PNEUMONIA" && ++m % 60 == 0 && b++ < 50 { print $1 }' >paths
cxr-list -q --split train=0.6,val=0.4 - <paths >list
for split in train val; do
	cxr-list -q --only split=$split - <list | cxr-prep -q -s 112 --store u8 >$split.cxr
done
is "100 images" "$(wc -l <paths)" 100

# probe ARCH CLASSIFIER OPTIONS...: the validation AUC after four epochs
probe() {
	local arch=$1 classifier=$2
	shift 2
	cxr-train -q -a "$arch" --train "$classifier" --epochs 4 --lr 3e-3 --val val.cxr -o model "$@" train.cxr 2>err |
		awk -F'\t' 'END { print $6 }'
}
# better ARCH CLASSIFIER FILE
better() {
	local random trained
	random=$(probe "$1" "$2")
	trained=$(probe "$1" "$2" --init "$weights/$3")
	diag "$1: AUC $trained, of random features $random"
	ok "$1: better than random features" awk "BEGIN { exit !($trained > $random + .05 && $trained > .9) }"
}
better resnet18 fc resnet18-imagenet-layers1to3.safetensors
better mobilenet_v2_onnx classifier mobilenet_v2-imagenet-features.safetensors

done_testing
