# shellcheck shell=bash
# TAP helpers for tests/cli/*.t. A test file starts with:
#
#     #!/bin/bash
#     . "${0%/*}/lib.sh"
#
# and ends with `done_testing`. It runs in a fresh directory, removed afterwards, with the tools first in PATH. Here are
#   run CMD...        run CMD; its output is in the files `out` and `err` of $tmp, its exit code in $rc; never fails
#   ok TEXT CMD...    passes when CMD succeeds               not_ok TEXT CMD...   ... when it does not
#   is TEXT GOT WANT  passes when the strings are equal      like TEXT GOT ERE    ... when GOT matches the regex
#   exits TEXT N CMD...   runs CMD (as run does) and passes when it exits with N
#   skip N TEXT       counts N tests as skipped              skip_all TEXT        the whole file, before any test
#   $data             directory of real data, empty when there is none ($CXR_DATA)
#   $top              top of the source tree                 $tmp                 the fresh directory (also $PWD)
set -u
unset CXR_MODEL
export LC_ALL=C.UTF-8
tests=0
failed=0
# shellcheck disable=SC2034 # for the tests
top=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
data=${CXR_DATA:-}
if [ -n "$data" ] && [ -d "$data" ]; then data=$(cd "$data" && pwd); else data=; fi
tmp=$(mktemp -d "${TMPDIR:-/tmp}/cxr-test.XXXXXX")
# Temporary files go elsewhere: what the sandbox allows there is not allowed in the test's own directory.
TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/cxr-test.XXXXXX")
export TMPDIR
trap 'cd /; chmod -R u+w "$tmp"; rm -rf "$tmp" "$TMPDIR"' EXIT
cd "$tmp" || exit 1
exec </dev/null

# report PASSED TEXT
report() {
	tests=$((tests + 1))
	if [ "$1" = 1 ]; then
		echo "ok $tests - $2"
	else
		failed=$((failed + 1))
		echo "not ok $tests - $2"
		if [ -n "${rc-}" ]; then
			echo "# last exit code: $rc"
			[ ! -s "$tmp/err" ] || head -n 5 "$tmp/err" | sed 's/^/# err: /'
		fi
	fi
}
diag() { printf '%s\n' "$*" | sed 's/^/# /'; }

run() {
	"$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
}
ok() {
	local text=$1
	shift
	if "$@" >/dev/null 2>&1; then report 1 "$text"; else report 0 "$text"; fi
}
not_ok() {
	local text=$1
	shift
	if "$@" >/dev/null 2>&1; then report 0 "$text"; else report 1 "$text"; fi
}
is() {
	if [ "$2" = "$3" ]; then
		report 1 "$1"
	else
		report 0 "$1"
		diag "got:  $2"
		diag "want: $3"
	fi
}
like() {
	if [[ $2 =~ $3 ]]; then
		report 1 "$1"
	else
		report 0 "$1"
		diag "got:         $2"
		diag "should match: $3"
	fi
}
exits() {
	local text=$1 want=$2
	shift 2
	run "$@"
	if [ "$rc" = "$want" ]; then
		report 1 "$text"
	else
		report 0 "$text"
		diag "wanted exit code: $want"
	fi
}
skip() {
	local i
	for ((i = 0; i < $1; i++)); do
		tests=$((tests + 1))
		echo "ok $tests # SKIP $2"
	done
}
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}
done_testing() {
	echo "1..$tests"
	[ "$failed" = 0 ]
	exit
}
