#!/bin/bash
# Shards of lists, streams and tables add up to the whole, and a run that died is gone on with.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/train.sh
. "$top/tests/cli/train.sh"

images 6
echo no image >A/bad.pgm
cxr-list A B | awk -F'\t' -v OFS='\t' '{ print $0, NR == 1 ? "site" : "s" NR % 2 }' >list
cxr-prep -q -s 32 --store u8 <list >u8 2>/dev/null
grep -v bad <list | cxr-prep -s 32 --store u8 | cxr-train -q -a resnet18 -o m --batch 6 --epochs 1 >/dev/null
export CXR_MODEL=m
prep() { cxr-prep -q -s 32 --store u8 "$@" 2>/dev/null; }
cam() { cxr-cam --layer layer2 "$@"; }

# --- each tool over the whole
cxr-infer u8 >scores
cxr-infer -t u8 >table
cam -o maps scores >cams
cam --measure gini,deletion --method gradcam,rise --samples 4 -t scores >measures
cam -t u8 >drawn
cxr-infer --stress -t u8 >stress
is "a table of maps without measures" "$(head -n 1 drawn | tr '\t' ' ')" "id label patient split class p map status"

# --- and over shards of it
shards() { # shards N: every output in N pieces
	rm -rf p
	mkdir p
	local i bad=
	for ((i = 1; i <= $1; i++)); do
		cxr-list --shard "$i/$1" - <list >"p/list.$i" || bad+=" list $i"
		prep <"p/list.$i" >"p/u8.$i"
		prep --shard "$i/$1" <list | cmp -s - "p/u8.$i" || bad+=" prep $i"
		cxr-infer --shard "$i/$1" u8 >"p/scores.$i" || bad+=" infer $i"
		cxr-infer "p/u8.$i" | cmp -s - "p/scores.$i" || bad+=" infer-of-shard $i"
		cxr-infer -t "p/u8.$i" >"p/table.$i" || bad+=" table $i"
		cxr-infer -t --shard "$i/$1" u8 | cmp -s - "p/table.$i" || bad+=" table-of-shard $i"
		cam --shard "$i/$1" -o p/maps scores >"p/cams.$i" || bad+=" cam $i"
		cam --measure gini,deletion --method gradcam,rise --samples 4 -t "p/scores.$i" >"p/measures.$i" ||
			bad+=" measures $i"
		cam -t --shard "$i/$1" u8 >"p/drawn.$i" || bad+=" drawn $i"
		cxr-infer --stress -t --shard "$i/$1" u8 >"p/stress.$i" || bad+=" stress $i"
	done
	is "$1 shards of everything" "$bad" ""
	for i in list u8 scores table cams measures drawn stress; do
		# shellcheck disable=SC2046 # a list of names
		ok "$i: $1 shards merged are the whole" cmp <(cxr-show --cat $(printf '%s\n' "p/$i."* | sort -R)) "$i"
	done
	ok "$1 shards draw the same images" diff -r maps p/maps
}
for n in 14 3; do shards $n; done
is "a shard's items keep their places" "$(field index p/u8.2 | tr '\n' ' ')" "4 5 6 7 "
is "and the whole is known to them" "$(field items p/u8.2 | head -n 1) $(field list p/u8.2)" "13 $(field list u8)"
is "and which shard it is" "$(field shard p/cams.2)" "2/3"
mv A/001.pgm A/hidden
exits "what is not in the shard is not read" 3 bash -c 'cxr-prep -s 32 --store u8 --shard 2/3 <list >x'
mv A/hidden A/001.pgm
ok "and the same comes out" cmp x p/u8.2
exits "the number of the array task" 0 env SLURM_ARRAY_TASK_ID=2 cxr-infer -t --shard slurm/3 u8
ok "is that of the shard" cmp out p/table.2
exits "a whole table in one shard" 0 cxr-infer -t --shard 1/1 u8
cp out one
ok "is merged from one" cmp <(cxr-show --cat one) table

