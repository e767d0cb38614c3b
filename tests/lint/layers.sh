#!/bin/bash
# The layer rule: who may include whom (the table is the Makefile's USES_), which file alone may touch which library,
# and that library code neither prints nor ends the program. Sizes of files and functions too.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"
cd "${LINT_TOP:-$top}" || exit 1

# nothing TEXT OUTPUT: passes when there are no findings.
nothing() {
	if [ -z "$2" ]; then
		report 1 "$1"
	else
		report 0 "$1"
		diag "$2"
	fi
}

# Source text without comments, so that prose cannot break a rule; prefixed with file and line number.
strip() {
	perl -0777 -e '
		for my $f (@ARGV) {
			open my $h, "<", $f or die; my $s = <$h>;
			$s =~ s{("(?:\\.|[^"\\])*")|/\*.*?\*/|//[^\n]*}{my $q = $1; my $t = $&; defined $q ? $q : $t =~ tr/\n//cdr}gse;
			my $n = 0; print "$f:", ++$n, ": $_\n" for split /\n/, $s;
		}' "$@"
}

code() { cat "$tmp/code"; }
sources() { find "$@" \( -name '*.c' -o -name '*.h' -o -name '*.cc' \) | sort; }
mapfile -t lib < <(sources lib)
mapfile -t cmd < <(sources cmd)
strip "${lib[@]}" "${cmd[@]}" >"$tmp/code"

layers=$(sed -n 's/^LAYERS *= *//p' Makefile)
bad=
for layer in $layers; do
	[ -d "lib/$layer" ] || continue
	uses=$(sed -n "s/^USES_$layer *= *//p" Makefile)
	found=$(code | grep "^lib/$layer/" | grep -oE '^[^ ]+ *# *include "[^"]+"' |
		while read -r where _ name; do
			to=${name#\"}
			to=${to%%/*}
			case " $layer $uses " in
			*" $to "*) ;;
			*) echo "$where $name: $layer may use: $uses" ;;
			esac
		done)
	bad+=$found
done
nothing "layers include only what the Makefile's USES_ table allows" "$bad"
bad=$(for d in lib/*/; do
	d=${d#lib/}
	case " $layers " in *" ${d%/} "*) ;; *) echo "lib/$d is no layer of the Makefile" ;; esac
done)
nothing "every directory of lib is a layer" "$bad"

# only TEXT PATTERN FILES-ALLOWED(regex): an include that one place may have
only() { nothing "$1" "$(code | grep -E "# *include *[<\"]($2)" | grep -vE "^($3):")"; }
only "archive.h of libarchive is where archives are read and written" 'archive(_entry)?\.h>' 'lib/data/(archive|tarball)\.c'
only "vips.h is in lib/image only" 'vips/' 'lib/image/[a-z_]+\.[ch]'
vips=$(grep -lE '# *include *[<"]vips/' "${lib[@]}" | sort)
nothing "vips.h is in one file" "$(echo "$vips" | tail -n +2)"
only "DCMTK is in its shim only" 'dcmtk/' 'lib/image/dicom_read\.cc'
only "OpenJPEG is in one file" 'openjpeg' 'lib/image/dicom_jpeg2000\.c'
only "cblas.h is in gemm.c only" '(openblas/)?cblas\.h|openblas' 'lib/nn/gemm\.c'
only "jansson.h is in lib/stream only" 'jansson' 'lib/stream/[a-z_]+\.c'
only "nettle is in digest.c only" 'nettle/' 'lib/base/digest\.c'

nothing "a tag of a struct, union or enum is defined once" "$(code | perl -ne '
	next unless /^([^:]+):\d+: .*?\b(?:struct|union|enum) (\w+)\s*\{/;
	push @{$at{$2}}, $1;
	END { @{$at{$_}} > 1 and print "$_: @{$at{$_}}\n" for sort keys %at }')"

calls='\b(printf|vprintf|puts|putchar|perror|exit|_exit|_Exit|quick_exit|abort|assert|err|errx|warn|warnx|die)[ ]*\('
nothing "library code never prints, exits or aborts" "$(code | grep '^lib/' |
	grep -E "$calls|\b(stderr|stdout)\b" | grep -vE '^lib/base/(mem\.c:.*abort|cage\.c:.*_exit)\(')" # cage.c: a child's end

nothing "no file is over 500 lines" "$(wc -l "${lib[@]}" "${cmd[@]}" | awk '$1 > 500 && $2 != "total" { print $2 ": " $1 " lines" }')"
mapfile -t units < <(printf '%s\n' "${lib[@]}" "${cmd[@]}" | grep '\.c$')
nothing "every .c opens with what it is for" "$(perl -e 'for my $f (@ARGV) {
	open my $h, "<", $f or die; print "$f\n" unless (<$h> // "") =~ m{^/\*} }' "${units[@]}")"
nothing "no line is over 120 characters" "$(awk 'length > 120 { print FILENAME ":" FNR ": " length " characters" }' \
	"${lib[@]}" "${cmd[@]}" Makefile config.mk tests/*.mk)"
bad=$(awk 'FNR == 1 { start = 0 }
	/^\{/ { start = FNR }
	/^\}/ { if (start && FNR - start > 101) print FILENAME ":" start ": function of " FNR - start - 1 " lines"; start = 0 }
' "${lib[@]}" "${cmd[@]}")
nothing "no function is over 100 lines" "$bad"
nothing "no trailing blanks" "$(grep -nE '[[:blank:]]+$' "${lib[@]}" "${cmd[@]}" Makefile config.mk tests/*.mk)"
done_testing
