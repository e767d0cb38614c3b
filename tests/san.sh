#!/bin/bash
# san.sh BUILD PART...: the parts of `make check-san`, each whatever became of those before, and one line that counts
# all; exit 1 when anything failed. Objects and reports are in folders of BUILD.
#   unit, seeds, tools   unit tests, replayed seeds and tool tests under the address and undefined-behaviour sanitizers
#   threads              unit tests of several threads under the thread sanitizer
#   valgrind             every tool under valgrind
set -u
build=$1
shift
common=exitcode=99:allocator_may_return_null=1:halt_on_error=1
export ASAN_OPTIONS=$common:detect_stack_use_after_return=1:suppressions=$PWD/tests/asan.supp
export UBSAN_OPTIONS=$common:print_stacktrace=1
export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
export TSAN_OPTIONS=$common:suppressions=$PWD/tests/tsan.supp

# This machine's vector instructions, without which the kernels take ten times as long; but none of 64 bytes, for which
# the stack of detect_stack_use_after_return is not aligned by GCC 12.
optimise='-O2 -g -march=native'
if [ "$(uname -m)" = x86_64 ]; then optimise+=' -mno-avx512f'; fi

# instrumented NAME SANITIZERS TARGET: without ifuncs, which run before a sanitizer does.
instrumented() {
	REPORTS=$reports "${MAKE:-make}" --no-print-directory B="$build/$1" SAN="$2" CLONES= OPT="$optimise" "$3"
}
address() { instrumented address address,undefined,float-cast-overflow "$1"; }
run() { # run PART
	case $1 in
	unit) address check-unit ;;
	seeds) address check-fuzz-replay ;;
	tools) address check-tools ;;
	threads) instrumented thread thread check-threads ;;
	valgrind) "${MAKE:-make}" --no-print-directory check-valgrind ;;
	*) echo "san.sh: no part '$1'" ;;
	esac
}

passed=0 failed=0 skipped=0
for part; do
	echo "$part"
	start=$SECONDS
	reports=$PWD/$build/reports-$part
	rm -rf "$reports"
	mkdir -p "$reports"
	run "$part" 2>&1 | tee "$build/san-$part.log"
	counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$build/san-$part.log" | tail -n 1)
	[ -n "$counts" ] || echo "not ok: $part did not run to its end"
	read -r p _ f _ s _ <<<"${counts:-0 passed, 1 failed, 0 skipped}"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	echo "$part: $(((SECONDS - start + 59) / 60)) minutes"
done
echo "check-san: $passed passed, $failed failed, $skipped skipped, in $(((SECONDS + 59) / 60)) minutes"
[ "$failed" = 0 ]
