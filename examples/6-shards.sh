#!/bin/sh
# The same work in three parts, which a cluster would do at once, and put together: the same bytes as in one run.
set -eu
export CXR_MODEL=model.safetensors
for i in 1 2 3; do cxr-infer -q -t --shard $i/3 test.cxr >scores.$i.tsv & done
wait
cxr-show --cat scores.1.tsv scores.2.tsv scores.3.tsv >scores.tsv
cxr-infer -q -t test.cxr | cmp - scores.tsv && echo "three shards are one run"
