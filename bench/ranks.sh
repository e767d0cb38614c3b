#!/bin/bash
# ranks.sh [R]: seconds of a training step by one process and by two, of one thread each, of a build with MPI whose tools
# are first in PATH: ResNet-18 at 224x224, batch 16, R replicas [2]. What counts is the fastest epoch of four steps, its
# end included, after the first one: the start, which takes memory from the system, is not in it. Two runs of each, in
# turn. Needs two processors with nothing else to do: the load is printed, too.
set -eu -o pipefail
replicas=${1:-2}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
cxr-phantom -q -n $((4 * 16 * replicas)) -s 224 -o drawn
cxr-list -q drawn/chest | cxr-prep -q --store u8 >pictures.cxr
seconds() { # seconds RANKS
	mpirun --bind-to core -np "$1" cxr-train -q -j1 -a resnet18 --replicas "$replicas" --batch 16 --epochs 4 -o model \
		pictures.cxr | while read -r _; do echo "$EPOCHREALTIME"; done |
		awk 'NR > 2 && (!best || $1 - last < best) { best = $1 - last } { last = $1 } END { print best / 4 }'
}
for _ in 1 2; do
	one=$(seconds 1)
	two=$(seconds 2)
	awk -v a="$one" -v b="$two" -v load="$(cut -d' ' -f1 /proc/loadavg)" \
		'BEGIN { printf "a step: one process %.3f s, two %.3f s: %.2f times; load %s\n", a, b, a / b, load }'
done
