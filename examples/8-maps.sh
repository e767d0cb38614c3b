#!/bin/sh
# How exact are the heat maps? Beside the lesions that were drawn, and beside maps that know nothing of the network.
set -eu
cxr-cam -q -m model.safetensors --layer layer3 --method gradcam,random,gaussian --measure localisation \
	--truth phantom/masks/lesion -t test.cxr >maps.tsv
cxr-metrics maps maps.tsv
