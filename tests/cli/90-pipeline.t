#!/bin/bash
# pipelines/full.mk on a few tiny synthetic images: the whole way, nothing twice, what changed again, interruptions.
# shellcheck source=tests/cli/lib.sh disable=SC2317 # functions called by ok and run
. "${0%/*}/lib.sh"
bin=${CXR_BIN:-$(dirname "$(command -v cxr-list)")}

# The whole gallery is drawn by 94-evaluate.t: it would take two thirds of a run so small.
gallery='--method gradcam,occlusion,random --normalise p99 --patch 32'
pipeline() { make -f "$top/pipelines/full.mk" BIN="$bin" SIZE=64 EPOCHS=1 LR=1e-3 GALLERY="$gallery" "$@"; }
# done_by ARGS...: the steps that a run did, on one line.
done_by() {
	run pipeline "$@"
	awk '/^[a-z]+ +[^ ]/ {print $1}' out | LC_ALL=C sort | uniq -c | awk '{printf "%s%s ", $2, ($1 > 1 ? "*" $1 : "")}'
}
sound() { # sound OUT: no file under its final name is damaged
	local f
	for f in "$1"/*.cxr "$1"/*.safetensors; do
		[ ! -e "$f" ] || cxr-show "$f" || return 1
	done
	for f in "$1"/scores-*.tsv; do
		[ ! -e "$f" ] || [ "$(awk -F'\t' 'NR==1 {n=NF} NF!=n' "$f" | wc -l)" = 0 ] || return 1
	done
}

# --- the whole way
everything='audit cam choose eda froc infer*3 list methods metrics phantom plots prep*3 report stress train '
is "every step is done once" "$(done_by OUT=o N=30)" "$everything"
for f in report.html list.tsv log.tsv model.safetensors scores-val.tsv scores-test.tsv metrics.tsv metrics.json \
	curves/roc.tsv curves/pr.tsv curves/calibration.tsv plots/roc.svg measures.tsv audit.tsv froc/found.tsv froc/froc.svg; do
	ok "$f" test -s "o/$f"
done
ok "valid JSON" python3 -m json.tool o/metrics.json
is "a heat map for each test image" "$(find o/overlays -name '*.png' | wc -l)" "$(grep -c test o/scores-test.tsv)"
like "the report has shifts" "$(cat o/report.html)" 'How they hold up on altered images.*corners-blank'
like "the report is called synthetic" "$(cat o/report.html)" 'Synthetic data'
like "and has heat maps" "$(cat o/report.html)" 'data:image/png;base64,'
not_ok "nothing is missing in it" grep -q 'class=missing' o/report.html
like "the audit asks what is said without lungs" "$(grep ^lungless_auc o/audit.tsv | cut -f2,6)" $'^[01][.0-9]*\t[a-z]+$'
exits "no patient is in two splits" 0 bash -c 'cxr-list --audit <o/list.tsv'
is "nothing is left over" "$(find o -name '*.tmp*' -o -name '*.ckpt')" ""

# --- nothing twice, and what changed
is "again: nothing to do" "$(done_by OUT=o N=30)" ""
is "other threads: nothing to do" "$(done_by OUT=o N=30 J=1)" ""
mv o moved
is "another place: the list, and what follows from it, for the paths in it" "$(done_by OUT=moved N=30)" \
	"${everything/phantom /}"
is "another layer: only heat maps" "$(done_by OUT=moved N=30 CAM=--style\ heat)" "audit cam froc report "
is "other epochs: from the training on" "$(done_by OUT=moved N=30 EPOCHS=2)" "audit cam choose froc infer*3 methods metrics plots report stress train "
is "as many rows in the log" "$(wc -l <moved/log.tsv)" 3
mkdir "some data"
cp -r moved/phantom/chest/* "some data"
real=${everything/phantom /}
real=${real/froc /} # nobody says where lesions are
is "other data: from the list on" "$(done_by OUT=moved DATA="some data")" "$real"
rm "$(find "some data" -name '*.png' | LC_ALL=C sort | head -n 1)"
is "an image less: another list" "$(done_by OUT=moved DATA="some data" moved/list.tsv)" "list "
rm -r "some data/test"
is "no test split: again from the list on" "$(done_by OUT=moved DATA="some data")" "$real"
not_ok "and nothing is left of lesions found elsewhere" test -e moved/froc
like "where lungs are not known, nor is that, and the audit has not passed" \
	"$(awk -F'\t' '$1 == "lungless_auc" || $1 == "audit" { print $6 }' moved/audit.tsv | paste -sd, -)" '^not known,(unclear|flagged)$'
is "gives one of its own" "$(cut -f4 moved/list.tsv | sort -u | tr '\n' ' ')" "split test train val "

# --- choices
pipeline OUT=c N=90 c/model.safetensors >/dev/null 2>&1
chosen() { awk -F'\t' -v name="$1" '$1 == name { printf "%.9g", $2 }' c/metrics-stress.tsv; }
info=$(cxr-model info c/model.safetensors)
like "the model has the threshold chosen under shifts" "$info" $'\nthreshold\t'"$(chosen threshold)"$'\n'
like "and the temperature" "$info" $'\ntemperature\t'"$(chosen temperature)"$'\n'
not_ok "which was fitted" test "$(chosen temperature)" = 1

# --- wrong input
exits "data that are not there" 2 pipeline OUT=w DATA=nowhere
like "are named" "$(cat err)" 'DATA: nowhere: no such'
exits "weights that are not there" 2 pipeline OUT=w WEIGHTS=nowhere
ok "before anything is done" test ! -e w
mkdir nothing
exits "a folder without images" 2 pipeline OUT=w DATA=nothing
ok "leaves no list" test ! -e w/list.tsv

# --- interruptions
# interrupt SIGNAL SECONDS OUT STEP: ends the pipeline with all its children, some seconds after STEP has begun.
interrupt() {
	setsid make -f "$top/pipelines/full.mk" BIN="$bin" SIZE=64 EPOCHS=4 N=30 GALLERY="$gallery" OUT="$3" >out 2>err &
	local pid=$! i
	for ((i = 0; i < 100; i++)); do
		if grep -q "^$4" out; then break; fi
		sleep .1
	done
	sleep "$2"
	kill "-$1" "-$pid"
	wait "$pid" 2>/dev/null
}
# scores OUT: the names of all score tables, the targets of runs that need no more
scores() { echo "$1"/scores-{test,val,stress}.tsv; }
# shellcheck disable=SC2046 # words
run pipeline OUT=whole N=30 EPOCHS=4 $(scores whole)
for how in 'KILL .02 prep' 'KILL .3 train' 'TERM .3 train' 'KILL .02 cam'; do
	read -r signal seconds step <<<"$how"
	rm -rf cut
	interrupt "$signal" "$seconds" cut "$step"
	ok "SIG$signal during $step: nothing half written" sound cut
	targets=$(scores cut)
	[ "$step" != cam ] || targets=all
	# shellcheck disable=SC2086 # words
	run pipeline OUT=cut N=30 EPOCHS=4 $targets
	is "the next run ends well" "$rc" 0
	for table in test val stress; do
		sed 's|whole/||g' "whole/scores-$table.tsv" >want
		sed 's|cut/||g' "cut/scores-$table.tsv" >got
		ok "and with the same scores: $table" cmp want got
	done
	is "nothing is left over" "$(find cut -name '*.tmp*' -o -name '*.ckpt')" ""
done
done_testing
