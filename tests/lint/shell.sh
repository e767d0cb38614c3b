#!/bin/bash
# ShellCheck finds nothing in any shell script of the tree. SC2094 takes an argument and an output of one name for one
# file, SC2016 takes a program for awk for a forgotten expansion.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"
cd "$top" || exit 1
while IFS= read -r f; do
	run shellcheck -x -P SCRIPTDIR -e SC2094,SC2016 "$f"
	is "$f" "$rc $(cat "$tmp/out" "$tmp/err")" "0 "
done < <(
	find lib tests pipelines bench data examples man .ci \( -name '*.sh' -o -name '*.t' -o -name '*.sbatch' -o -path .ci/run \) 2>/dev/null | sort
)
done_testing
