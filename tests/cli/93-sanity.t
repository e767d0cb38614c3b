#!/bin/bash
# pipelines/sanity.mk: verdicts by hand, and the whole of it on a few tiny synthetic images.
# shellcheck source=tests/cli/lib.sh disable=SC2317 # functions called by exits
. "${0%/*}/lib.sh"
bin=${CXR_BIN:-$(dirname "$(command -v cxr-list)")}

# verdicts: a table from lines MAP WEIGHTS LO HI LABELS LO HI
verdicts() {
	printf 'step\tmeasure\tmap\tvalue\tlo\thi\tn\n'
	while read -r map a b c d e f; do
		printf 'fc\tspearman\t%s\t1\t1\t1\t9\nconv1\tspearman\t%s\t%s\t%s\t%s\t9\nlabels\tspearman\t%s\t%s\t%s\t%s\t9\n' \
			"$map" "$map" "$a" "$b" "$c" "$map" "$d" "$e" "$f"
	done
}
judge() { awk -v last=conv1 -v limit=.5 -f "$top/pipelines/sanity.awk" "$1"; }
verdicts >table <<'END'
good .1 0 .2 .3 .2 .4
half .4 .3 .6 .3 .2 .4
memory .1 0 .2 .8 .7 .9
stiff .9 .8 1 .3 .2 .4
edges 1 1 1 1 1 1
END
exits "verdicts" 0 judge table
is "by whole intervals" "$(sed 1d out | cut -f1,8 | tr '\t\n' '= ')" "good=pass half=unclear memory=fail stiff=fail edges=fail "
grep -v edges table >without
exits "without edges" 1 judge without
sed 's/edges\t1\t1\t1/edges\t0.1\t0\t.2/' table >loose
exits "edges that pass" 1 judge loose
like "say that the check is none" "$(cat err)" 'sanity: edges, .* do not fail: (pass|unclear)'

sanity() { make -f "$top/pipelines/sanity.mk" BIN="$bin" OUT=o SIZE=64 N=60 EPOCHS=1 PICTURES=4 SEEDS="1 2" STEPS="fc conv1" "$@"; }
exits "the whole pipeline" 0 sanity METHODS=gradcam,edges
is "a row for each step, measure and map" "$(sed 1d o/sanity.tsv | cut -f1-3 | sort -u | wc -l)" 12
is "edges fail" "$(awk -F'\t' '$1 == "edges" { print $2, $5, $8 }' o/verdict.tsv)" "1 1 fail"
ok "over all images and seeds" awk -F'\t' 'NR > 1 && $7 != ($1 == "labels" ? 4 : 8) { exit 1 }' o/sanity.tsv
ok "curves" grep -q '</svg>' o/sanity.svg
is "labels were permuted in train alone" "$(test -s o/permuted.tsv && cmp <(cut -f2,4 o/list.tsv | sort) <(cut -f2,4 o/permuted.tsv | sort) && ! cmp -s o/list.tsv o/permuted.tsv &&
	cmp <(awk -F'\t' '$4 != "train"' o/list.tsv) <(awk -F'\t' '$4 != "train"' o/permuted.tsv) && echo same)" same
exits "again" 0 sanity METHODS=gradcam,edges
not_ok "nothing is done twice" grep -qE '^(train|forget|maps)' out
is "nothing is left over" "$(find o -name '*.tmp*' -o -name '*.net' -o -name '*.table')" ""
exits "without the baseline that must fail" 2 sanity METHODS=gradcam
done_testing
