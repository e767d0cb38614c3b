#!/bin/bash
# pipelines/crossval.mk on synthetic pictures: everybody is scored once, by a network that has not seen him.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"

bin=$(dirname "$(command -v cxr-train)")
exits "three folds" 0 make -f "$top/pipelines/crossval.mk" BIN="$bin" OUT=cv FOLDS=3 N=60 SIZE=64 EPOCHS=1 J=2
is "every picture once" "$(cut -f1 cv/scores.tsv | sort)" "$(cut -f1 cv/list.tsv | sed 1s/path/id/ | sort)"
is "none was trained on" "$(cut -f9 cv/scores.tsv | sort -u | tr '\n' ' ')" "ok status "
is "no patient in two folds" "$(sed 1d cv/scores.tsv | cut -f3,10 | sort -u | cut -f1 | uniq -d)" ""
like "measures of all of them" "$(grep '^accuracy' cv/metrics.tsv)" "$(($(wc -l <cv/list.tsv) - 1))\$"
like "each fold beside the others in the report" "$(cat cv/report.html)" 'Groups</summary>'
like "which is called synthetic" "$(cat cv/report.html)" 'Synthetic data'
exits "again" 0 make -f "$top/pipelines/crossval.mk" BIN="$bin" OUT=cv FOLDS=3 N=60 SIZE=64 EPOCHS=1 J=2
is "nothing is left to do" "$(grep -v ^make out)" cv/report.html # a make below another one names its folder
done_testing
