#!/bin/bash
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/stream.sh
. "$top/tests/cli/stream.sh"
tab=$'\t'

{ head_rec '"classes":"A,B"'; item_rec 0 'a \\\\ \u00e9'; error_rec 1 b; item_rec 2 'c\\x0a'; } >s.cxr
end s.cxr 3 1

# What is printed
exits "a stream" 0 cxr-show s.cxr
is "head, three items, tail" "$(cut -f 1 out | tr '\n' ' ')" "head item item item tail "
is "an item's line" "$(sed -n 2p out)" "item${tab}prob F32 [2], image U8 [1,2,1]${tab}id=a \\\\ é index=0"
is "an error's line" "$(sed -n 3p out)" "item${tab}-${tab}error=cannot decode id=b index=1"
exits "from standard input" 0 cxr-show - <s.cxr
is "the same" "$(cat out)" "$(cxr-show s.cxr)"
exits "with figures" 0 cxr-show -v --item 0 s.cxr
is "all of them" "$(cat out)" "item
${tab}cxr = item
${tab}id = a \\\\ é
${tab}index = 0
${tab}prob F32 [2]  min 0.25 mean 0.5 max 0.75
${tab}image U8 [1,2,1]  min 7 mean 8 max 9"
exits "as JSON" 0 cxr-show --json --item 1 s.cxr
is "one object" "$(cat out)" \
	'{"kind":"item","metadata":{"cxr":"item","error":"cannot decode","id":"b","index":"1"},"tensors":[]}'
run cxr-show --json s.cxr
is "one line a record" "$(wc -l <out)" 5
for z in gzip xz zstd bzip2; do
	if command -v $z >/dev/null; then
		$z -c <s.cxr >s.z
		ok "compressed with $z" cmp <(cxr-show s.z) <(cxr-show s.cxr)
	else
		skip 1 "no $z"
	fi
done

# Choosing and taking out
exits "by the escaped id" 0 cxr-show --id 'c\x0a' s.cxr
is "is found" "$(cut -f 3 out)" 'id=c\x0a index=2'
exits "by the plain id" 0 cxr-show --id $'c\n' s.cxr
exits "a plain id with a backslash" 0 cxr-show --id 'a \ é' s.cxr
exits "no such item" 1 cxr-show --item 3 s.cxr
like "is said" "$(cat err)" '^cxr-show: s.cxr: no such record$'
exits "no such id" 1 cxr-show --id d s.cxr
exits "a record taken out" 0 cxr-show --item 2 -x s.cxr
cmp -s out <(item_rec 2 'c\\x0a')
is "is the same bytes" $? 0
cp out one.safetensors
exits "and a file of its own" 0 cxr-show one.safetensors
is "of one record" "$(cut -f 1 out)" item
exits "the first item without a choice" 0 cxr-show -x s.cxr
cmp -s out <(item_rec 0 'a \\\\ \u00e9' | sed 's/\\u00e9  */é/') || cmp -s <(cxr-show out) <(cxr-show --item 0 s.cxr)
is "is item 0" $? 0
exits "as .npy" 0 cxr-show --item 0 --npy prob s.cxr
is "header of the .npy" "$(head -c 70 out | tail -c 60)" "{'descr': '<f4', 'fortran_order': False, 'shape': (2, ), }  "
is "values of the .npy" "$(tail -c 8 out | od -An -tf4 | tr -s ' ')" " 0.25 0.75"
is "size of the .npy" "$(wc -c <out)" 136
exits "no such tensor" 1 cxr-show --item 0 --npy map s.cxr
exits "early end of the reader" 0 bash -o pipefail -c 'cxr-show --json s.cxr | cat >/dev/null'

# Damage: every cut, a changed byte, bytes behind the tail, another format
size=$(wc -c <s.cxr)
accepted=
for ((n = 0; n < size; n += 7)); do
	head -c $n s.cxr | cxr-show >/dev/null 2>&1 && accepted+=" $n"
done
is "a stream cut anywhere is refused" "$accepted" ""
exits "a stream without its tail" 1 cxr-show <(head -c -128 s.cxr)
like "is called cut short" "$(cat err)" 'cut short: no tail after 3 items'
exits "bytes after the tail" 1 cxr-show <(cat s.cxr s.cxr)
like "are named" "$(cat err)" 'bytes after the tail'
exits "a changed pixel" 1 cxr-show <(sed 's/\x07\x09/\x07\x08/' s.cxr)
like "fails the checksum" "$(cat err)" 'damaged: checksum'
{ head_rec; item_rec 0 a; } >t.cxr
end t.cxr 2 0
exits "a wrong count" 1 cxr-show t.cxr
exits "text" 1 cxr-show "$top/Makefile"
like "is no stream" "$(cat err)" '^cxr-show: .*Makefile: text, not a stream or model'
: >empty
exits "an empty file" 1 cxr-show empty
is "is said" "$(cat err)" "cxr-show: empty: empty stream"
exits "a directory" 1 cxr-show .
exits "a missing file" 1 cxr-show none
like "is named" "$(cat err)" '^cxr-show: none: No such file'
name=$'odd\tname\n\033[2J'
cp empty "$name"
exits "an odd file name" 1 cxr-show "$name"
is "cannot move the cursor" "$(cat err)" "cxr-show: odd?name??[2J: empty stream"
{ meta $'"cxr":"net","a":"x\\u001b[2Jy\\nz"'; } >net
exits "a model" 0 cxr-show net
is "is one line whatever it holds" "$(cat out)" "net${tab}-${tab}a=x?[2Jy?z"

