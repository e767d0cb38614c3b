#!/bin/bash
# Many images through prep | infer | cam | metrics, eight pipelines (SOAK_PIPES) at once: does memory grow, does it get
# slower, is any image lost? SOAK: images of each pipeline; first a tenth of them, then all, and the two are compared:
# peaks of memory, and the processor's seconds, which do not depend on what else runs.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"
command -v peak >/dev/null || skip_all "its program is not built (make soak)"
n=${SOAK:-2000}
pipes=${SOAK_PIPES:-8}
tenth=$((n / 10))

cxr-phantom -q -n 40 -s 64 --seed 7 -o learn
cxr-list -q learn/chest | cxr-prep -q -s 32 --store u8 >learn.cxr
cxr-train -q -a mobilenet_v2 --epochs 1 -o model learn.cxr >log 2>/dev/null
cxr-phantom -q -n "$n" -s 64 -o set
cxr-list -q --split test=1 set/chest >all
head -n $((tenth + 1)) all >some # and the header

# tool NAME STAGE ARGUMENT...: the stage of pipeline NAME; to the file NAME.STAGE what peak says of it
tool() {
	local to=$1.$2
	shift
	peak "$to" "$@"
}
# pipeline NAME LIST
pipeline() {
	tool "$1" cxr-prep -q -j1 -s 32 <"$2" | tool "$1" cxr-infer -q -j1 -m model |
		tool "$1" cxr-cam -q -j1 -m model -o "$1.maps" | tool "$1" cxr-metrics - >"$1.metrics" 2>"$1.err"
}
# batch NAME LIST: all pipelines at once
batch() {
	local k start
	start=$(date +%s)
	for ((k = 1; k <= pipes; k++)); do pipeline "$1$k" "$2" & done
	wait
	echo "# $pipes pipelines of $(($(wc -l <"$2") - 1)) images: $(($(date +%s) - start)) seconds"
}
# most NAME STAGE: the largest of the pipelines' peaks of memory
most() { cat "$1"[0-9]*."$2" | awk '$2 > most {most = $2} END {print most + 0}'; }
# each NAME STAGE IMAGES: the processor's microseconds for an image
each() { cat "$1"[0-9]*."$2" | awk -v n="$3" '{s += $4} END {printf "%.0f\n", 1e6 * s / NR / n}'; }

batch part some
rm -rf part*.maps
batch whole all
for ((k = 1; k <= pipes; k++)); do
	is "pipeline $k: all tools end well" "$(cat "whole$k".cxr-* | awk '{printf "%s ", $3}')" "0 0 0 0 "
	is "pipeline $k: images" "$(awk '$1 == "accuracy" {print $5}' "whole$k.metrics")" "$n"
	is "pipeline $k: maps" "$(find "whole$k.maps" -name '*.png' | wc -l)" "$n"
	ok "pipeline $k: the same numbers as the first" cmp "whole$k.metrics" whole1.metrics
done
for stage in cxr-prep cxr-infer cxr-cam; do
	a=$(most part $stage) b=$(most whole $stage)
	few=$(each part $stage "$tenth") many=$(each whole $stage "$n")
	echo "# $stage: $a MiB and $few us for each of $tenth images, $b MiB and $many us of $n"
	ok "$stage: memory does not grow" test "$b" -le $((a + a / 5 + 8))
	ok "$stage: an image takes no longer among many" test $((many * 2)) -le $((few * 3))
done
echo "# cxr-metrics, which holds every score: $(most part cxr-metrics) MiB for $tenth images, $(most whole cxr-metrics) of $n"
done_testing
