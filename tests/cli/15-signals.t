#!/bin/bash
# Signals and limits: a tool that is ended leaves no unfinished file, and the next one takes away what a killed one left.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"

# interrupt SIGNAL: ends cxr-phantom while truth.tsv, its last file, is still under its temporary name.
interrupt() {
	local pid i
	rm -rf set
	env --default-signal=INT,TERM,HUP,USR1,USR2,QUIT cxr-phantom -q -j 1 -n 2000 -s 64 -o set 2>err &
	pid=$!
	for ((i = 0; i < 200; i++)); do
		if compgen -G 'set/truth.tsv.tmp*' >/dev/null; then break; fi
		sleep .02
	done
	kill "-$1" "$pid"
	wait "$pid" 2>/dev/null
	rc=$?
}
for signal in INT TERM HUP USR1 USR2 QUIT; do
	interrupt "$signal"
	is "SIG$signal: ends with its own status" "$rc" $((128 + $(kill -l "$signal")))
	is "SIG$signal: leaves no unfinished file" "$(find set -name '*.tmp*')" ""
done

interrupt KILL
left=$(find set -name '*.tmp*' | wc -l)
ok "SIGKILL leaves one" test "$left" -gt 0
cxr-phantom -q -j 1 -n 2000 -s 64 -o set &
pid=$!
for ((i = 0; i < 200; i++)); do
	if [ "$(find set -name 'truth.tsv.tmp*' | wc -l)" = 1 ] && compgen -G "set/truth.tsv.tmp*-$pid-*" >/dev/null; then break; fi
	sleep .02
done
is "which the next run takes away" "$(find set -name 'truth.tsv.tmp*' ! -name "*-$pid-*")" ""
kill "$pid"
wait "$pid" 2>/dev/null

echo keep >set/other.tmp-elsewhere-1-0
echo keep >"set/mine.tmp-$(hostname | cut -c1-20)-$$-0"
cxr-phantom -q -n 2 -s 64 -o set2
cp set/*.tmp-* set2
rm set2/truth.tsv
cxr-phantom -q -n 2 -s 64 -o set2
is "files of other machines and of living processes stay" "$(find set2 -name '*.tmp-*' | wc -l)" 2

run bash -c 'ulimit -f 4; trap "" XFSZ; cxr-phantom -q -n 40 -s 256 -o limited'
is "a limit on the size of files" "$rc" 1
like "is said, with the file" "$(cat err)" '^cxr-phantom: limited/.*: File too large'
is "and leaves nothing unfinished" "$(find limited -name '*.tmp*')" ""
done_testing
