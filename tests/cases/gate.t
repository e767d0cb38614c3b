#!/bin/bash
# What streams of others say is asked once, where they enter: names without control characters, sizes that are sizes,
# scores that are numbers; and what is written under names that data had a part in.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"
# shellcheck source=tests/cli/stream.sh
. "$top/tests/cli/stream.sh"

whole() { # FILE ITEMS: what is on stdin, with its tail
	cat >"$1"
	end "$1" "$2" 0
}
refused() { # TEXT WHAT [MORE-METADATA]: an item with that is refused, and the message says what
	{ head_rec; item_rec 0 a.png "$3"; } | whole s 1
	exits "$1" 1 cxr-show s
	like "$1: said" "$(cat err)" "^cxr-show: s: damaged: item 0, a.png: $2"
}
{ head_rec; item_rec 0 a.png '"label":"NORMAL","x.age":"4","width":"7","mine":"a\nb"'; } | whole s 1
exits "names and sizes" 0 cxr-show s
refused "a newline in a label" "label holds a control character .*byte 2 is 0x0a" '"label":"a\nb"'
refused "a tab in a patient" "patient holds" '"patient":"a\tb"'
refused "an escape in a column" "x.age holds" '"x.age":"\u001b[2J"'
refused "C1 in a split" "split holds" '"split":"\u009b2J"'
refused "a long label" "label has 1025 bytes, at most 1024" "\"label\":\"$(printf '%01025d' 0)\""
refused "a denormal width" "width '1e-310' is not a whole number" '"width":"1e-310"'
refused "no height" "height '0' is not" '"height":"0"'
refused "a hash that is none" "sha256 '../x' is no SHA-256" '"sha256":"../x"'
{ head_rec; item_rec 0 'a\nb'; } | whole s 1
exits "a newline in an id" 1 cxr-show s
like "is not printed" "$(cat err)" '^cxr-show: s: damaged: item 0: id holds a control character'
{ head_rec '"classes":"A\u0007,B"'; item_rec 0 a; } | whole s 1
exits "a bell in a class" 1 cxr-metrics s
{ head_rec; item_rec -1 a; } | whole s 1
exits "a negative index" 1 cxr-show s

{ head_rec; item_rec 0 a; } | whole s 1
gzip -c s >s.gz
exits "compressed" 0 cxr-show s.gz
for more in x s.gz; do
	{ cat s.gz; cat "$more" 2>/dev/null || echo "$more"; } >longer.gz
	exits "$more behind it" 1 cxr-show longer.gz
	like "$more: said" "$(cat err)" 'damaged: bytes after the (end of the compressed data|tail)'
done

cxr-phantom -q -n 8 -s 64 -o set
cxr-list -q set/chest | cxr-prep -s 32 >train.cxr
exits "a step of 1e10" 1 cxr-train -q -a resnet18 --epochs 1 --batch 8 --lr 1e10 -o wild train.cxr
like "says so" "$(cat err)" 'learning rate'
not_ok "no model is left" test -e wild
cxr-train -q -a resnet18 --epochs 1 -o m train.cxr >/dev/null
exits "no temperature that leaves 0 and 1" 1 cxr-model set --temperature 5e-324 -o cold m

# maps: DIR/<index>-<stem of the id>.png
picture() { # INDEX ID
	rec "{\"__metadata__\":{\"cxr\":\"item\",\"id\":\"$2\",\"index\":\"$1\"},\"image\":{\"data_offsets\":[0,3072],\
\"dtype\":\"U8\",\"shape\":[32,32,3]}}"
	head -c 3072 /dev/zero | tr '\0' "$3"
}
r=$(cxr-show --json train.cxr | sed -n 's/.*"recipe": *"\([^"]*\)".*/\1/p' | head -1)
{ head_rec "\"recipe\":\"$r\",\"items\":\"2\""; picture 0 x/a.png 1; picture 1 x/a.png 2; } | whole two 2
{ head_rec "\"recipe\":\"$r\",\"items\":\"2\""; picture 0 x/a.png 1; picture 0 y/a.png 2; } | whole one 2
exits "maps of two items" 0 cxr-cam -m m -o maps two
exits "two items of one index and name" 1 cxr-cam -m m -o same one
like "are told" "$(cat err)" 'same/0-a.png: was written by this run already'
echo mine >victim
mkdir planted && ln -s ../victim planted/0-a.png && mkfifo planted/1-a.png
exits "a pipe under a map's name" 1 cxr-cam -m m -o planted two
like "is named" "$(cat err)" 'planted/1-a.png: cannot create: something that is no file'
rm planted/1-a.png
exits "a link under a map's name" 0 cxr-cam -m m -o planted two
is "is not followed" "$(cat victim)" mine
not_ok "but replaced" test -L planted/0-a.png
done_testing
