#!/bin/bash
# What a constant of a kernel is worth: builds lib/nn/FILE.c as it is and changed by a sed script, and measures
# convolutions with both, in turn. The figures beside the constants come from here.
#
#   bench/constants/run.sh winograd 's/BLOCK = 48/BLOCK = 96/' '56 56 64 64 3 1 1 16 infer' '28 28 128 128 3 1 1 16 infer'
set -eu
cd "$(dirname "$0")/../.."
file=$1 change=$2
shift 2
O=$(make -s print-O)
make -s tools >/dev/null
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cp "lib/nn/$file.c" "$tmp/was.c"
sed -E "$change" "lib/nn/$file.c" >"$tmp/is.c"
if cmp -s "$tmp/was.c" "$tmp/is.c"; then
	echo "run.sh: '$change' changes nothing in lib/nn/$file.c" >&2
	exit 2
fi
for v in was is; do
	# shellcheck disable=SC2046 # flags
	gcc -std=gnu11 -O3 -DCXR_CLONES -ffp-contract=fast -fno-math-errno -D_GNU_SOURCE -Ilib \
		$(pkg-config --cflags openblas 2>/dev/null) -o "$tmp/$v" bench/constants/conv.c "$tmp/$v.c" \
		"$O/libnn.a" "$O/libstat.a" "$O/libstream.a" "$O/libbase.a" -ljansson -lz -lnettle -lpthread -lm -ldl
done
for shape in "$@"; do
	for v in was is was is was is; do
		# shellcheck disable=SC2086 # words
		echo "$v $("$tmp/$v" $shape)"
	done | sort -k1,1r -k2,2gr | awk -v s="$shape" '!seen[$1]++ { x[$1] = $2 }
		END { printf "%s\t%s\tchanged: %s\n", s, x["was"], x["is"] }'
done
