#!/bin/bash
# Every tool has a man page that mandoc finds nothing wrong with, whose SYNOPSIS and options are those of -h.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"
bin=${CXR_BIN:?}

# The section of a rendered page, bold and underline taken off, as one line; "FILE ..." and "FILE..." are the same.
section() { # section PAGE NAME
	mandoc -T utf8 -O width=200 "$1" | sed 's/.\x08//g' |
		awk -v s="$2" '/^[A-Z]/ { on = $0 == s; next } on' | flat
}
flat() { tr -s ' \n' '  ' | sed 's/ \.\.\./.../g; s/^ *//; s/ *$//'; }

usage() { "$bin/$1" -h | sed '/^$/,$d; s/^usage://' | flat; }
help_options() { "$bin/$1" -h | grep -oE '^ {2}(-.,|   ) --[A-Za-z0-9-]+' | tr -d , | tr ' ' '\n' | grep . | sort -u; }
# Options as the page's list items name them: ".It Fl q , Fl -quiet", ".It Fl -lr Ar X".
page_options() {
	sed -n 's/^\.It \(Fl .*\)/\1/p' "$1" | grep -oE 'Fl [^ ]+' | sed 's/^Fl /-/' | sort -u
}

for page in "$top"/man/*.[157]; do
	run mandoc -T lint -W warning "$page"
	is "${page##*/}: mandoc -T lint" "$(sed "s|$top/||" out)" ""
	is "${page##*/}: fits a terminal of 80 columns" "$(mandoc -T ascii -O width=78 "$page" | sed 's/.\x08//g' |
		awk 'length > 78')" ""
	# .Dl is filled: a command that is longer would be broken, and could not be copied
	is "${page##*/}: so do its commands" "$(grep -E '^\.Dl "?.{68,}[^"]$' "$page" | grep -vE ' (Ns|Cm|Ar) ')" ""
done
is "the index of make html names every page" "$("$top/man/index.sh" "$top"/man/*.[157] | grep -c '<tr>')" "$(find "$top/man" -name "*.[157]" | wc -l)"
for source in "$top"/cmd/cxr-*.c; do
	tool=${source##*/}
	tool=${tool%.c}
	page=$top/man/$tool.1
	ok "$tool: has a man page" test -s "$page"
	ok "$tool: is built" test -x "$bin/$tool"
	if ! [ -s "$page" ] || ! [ -x "$bin/$tool" ]; then continue; fi
	run "$bin/$tool" -h
	is "$tool: -h exits with 0" "$rc" 0
	is "$tool: -h writes nothing to standard error" "$(cat err)" ""
	is "$tool: SYNOPSIS is the usage of -h" "$(section "$page" SYNOPSIS)" "$(usage "$tool")"
	is "$tool: the page's options are those of -h" "$(page_options "$page")" "$(help_options "$tool")"
	is "$tool: -h is at most 80 wide" "$("$bin/$tool" -h | awk 'length > 80')" ""
	is "$tool: or as the terminal is" "$(COLUMNS=60 "$bin/$tool" -h | awk 'length > 60')" ""
	like "$tool: page has EXIT STATUS" "$(grep -c '^\.Sh EXIT STATUS' "$page")" '^1$'
	like "$tool: page has EXAMPLES" "$(grep -c '^\.Sh EXAMPLES' "$page")" '^1$'
	like "$tool: page says that it is no medical device" "$(section "$page" CAVEATS)$(mandoc -T utf8 "$page" |
		sed 's/.\x08//g' | flat)" 'not a medical device'
	run "$bin/$tool" --version
	like "$tool: --version" "$(head -n 1 out)" "^$tool [0-9]+\.[0-9]+\.[0-9]+$"
	exits "$tool: an unknown option is a usage error" 2 "$bin/$tool" --no-such-option
	like "$tool: and named" "$(cat err)" "^$tool: .*--no-such-option"
done
# Options of one name mean the same in every tool: the same words, presets apart.
for option in --quiet --threads --shard --seed --force-recipe --max-memory --help --version; do
	is "$option means the same in every tool" "$(for source in "$top"/cmd/cxr-*.c; do
		tool=${source##*/}
		COLUMNS=999 "$bin/${tool%.c}" -h | grep -E -- "^ {2}(-.,|   ) $option( |\$)"
	done | sed 's/^.*  *--[^ ]*\( [A-Z/]*\)\?  *//; s/ \[.*//' | sort -u | wc -l)" 1
done
done_testing
