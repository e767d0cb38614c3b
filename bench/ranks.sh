#!/bin/bash
# ranks.sh [R]: seconds of a training step by one process and by two, of one thread each, of a build with MPI whose tools
# are first in PATH: ResNet-18 at 224x224, batch 16, R replicas [2]. The time of a run of few steps is taken off that of
# one of many; three runs of each, in turn. Needs two processors with nothing else to do: the load is printed, too.
set -eu -o pipefail
replicas=${1:-2}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
few=$((16 * replicas))
many=$((6 * few))
cxr-phantom -q -n $many -s 224 -o drawn
cxr-list -q drawn/chest >list
cxr-prep -q --store u8 <list >many.cxr
awk -v k=6 'NR == 1 || NR % k == 1' list | cxr-prep -q --store u8 >few.cxr
seconds() { # seconds RANKS STREAM
	local begin=$EPOCHREALTIME
	mpirun --bind-to core -np "$1" cxr-train -q -j1 -a resnet18 --replicas "$replicas" --batch 16 --epochs 1 -o model "$2" >log
	awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'
}
for _ in 1 2 3; do
	one=$(awk -v a="$(seconds 1 many.cxr)" -v b="$(seconds 1 few.cxr)" 'BEGIN { print (a - b) / 5 }')
	two=$(awk -v a="$(seconds 2 many.cxr)" -v b="$(seconds 2 few.cxr)" 'BEGIN { print (a - b) / 5 }')
	awk -v a="$one" -v b="$two" -v load="$(cut -d' ' -f1 /proc/loadavg)" \
		'BEGIN { printf "a step: one process %.3f s, two %.3f s: %.2f times; load %s\n", a, b, a / b, load }'
done
