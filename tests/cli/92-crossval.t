#!/bin/bash
# Pipelines of several networks on synthetic images: crossval.mk scores everybody once, by a network that has not seen
# him; dropout.mk ends in a paired test.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"

bin=$(dirname "$(command -v cxr-train)")
exits "three folds" 0 make -f "$top/pipelines/crossval.mk" BIN="$bin" OUT=cv FOLDS=3 N=60 SIZE=64 EPOCHS=1 J=2
is "every image once" "$(cut -f1 cv/scores.tsv | sort)" "$(cut -f1 cv/list.tsv | sed 1s/path/id/ | sort)"
is "none was trained on" "$(cut -f9 cv/scores.tsv | sort -u | tr '\n' ' ')" "ok status "
is "no patient in two folds" "$(sed 1d cv/scores.tsv | cut -f3,10 | sort -u | cut -f1 | uniq -d)" ""
is "measures of all of them" "$(awk -F'\t' '$1 == "accuracy" { print $5 }' cv/metrics.tsv)" "$(($(wc -l <cv/list.tsv) - 1))"
like "each fold beside the others in the report" "$(cat cv/report.html)" 'Groups</summary>'
like "which is called synthetic" "$(cat cv/report.html)" 'Synthetic data'
exits "again" 0 make -f "$top/pipelines/crossval.mk" BIN="$bin" OUT=cv FOLDS=3 N=60 SIZE=64 EPOCHS=1 J=2
is "nothing is left to do" "$(grep -v ^make out)" cv/report.html # a make below another one names its folder

export GALLERY='--method gradcam,random --normalise p99' # the whole one is drawn by 94-evaluate.t
exits "with and without dropout" 0 make -s -f "$top/pipelines/dropout.mk" BIN="$bin" OUT=do N=50 SIZE=64 EPOCHS=1
is "the same images" "$(cut -f1 do/with/scores-test.tsv)" "$(cut -f1 do/without/scores-test.tsv)"
like "by networks that differ" "$(cat do/commands/*-with* | tr '\n' ' ')" 'head=drop0\.5.*head=drop0:'
like "a paired test of the difference" "$(grep $'^without\taccuracy' do/compare.tsv)" $'\t[0-9.]+$'
like "on one page, called synthetic" "$(tr -d '\n' <do/report.html)" '2 runs side by side.*Synthetic data.*with above without.*; p [=&]'
done_testing
