#!/bin/bash
# What the tools that read foreign files give up: programs, connections, files beside their output.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"
# shellcheck source=tests/cli/train.sh
. "$top/tests/cli/train.sh"

so=$(dirname "$(command -v peak)")/forbidden.so
[ -s "$so" ] || skip_all "forbidden.so is not built (make hostile)"
if nm "$(command -v cxr-show)" 2>/dev/null | grep -qE '__[at]san_init'; then skip_all "no sandbox under sanitizers"; fi

images 2
mkdir in o temporary elsewhere
mv A B in
export TMPDIR=$tmp/temporary FORBIDDEN=$tmp/elsewhere/file
cxr-list in >list 2>/dev/null
cxr-prep -q -s 32 --store u8 - <list >u8
cxr-train -q -a resnet18 -o m --epochs 1 --batch 4 u8 >/dev/null
cxr-model export -o weights m

# tries CMD...: the tool with the preloaded tries at its end
tries() {
	rm -f "$FORBIDDEN"
	run env LD_PRELOAD="$so" "$@"
}
tries cxr-show u8
like "the tries work: a program" "$(cat err)" "could start a program"
like "a connection" "$(cat err)" "could connect"
like "a file" "$(cat err)" "could write"
tries cxr-list in
landlock=$(grep -c "could write" err)

denied() { # CMD...
	exits "$1: does its work" 0 "$@"
	tries "$@"
	like "and ends" "$(cat err)" "at the end"
	is "without a program or a connection" "$(grep -E 'program|connect' err)" ""
	if [ "$landlock" = 0 ]; then is "or a file" "$(grep write err)" ""; else skip 1 "the kernel has no Landlock"; fi
	tries "$@" --no-sandbox
	like "--no-sandbox gives up nothing" "$(cat err)" "could connect"
	}
denied cxr-list in
denied cxr-prep -q -s 32 in/A/001.pgm
denied cxr-infer -q -t -m m u8
denied cxr-cam -q -m m -o o/new/maps u8
ok "maps are written" test -n "$(find o/new/maps -name '*.png')"
denied cxr-model set --threshold .4 -o o/m2 m
denied cxr-model import -a resnet18:classes=1 --classes A,B --recipe size=32x32 -o o/m3 weights
denied cxr-model info o/m3

# What the kernel sends when a mapped file was cut short meanwhile.
mkfifo late
cxr-show late 2>cut.err &
pid=$!
exec 3>late
kill -BUS "$pid"
wait "$pid"
is "a mapped file cut short: exit code" $? 1
is "is said" "$(cat cut.err)" "cxr-show: a file was cut short while it was read"
exec 3>&-
done_testing