# Usage and output
exits "an unknown option" 2 cxr-show --foo
exits "two files" 2 cxr-show s.cxr s.cxr
exits "--item and --id" 2 cxr-show --item 1 --id a s.cxr
exits "--item of no number" 2 cxr-show --item x s.cxr
like "is named" "$(head -n 1 err)" "option --item: 'x' is not a whole number"
exits "-x and --json" 2 cxr-show -x --json s.cxr
exits "--cat without shards" 2 cxr-show --cat
exits "--cat and --json" 2 cxr-show --cat --json s.cxr
if [ -w /dev/full ]; then
	cxr-show s.cxr >/dev/full 2>err
	rc=$?
	is "a full disk is a failure" "$rc" 1
	is "and said" "$(cat err)" "cxr-show: standard output: cannot write: No space left on device"
else
	skip 2 "no /dev/full"
fi
rc=
cxr-show s.cxr >&- 2>err
is "a closed standard output is a failure" $? 1
bash -c 'cxr-show s.cxr | true; exit ${PIPESTATUS[0]}' 2>err
like "a closed pipe ends it quietly" "$?$(cat err)" '^(0|141)$'

# Merging shards of a stream
whole() { # whole LIST: five items and a model in one stream
	{ head_rec "\"items\":\"5\",\"list\":\"$1\""; meta '"cxr":"model","digest":"d"'; for i in 0 1; do item_rec $i i$i; done
		error_rec 2 i2; for i in 3 4; do item_rec $i i$i; done; } >whole.cxr
	end whole.cxr 5 1
}
shard() { # shard FILE i/n LIST ITEM...
	local file=$1 number=$2 list=$3 i errors=0
	shift 3
	{ head_rec "\"items\":\"5\",\"list\":\"$list\",\"shard\":\"$number\""; meta "\"cxr\":\"model\",\"digest\":\"${digest-d}\""
		for i; do if [ "$i" = 2 ]; then error_rec 2 i2; else item_rec "$i" "i$i"; fi; done; } >"$file"
	for i; do [ "$i" != 2 ] || errors=1; done
	end "$file" $# $errors
}
# The head of the whole as the tools write it: sorted keys.
whole L
cxr-show -v whole.cxr >whole.txt
shard 1.cxr 1/3 L 0
shard 2.cxr 2/3 L 1 2
shard 3.cxr 3/3 L 3 4
exits "shards are merged" 0 cxr-show --cat 3.cxr 1.cxr 2.cxr
cp out merged.cxr
exits "into a sound stream" 0 cxr-show -v merged.cxr
is "with the content of the whole" "$(sed '/crc32/d' out)" "$(sed '/crc32/d' whole.txt)"
shard w.cxr 1/1 L 0 1 2 3 4
ok "byte for byte, however it was cut" cmp <(cxr-show --cat w.cxr) merged.cxr
gzip -c 2.cxr >2z.cxr
ok "compressed shards too" cmp <(cxr-show --cat 1.cxr 2z.cxr 3.cxr) merged.cxr
shard 4.cxr 1/5 L 0; shard 5.cxr 2/5 L; shard 6.cxr 3/5 L 1 2; shard 7.cxr 4/5 L 3; shard 8.cxr 5/5 L 4
ok "with an empty shard" cmp <(cxr-show --cat 8.cxr 4.cxr 6.cxr 7.cxr 5.cxr) merged.cxr
exits "a missing shard" 1 cxr-show --cat 1.cxr 3.cxr
like "is named" "$(cat err)" 'shard 2/3 is missing'
is "and nothing is merged" "$(wc -c <out)" 0
exits "the last one missing" 1 cxr-show --cat 1.cxr 2.cxr
exits "a double shard" 1 cxr-show --cat 1.cxr 2.cxr 2z.cxr 3.cxr
like "is named" "$(cat err)" 'shard 2/3 is there twice: 2z?.cxr, 2z?.cxr'
shard f.cxr 3/3 M 3 4
exits "a shard of another list" 1 cxr-show --cat 1.cxr 2.cxr f.cxr
like "is named" "$(cat err)" 'f.cxr: foreign shard'
exits "a shard of another cut" 1 cxr-show --cat 1.cxr 2.cxr 8.cxr
digest=e shard f.cxr 3/3 L 3 4
exits "a shard of another model" 1 cxr-show --cat 1.cxr 2.cxr f.cxr
like "is named" "$(cat err)" 'f.cxr: foreign shard: its model record differs'
shard f.cxr 3/3 L 3
exits "a shard without its last item" 1 cxr-show --cat 1.cxr 2.cxr f.cxr
like "is noticed" "$(cat err)" 'hold 4 items, the whole has 5'
shard f.cxr 2/3 L 2
exits "a shard without its first item" 1 cxr-show --cat 1.cxr f.cxr 3.cxr
like "is named" "$(cat err)" 'f.cxr: item 2, where 1 should follow'
shard f.cxr 4/3 L 3
exits "shard 4/3" 1 cxr-show --cat f.cxr
exits "a stream that is no shard" 1 cxr-show --cat whole.cxr
exits "a damaged shard" 1 cxr-show --cat 1.cxr 2.cxr <(head -c -10 3.cxr)
head -c -10 3.cxr >cut.cxr
exits "a shard cut short" 1 cxr-show --cat 1.cxr 2.cxr cut.cxr
exits "leaves no sound stream" 1 cxr-show out
exits "standard input as a shard" 2 cxr-show --cat 1.cxr -

