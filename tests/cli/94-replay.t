#!/bin/bash
# run.sh of a pipeline's folder does the run again, to the same model and the same numbers.
# shellcheck source=tests/cli/lib.sh disable=SC2317 # functions called by ok and run
. "${0%/*}/lib.sh"
bin=${CXR_BIN:-$(dirname "$(command -v cxr-list)")}
pipeline() {
	env -u MAKEFLAGS make -s -f "$top/pipelines/full.mk" BIN="$bin" SIZE=64 EPOCHS=1 MEASURE=where \
		GALLERY='--method gradcam,random --normalise p99' "$@"
}
digest() { cxr-show -v "$1" | grep -o 'digest=[^ ]*'; }

exits "a run" 0 pipeline OUT=a N=40
ok "leaves a script" test -x a/run.sh
ok "that is sound" bash -n a/run.sh
exits "which needs a folder" 2 a/run.sh
mkdir 'a b'
exits "does it again, into a folder with a blank in its name" 0 a/run.sh 'a b/c'
is "the model" "$(digest 'a b/c/model.safetensors')" "$(digest a/model.safetensors)"
for name in metrics.tsv log.tsv curves/confusion.tsv measures.tsv audit.tsv overlays/provenance.tsv froc/found.tsv froc/curve.tsv; do
	ok "the same $name" cmp "a/$name" "a b/c/$name"
done
ok "and a report" test -s 'a b/c/report.html'
is "one threshold everywhere" "$(awk '$1 == "threshold" { print $2 }' a/metrics.tsv)" "$(cxr-model info a/model.safetensors | awk '$1 == "threshold" { print $2 }')"
like "whose maps show is a record" "$(cat a/report.html)" 'heat map of what spoke for PNEUMONIA\.'
mv a/phantom/chest "real '1'"
exits "a folder with a quote in its name" 0 pipeline OUT=b DATA="real '1'" STRESS=
exits "is found again" 0 b/run.sh again
is "the model" "$(digest again/model.safetensors)" "$(digest b/model.safetensors)"
done_testing
