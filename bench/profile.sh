#!/bin/sh
# profile.sh [infer|train] [ARCH] [THREADS]: where the network core's time goes, by perf. Run `make bench` before.
set -eu
cd "$(dirname "$0")/.."
what=${1:-infer} model=build/bench/${2:-resnet18} threads=${3:-1}
echo 'run 160' | env -u OPENBLAS_CORETYPE perf record -q -o build/bench/perf.data -- \
	"$(make -s print-O)/bench/net" "$what" "$model.safetensors" "$model.pictures" 16 "$threads"
perf report --stdio -i build/bench/perf.data --percent-limit .5 | grep -v '^$'
