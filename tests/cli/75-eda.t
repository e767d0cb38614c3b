#!/bin/bash
# cxr-eda: tables of prepared images, duplicates, the shortcut probe; wrong input.
# shellcheck source=tests/cli/lib.sh disable=SC2317 # functions called by exits
. "${0%/*}/lib.sh"

cxr-phantom -n 120 -s 64 --seed 3 -o set >/dev/null 2>&1
cp "$(find set/chest -path '*NORMAL*' -name '*.png' | sort | head -n 1)" set/chest/train/PNEUMONIA/twin.png
cxr-list -q set/chest >list.tsv 2>/dev/null
cxr-prep -q -s 64 --store u8 <list.tsv >all.cxr 2>/dev/null

exits "a stream" 0 cxr-eda -o eda all.cxr
is "silence" "$(cat out err)" ""
is "the tables" "$(cd eda && echo *)" \
	"classes.tsv duplicates.tsv levels.tsv means.png probe.tsv samples.png sizes.tsv"
is "all images are counted" "$(awk 'NR > 1 { n += $3 } END { print n }' FS='\t' eda/classes.tsv)" \
	"$(($(wc -l <list.tsv) - 1))"
is "the shares of a group add up to 1" "$(awk -F'\t' 'NR > 1 { s[$1 FS $2] += $4 }
	END { for (k in s) if (s[k] < .9999 || s[k] > 1.0001) bad++; print bad + 0 }' eda/levels.tsv)" 0
is "the twin is found" "$(awk -F'\t' '$3 == "exact" { print ($1 ~ /twin/) + ($2 ~ /twin/), $5 != $6 }' eda/duplicates.tsv)" "1 1"
is "four probes" "$(cut -f 1 eda/probe.tsv | tr '\n' ',')" "from,mean and sd,border,corners,16x16 thumbnail,"
exits "standard input" 0 cxr-eda -o again <all.cxr
ok "gives the same" diff -r eda again
exits "two streams" 0 cxr-eda -o twice all.cxr all.cxr
# 119 images twice, and two that are the same twice: 119 + 6 pairs.
is "every image is its own twin" "$(awk -F'\t' '$3 == "exact"' twice/duplicates.tsv | wc -l)" 125

# --- lists
ok "the man page's list" bash -c "$(sed -n 's/^\.Dl \(cxr-list.*\)/\1/p' "$top/man/cxr-eda.1" | sed 's/chest_xray/set\/chest/; s/-o eda/-o listed/')"
cxr-prep -q --store u8 <list.tsv | cxr-eda -o piped
ok "is what cxr-prep makes of it" diff -r listed piped
exits "a list" 1 cxr-eda -o x list.tsv
like "is told what to do" "$(cat err)" 'list.tsv: a list of images, not a stream: cxr-prep'
{ cat list.tsv; printf 'nowhere.png\tNORMAL\t\ttrain\n'; } >errors.tsv
cxr-prep -q --store u8 <errors.tsv >errors.cxr 2>/dev/null
exits "an image that is not there" 0 cxr-eda -o errors errors.cxr
like "is counted" "$(cat err)" '1 items? with an error'
is "and left out" "$(cat errors/classes.tsv)" "$(cat listed/classes.tsv)"

# --- what is stored does not matter
cxr-prep -q -s 64 <list.tsv >float.cxr
exits "normalised images" 0 cxr-eda -o float float.cxr
is "have the same histogram to three digits" \
	"$(paste <(cut -f 4 eda/levels.tsv) <(cut -f 4 float/levels.tsv) | awk '{ d = $1 - $2; if (d > .001 || d < -.001) bad++ } END { print bad + 0 }')" 0

# --- plots and images
plot() { gnuplot -c "$top/pipelines/eda.gp" "$1" "$top/pipelines/eda.awk"; }
exits "plots, by the pipeline's script" 0 plot eda
is "silence" "$(cat out err)" ""
is "a curve for each split and class" "$(grep -c 'id="gnuplot_plot' eda/levels.svg)" "$(cut -f 1,2 eda/levels.tsv | sed 1d | sort -u | wc -l)"
is "each class is named once in the key" "$(grep -o '<text>[^<]*</text>' eda/levels.svg | tr -d '\n')" \
	'<text>NORMAL</text><text>PNEUMONIA</text>'
is "every file has a size" "$(awk -F'\t' 'NR > 1 { n += $4 } END { print n }' eda/sizes.tsv)" "$(($(wc -l <list.tsv) - 1))"
is "8 images of both classes in a row" "$(od -An -tu1 -j16 -N8 eda/samples.png | awk '{ print $3 * 256 + $4, $7 * 256 + $8 }')" "1060 268"
sed $'s/\tNORMAL\t/\tit\'s <"N">`touch pwned`\t/; s/\tPNEUMONIA\t/\tx\'\\\\nsystem "touch pwned"\t/' list.tsv >odd.tsv
cxr-prep -q -s 64 --store u8 <odd.tsv >odd.cxr
exits "names of classes that are code" 0 cxr-eda -o odd odd.cxr
exits "are drawn" 0 plot odd
like "as they are" "$(cat odd/sizes.svg)" "it's &lt;"
is "and not run" "$(find . -name 'pwned*')" ""
# --- speed, by processor time
mapfile -t often < <(yes all.cxr | head -n 42)
if grep -qE '__(asan|tsan)_init' "$CXR_BIN/cxr-eda"; then
	skip 2 "slow under a sanitizer"
else
	exits "5,000 images in under 10 seconds" 0 bash -c 'ulimit -t 10; cxr-eda -o many "$@"' - "${often[@]}"
	is "every pair of twins" "$(awk -F'\t' '$3 == "exact"' many/duplicates.tsv | wc -l)" "$(((119 * 42 * 41 + 84 * 83) / 2))"
fi

# Labels that have nothing to do with the images.
awk -F'\t' -v OFS='\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; print; next }
	{ $c["label"] = $c["path"] ~ /[02468]-[0-9]*\.png/ ? "A" : "B"; print }' list.tsv >random.tsv
cxr-prep -q -s 64 --store u8 <random.tsv >random.cxr 2>/dev/null
cxr-eda -o random random.cxr 2>err
is "nothing to learn: near .5" "$(awk -F'\t' '$1 == "mean and sd" { print ($2 > .3 && $2 < .7) }' random/probe.tsv)" 1

printf 'metric\tvalue\nauc\t.9\n' >table
exits "another table" 1 cxr-eda -o x table
exits "nothing" 1 cxr-eda -o x /dev/null
exits "a missing file" 1 cxr-eda -o x nowhere
head -c 20000 all.cxr >short
exits "a stream that is cut" 1 cxr-eda -o x short
ok "leaves no tables" test ! -e x
exits "a file for the folder" 1 cxr-eda -o list.tsv all.cxr
exits "an unknown option" 2 cxr-eda --frob
done_testing
