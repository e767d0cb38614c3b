#!/bin/bash
# The runner itself: a broken case is reported, counted and makes it fail.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
fix=$top/tests/fixture
exits "a failing case fails the run" 1 perl "$top/tests/run.pl" "$fix/fine.sh" "$fix/broken.sh"
is "and is counted on the last line" "$(tail -n 1 out)" "2 passed, 1 failed, 2 skipped"
like "and named" "$(cat out err)" "broken.sh"
exits "a program that dies fails the run" 1 perl "$top/tests/run.pl" "$fix/dies.sh" "$fix/fine.sh"
is "and is counted" "$(tail -n 1 out)" "2 passed, 1 failed, 1 skipped"
exits "a good run succeeds" 0 perl "$top/tests/run.pl" "$fix/fine.sh"
is "and says so" "$(tail -n 1 out)" "1 passed, 0 failed, 1 skipped"
mkdir reports
exits "what a sanitizer reports fails the run" 1 env REPORTS="$PWD/reports" perl "$top/tests/run.pl" "$fix/reports.sh"
is "each report counts" "$(tail -n 1 out)" "1 passed, 1 failed, 0 skipped"
like "and is named" "$(cat out)" "not ok: see $PWD/reports/.*reports.sh.2"
exits "no tests at all is an error" 255 perl "$top/tests/run.pl"
exits "a program that is not there is a failure" 1 perl "$top/tests/run.pl" "$fix/none"

# The layer check finds what breaks its rules: a copy of the tree with all of these offences, of which each is named.
mkdir -p tree/tests
cp -r "$top/lib" "$top/cmd" "$top/Makefile" "$top/config.mk" tree
cp "$top/tests/tests.mk" tree/tests
offences=()
offend() { # offend RULE FILE LINE
	printf '%s\n' "$3" >>"tree/$2"
	offences+=("$1|$2")
}
offend "layers include" lib/base/num.c '#include "stream/record.h"'
offend "archive.h" lib/data/list.c '#include <archive.h>'
offend "vips.h is in lib/image" cmd/tool/message.c '#include <vips/vips.h>'
offend "cblas.h" lib/stat/auc.c '#include <cblas.h>'
offend "jansson.h" lib/data/list.c '#include <jansson.h>'
offend "never prints" lib/base/num.c 'void f(void) { fprintf(stderr, "x"); }'
offend "never prints" lib/stream/record.c 'void f(void) { exit(1); }'
offend "tag of a struct" lib/base/num.c 'struct record { int x; };'
offend "tag of a struct" cmd/cxr-show.c 'static enum merge { A, B } x;'
offend "over 500 lines" lib/stat/auc.c "$(yes '/**/' | head -n 500)"
offend "opens with what it is for" cmd/none.c '#include <stdio.h>'
offend "opens with what it is for" cmd/empty.c ''
offend "over 120 characters" lib/base/num.c "/* $(printf 'x%.0s' {1..120}) */"
offend "no trailing blanks" lib/base/num.c 'int trailing; '
run env LINT_TOP="$PWD/tree" bash "$top/tests/lint/layers.sh"
for offence in "${offences[@]}"; do
	found=$(awk -v rule="${offence%|*}" '/^(not )?ok/ { on = /^not/ && index($0, rule) } on && /^#/' out)
	like "layers.sh: ${offence%|*}" "$found" "${offence#*|}"
done
is "and nothing else" "$(grep -c '^not ok' out)" 11
done_testing
