#!/bin/bash
# Two runs over the same images in other places, or over not quite the same ones: compared by what the images are.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"

cxr-phantom -q -n 24 -s 64 -o set
cxr-phantom -q -n 24 -s 64 --seed 9 -o other
for c in NORMAL PNEUMONIA; do
	mkdir -p a/$c b/$c
	i=0
	for f in set/chest/*/"$c"/*; do
		cp "$f" "a/$c/first$((100 + (i += 1))).png"
		cp "$f" "b/$c/second$((200 - i)).png" # another name, and the other order
	done
done
cxr-list -q other/chest | cxr-prep -q -s 32 --store u8 | cxr-train -q -a resnet18 --epochs 1 -o m >/dev/null
score() { cxr-list -q "$1" | cxr-prep -q -m m | cxr-infer -q -m m "${@:2}"; }
score a -t --sha256 >a.tsv
score b -t --sha256 >b.tsv
n=$(($(wc -l <a.tsv) - 1))
like "a table has the digests" "$(head -n 1 a.tsv)" '	sha256'
exits "the same images under other names" 0 cxr-metrics compare b.tsv a.tsv
like "are paired by their bytes" "$(cat err)" "$n images paired by their bytes"
is "and do not differ" "$(awk -F'\t' 'NR > 1 && $4 != "0" && $4 != "nan"' out)" ""
score b >b.cxr
exits "a stream beside a table" 0 cxr-metrics --compare b.cxr a.tsv
like "too" "$(cat err)" "$n images paired by their bytes"
awk 'NR != 3 && NR != 5' b.tsv >less.tsv
exits "two images less" 0 cxr-metrics compare less.tsv a.tsv
like "are said" "$(cat err)" "$((n - 2)) images paired.* 2 images here and 0 of less.tsv are in one of the two only"
score a -t >plain.tsv
exits "a table without digests" 0 cxr-metrics compare plain.tsv a.tsv
like "is paired by ids" "$(cat err)" "$n images paired by their ids"
exits "which other names have not" 1 cxr-metrics compare plain.tsv b.tsv
like "and is told so" "$(cat err)" 'not the same images: .* 0 in both by their ids'
awk -F'\t' -v OFS='\t' 'NR == 2 { $2 = $2 == "NORMAL" ? "PNEUMONIA" : "NORMAL" } { print }' b.tsv >wrong.tsv
exits "another label" 1 cxr-metrics compare wrong.tsv a.tsv
like "is an error" "$(cat err)" 'has another label'
done_testing
