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
export TMPDIR=$tmp/temporary FORBIDDEN=$tmp/elsewhere/file SECRET=$tmp/elsewhere/secret
echo secret >"$SECRET"
cxr-list in >list 2>/dev/null
cxr-prep -q -s 32 --store u8 - <list >u8
cxr-train -q -a resnet18 -o m --epochs 1 --batch 4 u8 >/dev/null
cxr-model export -o weights m
for name in A/001 A/002 B/001 B/002; do
	mkdir -p "masks/${name%/*}"
	perl -e 'print "P5\n32 32\n255\n", "\xff" x 512, "\0" x 512' >"masks/$name.pgm"
done
printf 'image\tx\ty\twidth\theight\nin/A/001.pgm\t0\t0\t16\t16\n' >boxes.tsv

# tries CMD...: the tool with the preloaded tries at its end
tries() {
	rm -f "$FORBIDDEN"
	run env LD_PRELOAD="$so" "$@"
}
tries cxr-show u8
like "the tries work: a program" "$(cat err)" "could start a program"
like "a connection" "$(cat err)" "could connect"
like "a file" "$(cat err)" "could write"
like "another's file" "$(cat err)" "could read"
tries cxr-list in
landlock=$(grep -c "could write" err)

denied() { # CMD...
	exits "$1: does its work" 0 "$@"
	tries "$@"
	like "and ends" "$(cat err)" "at the end"
	is "without a program or a connection" "$(grep -E 'program|connect' err)" ""
	if [ "$landlock" = 0 ]; then is "or a file" "$(grep write err)" ""; else skip 1 "the kernel has no Landlock"; fi
}
# The same, and nothing is read but what was named.
narrow() { # CMD...
	denied "$@"
	if [ "$landlock" = 0 ]; then is "or another's" "$(grep read err)" ""; else skip 1 "the kernel has no Landlock"; fi
	tries "$@" --no-sandbox
	like "--no-sandbox gives up nothing" "$(cat err)" "could read.*could connect"
}
# From a list, or where a folder is named whose links may lead anywhere.
wide() { # CMD...
	denied "$@"
	like "and reads what the user may read" "$(cat err)" "could read"
}
wide cxr-list in
narrow cxr-prep -q -s 32 in/A/001.pgm
narrow cxr-prep -q -m m in/A/001.pgm
tries cxr-prep -q -s 32 - <list
like "cxr-prep: a list names files as they come" "$(cat err)" "could read"
narrow cxr-infer -q -t -m m u8
narrow cxr-infer -q -t -m m --shard 1/1 --resume u8
narrow cxr-cam -q -m m -o o/new/maps u8
narrow cxr-cam -q -m m -t --measure hit --truth boxes.tsv u8
wide cxr-cam -q -m m -o o/new/original --original u8
ok "maps are written" test -n "$(find o/new/maps -name '*.png')"
narrow cxr-model set --threshold .4 -o o/m2 m
narrow cxr-model import -a resnet18:classes=1 --classes A,B --recipe size=32x32 -o o/m3 weights
narrow cxr-model info o/m3
narrow cxr-train -q -a resnet18 --init weights --epochs 1 --batch 4 --val u8 --allow-seen --last o/last -o o/m4 u8
wide cxr-train -q -a resnet18 --epochs 1 --batch 4 --masks masks --evidence-loss 1 -o o/m5 u8
ok "models are written" test -s o/m4 -a -s o/last

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
