#!/bin/sh
# What is in a set of images, before anything is trained: classes, sizes, duplicates, and whether the classes can be told
# apart by brightness, border or corners alone, as no disease can.
set -eu
cxr-eda -o eda train.cxr val.cxr test.cxr >/dev/null
ls eda
cat eda/probe.tsv