# --- what is refused, by name
for s in 8/7 0/3 1/0 1 /3 a/3 1/3/3 slurm 1/99999999999 -1/3; do
	exits "--shard $s" 2 cxr-list --shard "$s" A
	like "is named" "$(head -n 1 err)" "option --shard: '$s' is not i/n"
done
exits "slurm/3 in no array job" 2 cxr-infer -t --shard slurm/3 u8
like "is said" "$(cat err)" 'SLURM_ARRAY_TASK_ID is not set'
for task in 0 4 4294967294 x; do
	exits "task $task of 3" 2 env SLURM_ARRAY_TASK_ID=$task cxr-prep --shard slurm/3 list
	like "is named" "$(cat err)" "SLURM_ARRAY_TASK_ID is $task, not 1 to 3"
done
exits "a shard of another shard" 1 cxr-infer -t --shard 1/3 p/u8.2
like "is named" "$(cat err)" 'p/u8.2: is shard 2/3 already, not 1/3'
exits "a shard of another shard's list" 1 cxr-prep --shard 1/3 - <p/list.2
like "is named too" "$(cat err)" 'the list is that of shard 2/3 already'
exits "but the same shard is fine" 0 bash -c 'cxr-infer -t --shard 2/3 p/u8.2 | cmp - p/table.2'
exits "a list made of a shard's" 1 cxr-list --only label=A - <p/list.2
exits "an audit of a shard" 2 cxr-list --audit --shard 1/3 A
grep -v '^#end' p/list.2 >cut.tsv
exits "a shard's list cut short" 1 cxr-prep - <cut.tsv
like "is called that" "$(cat err)" 'standard input: cut short'
sed '3d' p/list.2 >cut.tsv
exits "one that lacks a row" 1 cxr-prep - <cut.tsv
sed '1s/items=13/items=x/' p/list.2 >cut.tsv
exits "one that is wrong" 1 cxr-prep - <cut.tsv
exits "a table merged without shard 3" 1 cxr-show --cat p/table.1 p/table.2
like "is named" "$(cat err)" 'shard 3/3 is missing'
is "and nothing is written" "$(wc -c <out)" 0
exits "shard 2 twice" 1 cxr-show --cat p/measures.2 p/measures.1 p/measures.2
like "is named" "$(cat err)" 'shard 2/3 is there twice: p/measures.2, p/measures.2'
grep -v bad <list | prep | cxr-train -q -a resnet18 -o m2 --batch 6 --epochs 1 --seed 2 >/dev/null
cxr-infer -m m2 -t --shard 3/3 u8 >foreign
exits "a shard of another model's table" 1 cxr-show --cat p/table.1 p/table.2 foreign
like "is named" "$(cat err)" 'foreign: foreign shard: not of the same work as p/table.1'
cxr-infer -t --shard 3/4 u8 >foreign
exits "a shard of another cut" 1 cxr-show --cat p/table.1 p/table.2 foreign
head -c -5 p/table.3 >cut.tsv
exits "a table cut short" 1 cxr-show --cat p/table.1 p/table.2 cut.tsv
like "is named" "$(cat err)" 'cut.tsv: '
grep -v '^#end' p/measures.3 >cut.tsv
exits "or without its end" 1 cxr-show --cat p/measures.1 p/measures.2 cut.tsv
like "is named" "$(cat err)" 'cut.tsv: cut short: no end after'
is "before anything is written" "$(wc -c <out)" 0
sed 4d p/table.3 >cut.tsv
exits "or without a row" 1 cxr-show --cat p/table.1 p/table.2 cut.tsv
cat p/table.3 p/table.3 >cut.tsv
exits "or with more behind it" 1 cxr-show --cat p/table.1 p/table.2 cut.tsv
exits "a shard is not measured as if it were all" 1 cxr-metrics p/table.1
like "but called one" "$(cat err)" 'merge all of them first'

