#!/bin/bash
# Progress stays on one line, however narrow the terminal is. All is made here.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"

script -qec true typescript </dev/null >/dev/null 2>&1 || skip_all "no script(1), or no terminal to be had"
cxr-phantom -q -n 60 -s 256 -o set
cxr-list -q set/chest >list.tsv

# widest COLUMNS: how long the longest line is that cxr-prep draws in a terminal of that width, and how many it drew
widest() {
	script -qec "stty cols $1 rows 24; cxr-prep -j1 -s 224 <list.tsv >/dev/null" typescript </dev/null >/dev/null 2>&1
	perl -0777 -ne 's/^Script .*\n//; s/\nScript done.*//s; s/\e\[K//g; my ($most, $n) = (0, 0);
		for (split /[\r\n]+/) { next unless length; $n++; $most = length if length > $most }
		print "$most $n\n"' typescript
}
for columns in 200 80 40 20 10 4 2; do
	read -r most n <<<"$(widest $columns)"
	ok "$columns columns: something is drawn" test "$n" -gt 0
	ok "$columns columns: $most are used" test "$most" -lt $columns
done
widest 40 >/dev/null
like "40 columns: share and time stay" "$(tr '\r' '\n' <typescript)" 'prep .*[0-9]+%.* [0-9]+:[0-9]+ left'
widest 0 >/dev/null
like "an unknown width is 80" "$(tr '\r' '\n' <typescript)" 'prep \[[#.]{9,30}\] '
done_testing
