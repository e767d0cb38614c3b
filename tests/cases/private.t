#!/bin/bash
# What is passed on names nobody: lists of any source under keyed names, models without the marks of their images.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"

cxr-phantom -q -n 8 -s 64 -o set
cxr-list --new-key key
cxr-list --new-key other
cxr-list -q set/chest >plain
id_of() { awk -F'\t' 'NR == 1 {for (k = 1; k <= NF; k++) if ($k == "id") c = k} NR > 1 {print $c}' "$1"; }

exits "a list under keyed names" 0 cxr-list -q --pseudonymise key set/chest
cp out named
is "a private one" "$(cxr-list -q --pseudonymise key set/chest >private; stat -c %a private)" 600
is "ids of 16 digits, all different" "$(id_of named | grep -cxE '[0-9a-f]{16}') $(id_of named | sort -u | wc -l)" "8 8"
is "as many patients as before" "$(sed 1d named | cut -f3 | sort -u | wc -l)" "$(sed 1d plain | cut -f3 | sort -u | wc -l)"
is "labels and splits as before" "$(cut -f2,4 named)" "$(cut -f2,4 plain)"
exits "again, from the list" 0 cxr-list -q --pseudonymise key - <named
ok "changes nothing" cmp out named
not_ok "another key, other names" cmp <(cxr-list -q --pseudonymise other set/chest) named
cxr-prep -q -s 32 <named >stream
is "no name is in the stream" "$(grep -ac 'IM-\|set/' stream)" 0

zip -qr set.zip set/chest
is "an archive: the same names" "$(cxr-list -q --pseudonymise key set.zip | sed 's/.*\t//' | sort)" \
	"$(sed 's/.*\t//' named | sort)"
perl -ne 'chomp; print "$_\t", $. == 1 ? "id\tname\tx.age" : "$.\tDoe^Jane\t7$.", "\n"' plain >table
exits "further columns" 0 cxr-list --pseudonymise key --keep-columns x.age - <table
is "only those chosen" "$(head -n 1 out)" "$(printf 'path\tlabel\tpatient\tsplit\tid\tx.age')"
like "the others are counted" "$(cat err)" '^cxr-list: 1 columns left out'
is "ids of a table are no ids yet" "$(id_of out | sort)" "$(id_of named | sort)"
exits "a column that is not there" 2 cxr-list --pseudonymise key --keep-columns age - <table
cp -r set/chest twice && cp "$(sed -n 2p plain | cut -f1)" twice/test/NORMAL/copy.png
cxr-list -q --pseudonymise key twice >doubled 2>/dev/null
is "equal files have names of their own" "$(id_of doubled | sort | uniq -d)" ""
printf 'path\tpatient\nno.png\tstudy:12\nnone.png\t\n' >lost
exits "files that are not there" 0 cxr-list --pseudonymise key - <lost
like "are told" "$(cat err)" '2 images cannot be read: their ids are made of their paths'
like "a study stays one" "$(sed -n 2p out)" $'\tstudy:[0-9a-f]{16}\t'
is "an unknown patient stays unknown" "$(sed -n 3p out | cut -f3)" ""
chmod 644 other
exits "a key that all may read" 2 cxr-list --pseudonymise other set/chest

cxr-train -q -a mobilenet_v2 --epochs 1 -o model stream >/dev/null
exits "forget the images" 0 cxr-model set --forget-training -o model2 model
cxr-model info model2 >info
is "their marks are gone" "$(grep -c '^train.pictures' info)" 0
is "their number is there" "$(sed -n 's/^train.forgotten\t//p' info)" 8
is "the digest is the same" "$(grep ^digest info)" "$(cxr-model info model | grep ^digest)"
is "none is marked as seen" "$(cxr-infer -q -t -m model2 stream | grep -c 'seen$')" 0

# --- a full disk is called one, and what could not be written is named
for command in 'cxr-list -q set/chest' 'cxr-show stream' 'cxr-prep -q -s 32 <plain' 'cxr-infer -q -m model stream' \
	'cxr-infer -q -t -m model stream' 'cxr-cam -q -m model stream' 'cxr-model info model' 'cxr-metrics -h'; do
	run bash -c "$command >/dev/full"
	is "$command: exit code" "$rc" 1
	like "$command: says why" "$(cat err)" "^${command%% *}: standard output: cannot write: No space left on device$"
done
done_testing
