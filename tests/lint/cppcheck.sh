#!/bin/bash
# cppcheck finds nothing: warnings, performance, portability. A finding that is none is suppressed where it stands, with
# the reason. readdir is safe on directories of one's own (POSIX 2024); the whole-program null check does not know that
# die() ends the program.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"
cd "$top" || exit 1
cache=${CXR_BUILD:-$tmp}/cppcheck
mkdir -p "$cache"
run cppcheck -j 2 --error-exitcode=1 --quiet --cppcheck-build-dir="$cache" --enable=warning,performance,portability --inline-suppr \
	--std=c11 --library=posix --library=tests/lint/cppcheck.cfg --suppress=missingIncludeSystem --suppress=unknownMacro --suppress=readdirCalled --suppress=ctunullpointer --suppress=normalCheckLevelMaxBranches \
	-D__x86_64__ -D__GNUC__=12 -D__linux__ '-DCXR_VERSION="0"' -D_GNU_SOURCE -Ilib -Icmd lib cmd
is "cppcheck" "$rc $(cat "$tmp/out" "$tmp/err")" "0 "
done_testing
