#!/bin/sh
# Two networks on the same images: which is better, and by how much, with intervals that count patients?
set -eu
cxr-train -q -a mobilenet_v2 --epochs 2 --batch 8 --lr 1e-3 --optimizer adam --val val.cxr -o other.safetensors train.cxr >/dev/null
cxr-infer -q --sha256 -m model.safetensors -t test.cxr >scores-a.tsv
cxr-infer -q --sha256 -m other.safetensors -t test.cxr >scores-b.tsv
cxr-metrics compare scores-a.tsv scores-b.tsv
