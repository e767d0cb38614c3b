#!/bin/bash
# DICOM from files to maps, measures and a report: the images that a viewer shows, found by the private list; of 24
# values planted in each header nothing is written or printed, in success and in each kind of error.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/film.sh
. "$top/tests/cli/film.sh"
# shellcheck source=tests/cli/train.sh
. "$top/tests/cli/train.sh"

images 6
cxr-list -q A B | cxr-prep -q -s 64 -c 1 --store u8 | cxr-train -q -a resnet18 -o m --batch 6 --epochs 1 >/dev/null
mkdir PLANTED
n=0
for n in 1 2 3 4 5 6 7 8; do
	film PLANTED/film$n "(0008,0018) UI [1.2.826.999.1.$n]" "(0010,0020) LO [PLANTEDID$((n / 2))]"
done
RAW=inverse.raw film PLANTED/negative '(0028,0004) CS [MONOCHROME1]' '(0008,0018) UI [1.2.826.999.1.9]'
cxr-list --new-key key
{ echo uid,finding,at; for n in 1 2 3 4 5 6 7 8 9; do echo "1.2.826.999.1.$n,$([ $((n % 2)) = 0 ] && echo A || echo B),test"; done; } >t.csv
columns=(--key key --columns "sop=uid,label=finding,split=at" t.csv)

# seen TEXT STATUS CMD...: as exits; all that it writes and prints, but lists, is kept
mkdir seen
seen() {
	exits "$@"
	cat out err >>seen/all
}
# --- from files to a report
exits "a list" 0 cxr-list "${columns[@]}" PLANTED
cp out list
seen "a stream" 0 cxr-prep -m m <list
cp out u8
seen "scores" 0 cxr-infer -m m u8
cp out scored
seen "a table of scores" 0 cxr-infer -m m -t u8
mkdir r
cp out r/scores-test.tsv
cp list r/list.tsv
seen "maps on the films" 0 cxr-cam -m m -o r/overlays --original --list list --style side scored
cp out maps
seen "measures" 0 cxr-cam -m m -t --measure all scored
cp out r/maps.tsv
seen "metrics" 0 cxr-metrics r/scores-test.tsv
cp out r/metrics.tsv
seen "groups" 0 cxr-metrics groups label r/scores-test.tsv
seen "what is in the stream" 0 cxr-show maps
seen "looked at" 0 cxr-eda -o eda u8
seen "a report" 0 cxr-report --numbers r/report.json r
cp -r r/overlays r/report.html r/report.json eda u8 maps seen/
is "a map for each film" "$(find r/overlays -name '*.png' | wc -l)" 9

# --- a film in MONOCHROME1 and 2 is one image, of its own size under contours
exits "contours" 0 cxr-cam -q -m m -o own --original --list list --style contour scored
map() { echo own/*-"$(grep -a "PLANTED/$1	" list | cut -f5)".png; }
ok "MONOCHROME1 and 2" cmp "$(map film1)" "$(map negative)"
is "of the film's size" "$(perl -ne 'BEGIN { $/ = undef } print join "x", unpack "x16 N2"' "$(map film1)")" 16x16

# --- in errors
seen "originals without the list" 3 cxr-cam -m m -o none --original scored
like "it is asked for" "$(cat err)" 'the original \(--list says where DICOM files are\): cannot open'
seen "--list alone" 2 cxr-cam -m m -o none --list list scored
seen "a list without ids" 1 cxr-cam -m m -o none --original --list <(printf 'path\nPLANTED/film1\n') scored
seen "no list" 1 cxr-cam -m m -o none --original --list t.csv scored
seen "no such method" 2 cxr-cam -m m --method nonsense scored
mv PLANTED/film1 gone
film PLANTED/film2
seen "a film is gone, another is changed" 3 cxr-cam -m m -o none --original --list list scored
seen "when prepared, too" 3 cxr-prep -m m <list
head -c 900 PLANTED/film3 >PLANTED/film1
film PLANTED/film2 '(0028,0004) CS [RGB]'
film PLANTED/film4 '(0028,0008) IS [3]'
film PLANTED/film5 '(0008,0068) CS [FOR PROCESSING]'
film PLANTED/film6 '(0028,0101) US 20'
film PLANTED/film7 '(0028,1052) DS [PLANTED]' '(0028,1053) DS [0]' '(0008,0060) CS [planted]'
seen "every kind of refusal" 3 cxr-prep -m m <list
cp out bad
is "all but two" "$(grep -c 'cannot decode' err)" 6
seen "the failed are passed on" 0 cxr-infer -m m bad
seen "as rows" 0 cxr-infer -m m -t bad
cp out bad.tsv
seen "measured" 0 cxr-metrics bad.tsv
seen "explained" 0 cxr-cam -m m -t bad
exits "a list of them, with patients unknown" 0 cxr-list -q --key key PLANTED
cut -f5- out >>seen/all
seen "strict" 1 cxr-prep --strict -m m <list
exits "a table without its images" 3 cxr-list "${columns[@]}" PLANTED
cat err >>seen/all
seen "a key that is none" 2 cxr-list --key t.csv PLANTED
seen "no key" 2 cxr-list PLANTED
seen "damaged streams" 1 bash -c 'head -c 3000 scored | cxr-cam -m m -t'
not_ok "nothing planted is in all that" grep -raE "$planted" seen
[ "$failed" = 0 ] || diag "$(grep -raoE ".{0,60}($planted).{0,60}" seen | cut -c1-200 | head)"
done_testing