# --- resuming: from any cut the same bytes come out
resume() { # resume WHOLE CMD...: cut anywhere, gone on with
	local whole=$1 size n bad=
	shift
	size=$(wc -c <"$whole")
	for n in 0 1 $((size / 7)) $((size / 3)) $((size * 5 / 8)) $((size - 90)) $((size - 1)) "$size"; do
		head -c "$n" "$whole" >r
		"$@" --resume >>r 2>err
		rc=$?
		cmp -s r "$whole" && [ $rc = "${want_rc-0}" ] || bad+=" $n($rc)"
	done
	is "$whole: gone on with from any cut" "$bad" ""
}
# shellcheck disable=SC2317 # called by resume
from_list() { cxr-prep -s 32 --store u8 "$@" <list; }
want_rc=3 resume p/u8.2 from_list --shard 2/3
resume p/scores.2 cxr-infer --shard 2/3 u8
resume p/table.2 cxr-infer -t u8 --shard 2/3
resume p/cams.2 cam --shard 2/3 scores
resume p/measures.2 cam --measure gini,deletion --method gradcam,rise --samples 4 -t --shard 2/3 scores
resume p/stress.2 cxr-infer --stress -t u8 --shard 2/3
resume scores cxr-infer u8
resume one cxr-infer -t --shard 1/1 u8
# What is there is not done again: images of the items that are whole are not drawn.
n=$(head -n 5 p/drawn.1 | wc -c)
head -c $((n + 7)) p/drawn.1 >r
rm -rf again
cam -t --shard 1/3 -o again --resume u8 >>r
ok "the table of maps is whole" cmp r p/drawn.1
is "only the missing one was drawn" "$(ls again)" "03-004.png"
cxr-prep -q -s 16 B/00[1-3].pgm >small
cxr-infer -t --force-recipe --shard 1/1 small >failed 2>err
want_rc=3 resume failed cxr-infer -t --force-recipe --shard 1/1 small
cxr-infer --force-recipe small >failed 2>err
want_rc=3 resume failed cxr-infer --force-recipe small
cp p/table.2 r
exits "a run that was whole is left as it is" 0 bash -c 'cxr-infer -t --shard 2/3 --resume u8 >>r; s=$?; cmp r p/table.2 && exit $s'
for what in list table "p/table.1" u8 p/scores.1; do
	cp "$what" r
	exits "going on with $what" 1 bash -c 'cxr-infer -t --shard 2/3 --resume u8 >>r'
	like "is refused" "$(cat err)" '^cxr-infer: standard output: holds other work'
	ok "and leaves it alone" cmp r "$what"
done
head -n 3 p/table.2 >r
exits "with another model" 1 bash -c 'cxr-infer -m m2 -t --shard 2/3 --resume u8 >>r'
head -n 3 p/table.2 | sed '3s/^[^\t]*/other/' >r
exits "with other items" 1 bash -c 'cxr-infer -t --shard 2/3 --resume u8 >>r'
like "is named" "$(cat err)" "another row where 'A/005.pgm' should be"
cat p/table.2 p/table.2 >r
exits "with more behind the end" 1 bash -c 'cxr-infer -t --shard 2/3 --resume u8 >>r'
cat p/scores.2 <(echo x) >r
exits "of a stream too" 1 bash -c 'cxr-infer --shard 2/3 --resume u8 >>r'
exits "a table that is no shard" 1 bash -c 'cxr-infer -t --resume u8 >>r'
like "says what helps" "$(cat err)" 'shard 1/1'
exits "into a pipe" 1 bash -o pipefail -c 'cxr-infer --resume u8 | cat'
like "says what helps" "$(cat err)" '>> FILE'
exits "into nothing" 1 bash -c 'cxr-cam --layer layer2 -o again --resume u8 >/dev/null'
done_testing