# Merging score tables
printf 'id\tp_B\tstatus\n' >h
printf 'a\\tb\t0.5\tok\n' >r1
printf 'c\t\tcannot decode\nd\t1\tok\n' >r2
cat h r1 r2 >t.tsv
cat h r1 >1.tsv
cat h r2 >2.tsv
exits "tables are merged" 0 cxr-show --cat 1.tsv 2.tsv
ok "into the whole" cmp out t.tsv
exits "the same table twice" 1 cxr-show --cat 1.tsv 2.tsv 1.tsv
like "is named" "$(cat err)" '1.tsv: the same shard as 1.tsv'
sed '1s/p_B/p_C/' 2.tsv >f.tsv
exits "another header" 1 cxr-show --cat 1.tsv f.tsv
exits "a table and a stream" 1 cxr-show --cat 1.tsv 1.cxr
{ printf '#shard\t1/2\tlist=L\titems=3\n'; cat 1.tsv; printf '#end\t1\n'; } >n1.tsv
{ printf '#shard\t2/2\tlist=L\titems=3\n'; cat 2.tsv; printf '#end\t2\n'; } >n2.tsv
exits "numbered tables" 0 cxr-show --cat n2.tsv n1.tsv
ok "come in order" cmp out t.tsv
exits "a missing one" 1 cxr-show --cat n2.tsv
like "is named" "$(cat err)" 'shard 1/2 is missing'
exits "an empty one" 1 cxr-show --cat empty

# On a terminal
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	on_terminal() { script -qec "$1" /dev/null </dev/null | tr -d '\r'; }
	like "binary output is not written to a terminal" "$(on_terminal 'cxr-show -x s.cxr')" 'output is binary'
	like "nor is a merged stream" "$(on_terminal 'cxr-show --cat w.cxr')" 'output is a binary stream'
	is "but a merged table" "$(on_terminal 'cxr-show --cat 1.tsv 2.tsv')" "$(cat t.tsv)"
	like "input from a terminal is refused" "$(on_terminal 'cxr-show')" 'no input: name a file'
else
	skip 4 "no script(1), or no pseudo-terminals here"
fi

# The page's own readers
code() { # code N: the N-th literal block of the examples
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$top/man/cxr-stream.5" |
		awk -v n="$1" '/^\.Bd/ { on = ++k == n; next } /^\.Ed/ { on = 0 } on' | sed 's/\\e/\\/g'
}
want="a \\\\ é${tab}0.7500
b${tab}-
c\\x0a${tab}0.7500"
code 1 >reader.py
if command -v python3 >/dev/null; then
	run env PYTHONIOENCODING=utf-8 python3 reader.py <s.cxr
	is "the page's reader in Python" "$(cat out err)" "$want"
	run python3 reader.py < <(sed 's/\x07\x09/\x07\x08/' s.cxr)
	is "notices damage" "$rc" 1
	run python3 reader.py < <(head -c -140 s.cxr)
	is "and a cut" "$rc" 1
else
	skip 3 "no python3"
fi
code 2 >reader.c
if ${CC:-gcc} -Wall -o reader reader.c -ljansson -lz 2>err; then
	is "the page's reader in C compiles without warnings" "$(cat err)" ""
	run ./reader <s.cxr
	is "and reads" "$(cat out err)" "$want"
	run ./reader < <(sed 's/\x07\x09/\x07\x08/' s.cxr)
	is "notices damage" "$rc" 1
	run ./reader < <(head -c -140 s.cxr)
	is "and a cut" "$rc" 1
else
	rc=1
	report 0 "the page's reader in C compiles"
	skip 3 "no reader"
fi
done_testing
