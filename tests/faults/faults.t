#!/bin/bash
# What if the k-th system call of a kind, or the k-th allocation, fails? Every tool does a small piece of work with
# tests/faults/fault.c preloaded, for every k, or for FAULT_POINTS of them spread evenly over each tool and kind. A run
# that fails must say so in its own words, name the file where there is one, leave no half file and no temporary one;
# a run that ends with 0 must have made what an untouched one makes.
# FAULT_TOOLS, FAULT_KINDS: only these. The library is $CXR_FAULT.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"
[ -s "${CXR_FAULT-}" ] || skip_all "no fault library: make faults builds it"
export MALLOC_ARENA_MAX=1 OPENBLAS_NUM_THREADS=1 VIPS_CONCURRENCY=1

mkdir in
(
	cd in || exit
	cxr-phantom -q -n 4 -s 64 -o set
	cxr-list -q set/chest >list
	cxr-prep -q -s 32 <list >stream
	cxr-train -q -a mobilenet_v2 --epochs 1 --train classifier -o model stream >log 2>/dev/null
	cxr-infer -q -t -m model stream >scores
	mkdir run
	cp list run/list.tsv
	cp scores run/scores-test.tsv
	cp model run/model.safetensors
) || exit 1

# The work of each: in a fresh folder beside in/, standard output to the file out.
declare -A work=(
	[list]='cxr-list -q ../in/set/chest'
	[prep]='cxr-prep -q -j1 -s 32'
	[show]='cxr-show ../in/stream'
	[infer]='cxr-infer -q -j1 -m ../in/model ../in/stream'
	[table]='cxr-infer -t -q -j1 -m ../in/model ../in/stream'
	[cam]='cxr-cam -q -j1 -m ../in/model -o maps ../in/stream'
	[metrics]='cxr-metrics --allow-seen ../in/scores'
	[model]='cxr-model set --threshold .4 -o new ../in/model'
	[info]='cxr-model info ../in/model'
	[phantom]='cxr-phantom -q -j1 -n 2 -s 64 -o set'
	[eda]='cxr-eda -o eda ../in/stream'
	[report]='cxr-report -o page --numbers numbers ../in/run'
	[calibrate]='cxr-metrics calibrate --allow-seen -o setting ../in/scores'
	[import]='cxr-model import -a mobilenet_v2 --partial -o new ../in/model'
	[train]='cxr-train -q -j1 -a mobilenet_v2 --epochs 1 --train classifier -o new ../in/stream'
)

declare -A input=([prep]=list) # standard input
named='\.\./in/|(^|[^a-z])set[:/]|list|stream|model|new|maps|eda|page|numbers|setting|run|standard (in|out)put|chest|cannot load OpenBLAS: [^ ]+'

# go TOOL: its work in the fresh folder w; sets rc
go() {
	local command
	rm -rf w
	mkdir w
	read -ra command <<<"${work[$1]}"
	(cd w && exec timeout 60 env ${fault:+"FAULT=$fault" FAULT_COUNT="$TMPDIR/count" LD_PRELOAD="$CXR_FAULT"} "${command[@]}" \
		<"${input[$1]:+../in/}${input[$1]:-/dev/null}" >out 2>../err)
	rc=$?
}

# verdict TOOL KIND: why the run was wrong, or nothing
verdict() {
	local tool=${work[$1]%% *} file
	if [ $rc = 124 ] || [ $rc -ge 128 ]; then echo "exit $rc"; return; fi
	if [ $rc = 0 ] || [ $rc = 3 ] && diff -r "ref.$1" w >/dev/null; then return; fi
	if [ $rc = 0 ]; then echo "exit 0 and other output"; return; fi
	# libgfortran, which OpenBLAS brings, ends a program by itself
	grep -q "^$tool: .\|^Operating system error: Cannot allocate memory" err || { echo "exit $rc without a message"; return; }
	if [ "$2" != malloc ] && [ "$2" != mmap ] && ! grep -Eq "$named" err; then echo "names no file"; return; fi
	while read -r file; do
		case $file in
		*.tmp-*) echo "left $file"; return ;;
		w/out) ;;
		*) cmp -s "$file" "ref.$1/${file#w/}" || { echo "half a file: $file"; return; } ;;
		esac
	done < <(find w -type f)
}

total=0
for name in ${FAULT_TOOLS:-list prep show infer table cam metrics model info phantom eda report calibrate import train}; do
	fault=
	go "$name"
	rm -rf "ref.$name"
	mv w "ref.$name"
	for kind in ${FAULT_KINDS:-read write open close fsync rename mmap stat short malloc}; do
		rm -f "$TMPDIR/count"
		fault=$kind:0
		go "$name"
		[ -s "$TMPDIR/count" ] || { ok "$name: $kind: calls are counted" false; continue; }
		n=$(cat "$TMPDIR/count")
		points=${FAULT_POINTS:-$n}
		[ "$points" -lt "$n" ] || points=$n
		bad=0
		for ((i = 0; i < points; i++)); do
			fault=$kind:$((i * n / points + 1))
			go "$name"
			why=$(verdict "$name" "$kind")
			[ -n "$why" ] || continue
			bad=$((bad + 1))
			echo "# $name $fault: $why: $(head -n 1 err | cut -c1-150)"
		done
		total=$((total + points))
		is "$name: $kind: $points of $n" "$bad" 0
	done
done
echo "# fault points: $total"
done_testing
