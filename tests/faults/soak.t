#!/bin/bash
# Many images through prep | infer | cam | metrics, eight pipelines at once: does memory grow, does it get slower, is any
# image lost? SOAK: images of each pipeline; first a tenth of them, then all, and the two are compared. SOAK_PIPES: how
# many.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"
command -v peak >/dev/null || skip_all "its program is not built (make soak)"
n=${SOAK:-2000}
pipes=${SOAK_PIPES:-8}

cxr-phantom -q -n 40 -s 64 --seed 7 -o learn
cxr-list -q learn/chest | cxr-prep -q -s 32 --store u8 >learn.cxr
cxr-train -q -a mobilenet_v2 --epochs 1 -o model learn.cxr >log 2>/dev/null
cxr-phantom -q -n "$n" -s 64 -o set
cxr-list -q --split test=1 set/chest >all
head -n $((n / 10 + 1)) all >tenth

# tool NAME STAGE ARGUMENT...: the stage of pipeline NAME, its peak memory in MiB to the file NAME.STAGE
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
# batch NAME LIST: all pipelines at once; sets seconds
batch() {
	local k start
	start=$(date +%s%N)
	for ((k = 1; k <= pipes; k++)); do pipeline "$1$k" "$2" & done
	wait
	seconds=$((($(date +%s%N) - start) / 1000000))
}
# most NAME STAGE: the largest of the pipelines' peaks
most() { cat "$1"[0-9]*."$2" | awk '$2 > most {most = $2} END {print most + 0}'; }

batch part tenth
few=$seconds
batch whole all
many=$seconds
for ((k = 1; k <= pipes; k++)); do
	is "pipeline $k: images" "$(awk '$1 == "accuracy" {print $5}' "whole$k.metrics")" "$n"
	is "pipeline $k: maps" "$(find "whole$k.maps" -name '*.png' | wc -l)" "$n"
	ok "pipeline $k: the same numbers as the first" cmp "whole$k.metrics" whole1.metrics
done
for stage in cxr-prep cxr-infer cxr-cam; do
	a=$(most part $stage) b=$(most whole $stage)
	echo "# $stage: $a MiB for $((n / 10)) images, $b MiB for $n"
	ok "$stage: memory does not grow" test "$b" -le $((a + a / 5 + 8))
done
echo "# $pipes pipelines: $((few / (n / 10 + 1))) ms for each image of $((n / 10)), $((many / n)) ms of $n"
ok "an image takes no longer among many" test $((many * (n / 10 + 1) * 2)) -le $((few * n * 3))
done_testing
