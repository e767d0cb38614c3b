#!/bin/sh
# What the other examples start from: synthetic chest images in class folders, split by patient, and a small network
# trained on them for half a minute. Everything is written here: ./phantom, list.tsv, model.safetensors.
set -eu
cxr-phantom -q -n "${N:-300}" -s 64 --test 0.3 -o phantom
cxr-list -q --keep test --split train=0.8,val=0.2 phantom/chest >list.tsv
for split in train val test; do
	cxr-list --only split=$split - <list.tsv | cxr-prep -q -s 64 >$split.cxr
done
cxr-train -q -a resnet18 --epochs "${EPOCHS:-8}" --batch 8 --lr 1e-3 --optimizer adam --val val.cxr -o model.safetensors train.cxr >log.tsv
