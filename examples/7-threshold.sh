#!/bin/sh
# A threshold of one's own: calibrated on validation scores, chosen for a sensitivity, and stored in the model.
set -eu
cxr-infer -q -m model.safetensors -t val.cxr >val-scores.tsv
cxr-metrics calibrate --choose sensitivity=0.95 -o fit.tsv val-scores.tsv >/dev/null
cxr-model set --from fit.tsv -o ours.safetensors model.safetensors
cxr-model info ours.safetensors | grep -E '^(threshold|temperature)'
