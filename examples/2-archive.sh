#!/bin/sh
# An archive is scored without being unpacked, and its test images are measured.
# usage: 2-archive.sh [ARCHIVE [MODEL]]
set -eu
archive=${1-chest.tar.gz}
[ -e "$archive" ] || tar czf chest.tar.gz -C phantom chest
cxr-list -q "$archive" | cxr-prep -q -m "${2-model.safetensors}" | cxr-infer -q -m "${2-model.safetensors}" -t >archive-scores.tsv
cxr-metrics --only split=test archive-scores.tsv
