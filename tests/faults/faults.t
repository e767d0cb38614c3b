#!/bin/bash
# What if the k-th system call of a kind, or the k-th allocation, fails? Every tool does a small piece of work with
# tests/faults/fault.c preloaded, for every k, or for FAULT_POINTS of them spread evenly over each tool and kind. A run
# that fails must say so in its own words, name the file where there is one, leave no half file and no temporary one;
# a run that ends with 0 must have made what an untouched one makes.
# FAULT_TOOLS, FAULT_KINDS: only these. The library is $CXR_FAULT.
# shellcheck source=tests/cli/lib.sh
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm # no disk waits for fsync
. "${0%/*}/../cli/lib.sh"
[ -s "${CXR_FAULT-}" ] || skip_all "no fault library: make faults builds it"
export MALLOC_ARENA_MAX=1 OPENBLAS_NUM_THREADS=1 VIPS_CONCURRENCY=1

mkdir in
(
	cd in || exit
	cxr-phantom -q -n 4 -s 64 -o set
	cxr-list -q ../in/set/chest >list
	cxr-prep -q -s 32 <list >stream
	cxr-train -q -a mobilenet_v2 --epochs 1 --train classifier -o model stream >log 2>/dev/null
	cxr-infer -q -t -m model stream >scores
	tar cf set.tar set/chest
	cxr-list -q ../in/set.tar >members
	gzip <stream >packed
	for i in 1 2; do cxr-infer -q -t --shard $i/2 -m model stream >part$i; done
	cxr-model export -o bare model
	mkdir run full full/commands full/plots
	cp list run/list.tsv
	cp scores run/scores-test.tsv
	cp model run/model.safetensors
	cp run/* full
	cp stream full/test.cxr
	cxr-metrics --allow-seen -o full/curves scores >full/metrics.tsv
	cxr-eda -o full/eda stream
	cxr-cam -q -t -m model -o full/overlays stream >/dev/null
	for i in 0-version 2-list 3-prep 4-train; do echo "cxr-${i#*-}" >full/commands/$i; done
	echo '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9"/></svg>' >full/plots/roc.svg
	echo 1 4 >full/train.failed
) || exit 1

# The work of each, in a fresh folder beside in/.
declare -A work=(
	[list]='cxr-list -q ../in/set/chest'
	[prep]='cxr-prep -q -j1 -s 32'
	[members]='cxr-prep -q -j1 -s 32'
	[show]='cxr-show ../in/stream'
	[packed]='cxr-show -v ../in/packed'
	[parts]='cxr-show --cat ../in/part1 ../in/part2'
	[infer]='cxr-infer -q -j1 -m ../in/model ../in/stream'
	[table]='cxr-infer -t -q -j1 -m ../in/model ../in/stream'
	[cam]='cxr-cam -q -j1 -m ../in/model -o maps ../in/stream'
	[metrics]='cxr-metrics --allow-seen ../in/scores'
	[curves]='cxr-metrics --allow-seen -o curves ../in/scores'
	[model]='cxr-model set --threshold .4 -o new ../in/model'
	[info]='cxr-model info ../in/model'
	[export]='cxr-model export -o new ../in/model'
	[phantom]='cxr-phantom -q -j1 -n 2 -s 64 -o set'
	[eda]='cxr-eda -o eda ../in/stream'
	[report]='cxr-report -o page --numbers numbers ../in/run'
	[full]='cxr-report -o page --numbers numbers ../in/full'
	[calibrate]='cxr-metrics calibrate --allow-seen -o setting ../in/scores'
	[import]='cxr-model import -a mobilenet_v2 --partial -o new ../in/bare'
	[train]='cxr-train -q -j1 -a mobilenet_v2 --epochs 1 --train classifier -o new ../in/stream'
	[checkpoints]='cxr-train -q -j1 -a mobilenet_v2 --epochs 1 --batch 2 --train classifier --val ../in/stream --allow-seen --checkpoint-minutes 0 -o new ../in/stream'
)

declare -A input=([prep]=in/list [members]=in/members) # standard input
named='\.\./in/|(^|[^a-z])set[:/]|list|stream|model|new|maps|eda|curves|page|numbers|setting|run|standard (in|out)put|/dev/stdout|chest|cannot load OpenBLAS: [^ ]+'

# start TOOL: its server, one process that is forked for each run (tests/faults/fault.c)
start() {
	local command
	read -ra command <<<"${work[$1]}"
	FAULT=serve LD_PRELOAD=$CXR_FAULT "${command[@]}" <"${input[$1]:-/dev/null}" &
	server=$!
}

# go KIND:K: a run with that fault in a fresh folder w, its output in out and err; sets rc and calls
go() {
	if compgen -G 'w/*' >/dev/null; then
		rm -rf w
		mkdir w
	fi
	echo "$1" >&8
	read -t 100 -r rc calls <&9 || rc=lost
}

# verdict TOOL KIND: sets why the run was wrong, or empty
verdict() {
	local tool=${work[$1]%% *} text file
	why=
	text=$(<err)
	# libgfortran, which OpenBLAS brings, and libarchive end a program by themselves
	[[ $rc = 0 || ! $text =~ 'Operating system error: Cannot allocate memory'|'in libarchive: Out of memory' ]] || return
	case $rc in
	lost | 124 | 9[6-9] | 1[2-9]? | 2??) why="exit $rc"; return ;;
	0 | 3) if cmp -s out ref/out && diff -r ref/w w >/dev/null; then return; fi ;;
	esac
	if [ "$rc" = 0 ]; then # a page tells of what it could not look at
		grep -qs 'Origin not known' w/page || why="exit 0 and other output"
		return
	fi
	[[ $text =~ (^|$'\n')$tool:\ . ]] || { why="exit $rc without a message"; return; }
	[[ $2 = malloc || $2 = mmap || $text =~ $named ]] || { why="names no file"; return; }
	shopt -s globstar nullglob
	for file in w/**/*; do
		[[ $file != *.ckpt ]] || continue # whole, and of an earlier step
		if [[ $file = *.tmp-* ]]; then why="left $file"; return; fi
		[ -d "$file" ] || cmp -s "$file" "ref/$file" || { why="half a file: $file"; return; }
	done
}

# point TOOL KIND K
point() {
	go "$2:$3"
	verdict "$1" "$2"
	[ -n "$why" ] || return 0
	bad=$((bad + 1))
	echo "# $1 $2:$3: $why: $(head -n 1 err | cut -c1-150)"
}

mkfifo ask answer
exec 8<>ask 9<>answer
total=0
for name in ${FAULT_TOOLS:-list prep members show packed parts infer table cam metrics curves model info export phantom eda report full calibrate import train checkpoints}; do
	start "$name"
	rm -rf ref w
	mkdir ref w
	go malloc:0
	mv w out ref
	mkdir w
	is "$name: untouched" "$rc" 0
	for kind in ${FAULT_KINDS:-read write open close fsync rename mmap stat short denied folder mkdir seek thread malloc}; do
		go "$kind:0"
		n=$calls bad=0
		points=${FAULT_POINTS:-$n}
		[ "$points" -lt "$n" ] || points=$n
		for ((i = 0; i < points; i++)); do
			point "$name" "$kind" $((i * n / points + 1))
		done
		total=$((total + points))
		is "$name: $kind: $points of $n" "$bad" 0
	done
	kill $server
	wait $server 2>/dev/null
done
echo "# fault points: $total"
done_testing
