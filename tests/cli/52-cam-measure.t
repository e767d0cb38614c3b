#!/bin/bash
# cxr-cam: methods that run the network many times, measures of maps, and what they need.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/train.sh
. "$top/tests/cli/train.sh"

images 2
cxr-prep -q -s 32 --store u8 A/*.pgm B/*.pgm >u8
cxr-train -q -a resnet18 -o m --batch 4 --epochs 1 u8 >/dev/null
mkdir -p masks/B
for f in B/*.pgm; do { printf 'P5 64 64 255\n'; head -c 2048 /dev/zero; head -c 2048 /dev/zero | tr '\0' '\377'; } >masks/"$f"; done

# shellcheck disable=SC2317 # called by exits
cam() { cxr-cam -m m --layer layer2 "$@" u8; }
exits "many runs" 0 cam --method rise,lime,kernelshap,occlusion,intgrad,fullgrad,ablationcam --samples 4 --patch 16
for t in map.rise map.ablationcam.layer2.1; do like "tensor $t" "$(cxr-show --json out)" "$t"; done
cp out first
exits "again, in other batches" 0 cam --method rise,lime,kernelshap,occlusion,intgrad,fullgrad,ablationcam --samples 4 --patch 16 --batch 3 -j1
ok "the same stream" cmp first out
exits "another seed" 0 cam --method rise,lime --samples 4 --seed 2
exits "measures" 0 cam --measure all --truth masks -t
is "a row for each map, with baselines" "$(sed 1d out | cut -f7 | sort -u | tr '\n' ' ')" "edges gaussian gradcam.layer2.1 random.layer2.1 "
is "of each image" "$(sed 1d out | wc -l)" 16
is "no lungs, no such column" "$(head -n 1 out | grep -c outside_lungs)" 0
ok "hits only where there is a truth" awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "pixel_auc") k = i; next }
	($2 == "B") != ($k != "") && $7 != "gradcam.layer2.1" { exit 1 }' out
exits "measures in the stream" 0 cam --measure gini,border
like "one for each map" "$(cxr-show --json out)" 'measure.gaussian.gini'
is "baselines come along unseen" "$(cxr-show out | grep -c 'map.gaussian F32')" 0
exits "an unknown measure" 2 cam --measure giny
like "lists them" "$(cat err)" 'deletion, insertion'
exits "a measure without its truth" 2 cam --measure hit
exits "only what lacks a truth" 2 cam --measure localisation
exits "a truth that is not there" 1 cam --measure hit --truth nowhere
mkdir -p odd/B
{ printf 'P5 20 32 255\n'; head -c 640 /dev/zero; } >odd/B/001.pgm
exits "a mask of another shape" 1 cam --measure hit --truth odd
like "says both" "$(cat err)" 'odd: mask of B/001.pgm: 20 x 32 pixels for an image of 32 x 32'
{ printf 'P5 16 16 255\n'; head -c 256 /dev/zero; } >odd/B/001.pgm
exits "the same shape, smaller" 0 cam --measure hit --truth odd -t
{ printf 'P5 16 16 255\n'; head -c 25 /dev/zero; } >odd/B/001.pgm
exits "a mask cut short" 1 cam --measure hit --truth odd
like "is named" "$(cat err)" 'odd: mask of B/001.pgm: cannot decode'
printf 'image\tx\n' >short.tsv
exits "a table that is none" 1 cam --measure hit --truth short.tsv
printf 'image\tx\ty\twidth\theight\nB/001.pgm\t1\tz\t3\t4\n' >bad.tsv
exits "a box that is none" 1 cam --measure hit --truth bad.tsv
like "names the line" "$(cat err)" 'line 2'
printf 'image\tx\ty\twidth\theight\nB/001.pgm\t0\t0\t32\t32\n' >boxes.tsv
exits "boxes" 0 cam --measure inside --truth boxes.tsv -t
is "in silence" "$(cat err)" ""
gzip -c boxes.tsv >boxes.gz
cp out one
exits "compressed" 0 cam --measure inside --truth boxes.gz -t
ok "the same table" cmp one out
mkdir none
exits "masks of other images" 4 cam --measure inside --truth boxes.tsv --lungs none -t
is "are told of" "$(cat err)" "cxr-cam: none: knows none of the images"
exits "no samples" 2 cam --samples 0

# --- agreement with another run's maps
two="--method gradcam,edges"
# shellcheck disable=SC2086 # a list of words
cam $two >maps
cxr-model randomise --layer conv1+ --seed 1 -o forgot m
# means FILE: spearman of each map
means() { cxr-metrics --maps "$1" | awk -F'\t' '$1 == "spearman" { printf "%s %.3f ", $2, $3 }'; }
# shellcheck disable=SC2086
exits "against its own maps" 0 cam $two --measure agreement --against maps -t
is "they agree" "$(means out)" "gradcam.layer2.1 1.000 edges 1.000 "
is "and others, which are not in the stream, with nothing" "$(awk -F'\t' '$7 == "gaussian" && $8 $9 != ""' out)" ""
# shellcheck disable=SC2086
gzip -c maps >maps.gz
# shellcheck disable=SC2086
exits "compressed" 0 cam $two --measure agreement --against maps.gz -t
is "the same" "$(means out)" "gradcam.layer2.1 1.000 edges 1.000 "
# shellcheck disable=SC2086
exits "of a network that forgot" 0 cxr-cam -m forgot --layer layer2 $two --measure agreement --against maps -t u8
like "its own maps differ, edges do not" "$(means out)" '^gradcam.layer2.1 -?0.[0-8].* edges 1.000 $'
cp out one
# shellcheck disable=SC2086
exits "in other batches" 0 cxr-cam -m forgot --layer layer2 $two --measure agreement --against maps -t --batch 3 -j1 u8
ok "the same table" cmp one out
exits "a shard against the whole" 0 cam --method gradcam,edges --measure agreement --against maps --shard 2/2 -t
is "has its part" "$(cut -f1 out | grep -x '[AB]/.*' | sort -u | tr '\n' ' ')" "B/001.pgm B/002.pgm "
exits "one of its maps" 0 cam --method edges --measure agreement --against maps -t
is "is found by name" "$(means out)" "edges 1.000 "
exits "a map that is not there" 1 cam --method hirescam --measure agreement --against maps -t
like "is named with the image" "$(cat err)" 'maps: A/001.pgm: no map hirescam.layer2.1 of 32 x 32 pixels'
exits "a stream without maps" 1 cam --measure agreement --against u8 -t
like "the same" "$(cat err)" 'u8: A/001.pgm: no map gradcam.layer2.1 of'
cam >only
exits "an only map" 0 cam --measure agreement --against only -t
is "is not what the baselines are held against" "$(means out)" "gradcam.layer2.1 1.000 "
exits "maps of another class" 0 cam --method gradcam,edges --class A --measure agreement --against maps -t
is "are none to agree with" "$(sed 1d out | cut -f8,9 | tr -d '\t\n')" ""
cxr-prep -q -m m B/*.pgm A/*.pgm >turned
exits "another order" 1 cxr-cam -m m --layer layer2 --measure agreement --against maps -t turned
like "is told" "$(cat err)" 'maps: no item B/001.pgm, or not in this order|A/001.pgm, or not in this order'
head -c 20000 maps >short.cxr
exits "a cut stream to agree with" 1 cam --measure agreement --against short.cxr -t
exits "none" 1 cam --measure agreement --against nowhere -t
exits "--against without a measure of agreement" 2 cam --measure gini --against maps -t

# --- what stands for nothing
# score MEASURE MAP: of the first image
score() { cxr-show --json out | grep -o "measure.$2.$1\":\"[^\"]*" | head -n 1 | cut -d'"' -f3; }
for nothing in gray blur black white mean "$PWD/A/002.pgm"; do
	exits "from $nothing" 0 cam --method intgrad,occlusion,rise,lime --samples 4 --patch 16 --baseline "$nothing"
	like "says what the network says of it" "$(score baseline_p intgrad)" '^0?\.?[0-9]'
	like "and what the sum misses" "$(score completeness_gap intgrad)" '^[0-9]'
	cksum <out >>sums
done
is "each another stream" "$(sort -u sums | wc -l)" 6
hash=$(sha256sum A/002.pgm | cut -c1-16)
like "a file is known by its bytes" "$(cxr-show --json out)" "baseline sha256:$hash"
is "not by its place" "$(cxr-show --json out | grep -c "baseline $PWD")" 0
exits "a file in other batches" 0 cam --method intgrad,occlusion,rise,lime --samples 4 --patch 16 --baseline A/002.pgm --batch 3 -j1
is "the same" "$(cksum <out)" "$(tail -n 1 sums)"
exits "from the image itself" 0 cam --method intgrad --baseline A/001.pgm
is "nothing is left" "$(score completeness_gap intgrad)" 0
exits "Grad-CAM alone" 0 cam
is "starts from nothing" "$(cxr-show --json out | grep -c baseline_p)" 0
exits "a baseline that is not there" 1 cam --method intgrad --baseline nowhere.png
like "is named" "$(cat err)" "baseline: .*nowhere.png"
exits "deletion from white" 0 cam --measure deletion,insertion,deletion_logit --baseline white -t
cp out white
exits "and from gray" 0 cam --measure deletion,insertion,deletion_logit -t
ok "differ" test "$(cksum <white)" != "$(cksum <out)"
exits "noise" 0 cam --method gradientshap --noise .1 --samples 4
exits "below none" 2 cam --method smoothgrad --noise -1

# --- where lungs lie
exits "a prior" 0 cam --method prior --prior masks --measure hit,iou --truth masks -t
is "beside the other baselines" "$(sed 1d out | cut -f7 | sort -u | tr '\n' ' ')" "edges gaussian prior random.layer2.1 "
ok "of equal masks hits" awk -F'\t' '$7 == "prior" && $2 == "B" { n++; bad += $8 != 1 || $9 != 1 } END { exit n != 2 || bad }' out
cp out one
cxr-prep -q -s 32 -c 1 --store u8 masks/B/*.pgm >mask.cxr
exits "from a stream" 0 cam --method prior --prior mask.cxr --measure hit,iou --truth masks -t
ok "the same" cmp out one
exits "comes along" 0 cam --prior masks --measure gini -t
like "where it is known" "$(cut -f7 out)" prior
exits "no masks, no prior" 2 cam --method prior
exits "no such masks" 1 cam --method prior --prior nowhere
mkdir -p nomask && { printf 'P5 4 4 255\n'; head -c 16 /dev/zero; } >nomask/a.pgm
exits "masks of one value" 1 cam --method prior --prior nomask
like "say so" "$(cat err)" '--prior: nomask: no masks of two values'

# --- small changes of the image
exits "maximal sensitivity" 0 cam --method gradcam,rise --samples 20 --measure max_sensitivity -t
cp out one
is "what depends on nothing does not move" "$(awk -F'\t' '$7 ~ /^(gaussian|random)/ { print $8 }' one | sort -u)" 0
ok "all else does" awk -F'\t' 'NR > 1 && $7 !~ /^(gaussian|random)/ && $8 != "" { n++; bad += !($8 > 0) } END { exit !n || bad }' one
exits "in other batches" 0 cam --method gradcam,rise --samples 20 --measure max_sensitivity -t --batch 3 -j1
ok "the same table" cmp one out
cxr-infer -q -m m --feat u8 >feat
exits "beside kept features" 0 cxr-cam -m m --measure max_sensitivity -t feat
cxr-cam -m m --measure max_sensitivity -t u8 >one
ok "the same" cmp one out

# --- masks: two values are background and object, whatever they are
mask() { # DIR OBJECT: the same masks with that value for 255
	mkdir -p "$1/B"
	for f in B/*.pgm; do LC_ALL=C tr '\377' "\\$2" <masks/"$f" >"$1/$f"; done
}
mask mask-one 001
exits "masks of 0 and 255" 0 cam --measure localisation --truth masks -t
cp out mask-want
exits "of 0 and 1" 0 cam --measure localisation --truth mask-one -t
ok "the same measures" cmp out mask-want
mask mask-none 000
exits "masks of 0 alone" 0 cam --measure localisation --truth mask-none -t
like "are counted" "$(cat err)" 'mask-none: nothing is marked in 2 masks'
cp -r mask-one mask-gray && printf '\003' | dd of=mask-gray/B/001.pgm bs=1 seek=100 conv=notrunc status=none
exits "a gray mask" 1 cam --measure localisation --truth mask-gray -t
like "wants a threshold" "$(cat err)" 'mask-gray: mask of B/001.pgm: a gray mask, with values from 0 to'
exits "and takes one" 0 cam --measure localisation --truth mask-gray --mask-threshold .01 -t
mkdir -p mask-full/B && { printf 'P5 64 64 255\n'; head -c 4096 /dev/zero | tr '\0' '\001'; } >mask-full/B/001.pgm
exits "a mask of one value" 1 cam --measure localisation --truth mask-full -t
like "tells nothing" "$(cat err)" 'a mask of one value'
exits "methods in words" 0 cxr-cam --method list
like "one a line" "$(cat out)" 'gradcam +a layer'
exits "measures in words" 0 cxr-cam --measure list
is "each has some" "$(grep -cE '^[a-z_0-9]+ +[A-Za-z]' out)" "$(wc -l <out)"
done_testing
