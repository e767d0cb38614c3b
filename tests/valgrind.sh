#!/bin/bash
# Every tool under valgrind: no invalid access, no use of uninitialised bytes, no definite leak.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/cli/lib.sh"
# shellcheck source=tests/cli/stream.sh
. "$top/tests/cli/stream.sh"

# clean TEXT CODE CMD...: valgrind has nothing to say and CMD exits with CODE. Lines that begin with -- are about system
# calls of the sandbox that valgrind does not know.
clean() {
	local text=$1 want=$2
	shift 2
	run valgrind -q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99 --log-file=vg "$@"
	is "$text: exit code" "$rc" "$want"
	is "$text: valgrind" "$(grep -v '^--' vg)" ""
}
for i in 1 2; do
	{ head_rec "\"items\":\"2\",\"shard\":\"$i/2\""; item_rec $((i - 1)) a; } >$i.cxr
	end $i.cxr 1 0
done
clean "cxr-show" 0 cxr-show -v 1.cxr
clean "cxr-show --json" 0 cxr-show --json -v 1.cxr
clean "cxr-show -x" 0 cxr-show -x 1.cxr
clean "cxr-show --npy" 0 cxr-show --npy prob 1.cxr
clean "cxr-show --cat" 0 cxr-show --cat 2.cxr 1.cxr
clean "cxr-show of text" 1 cxr-show "$top/Makefile"
clean "cxr-show -h" 0 cxr-show -h

clean "cxr-phantom" 0 cxr-phantom -q -n 4 -s 64 -o set
clean "cxr-list" 0 cxr-list set
cxr-list -q set >list.tsv
clean "cxr-prep" 0 cxr-prep -q -j 2 -s 32 <list.tsv
mv out images.cxr
clean "cxr-train" 0 cxr-train -q -j 2 -a mobilenet_v2 --epochs 1 --batch 2 -o model images.cxr
mv out log.tsv
clean "cxr-model" 0 cxr-model info model
clean "cxr-infer" 0 cxr-infer -q -j 2 -m model images.cxr
mv out scored.cxr
clean "cxr-cam" 0 cxr-cam -q -j 2 -m model -o maps --measure where scored.cxr
cxr-infer -q -t -m model images.cxr >scores-test.tsv
clean "cxr-metrics" 0 cxr-metrics --allow-seen --interval bootstrap --bootstrap 100 scores-test.tsv
mv out metrics.tsv
clean "cxr-eda" 0 cxr-eda -q -o eda images.cxr
clean "cxr-report" 0 cxr-report -o report.html .
clean "cxr-page" 0 env REQUEST_METHOD=GET CXR_MODEL="$tmp/model" CXR_PAGE="$top/pipelines/web/page.html" cxr-page
done_testing
