#!/bin/sh
# One image: an answer, and where it comes from, as an overlay in ./maps.
# usage: 1-one-image.sh [IMAGE [MODEL]]
set -eu
image=${1-$(find phantom/chest/test -name '*.png' | sort | head -n 1)}
export CXR_MODEL="${2-model.safetensors}"
cxr-prep -q "$image" >one.cxr
cxr-infer -t one.cxr
cxr-cam -q --layer layer3 --style side -o maps -t one.cxr
