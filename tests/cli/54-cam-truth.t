#!/bin/bash
# cxr-cam on synthetic images whose lesions and lungs are known, by the commands that cxr-cam(1) gives for it: does
# Grad-CAM find what a network has learned?
# shellcheck source=tests/cli/lib.sh disable=SC2317 # functions called by ok
. "${0%/*}/lib.sh"

# The commands of the page's two paragraphs about lesions.
sed -n '/^Does the heat meet/,/^Does Grad-CAM/{s/^\.Dl "\(.*\)"$/\1/;s/^\.Dl //;s/\\e$/\\/;/^[$ ]/p}' "$top/man/cxr-cam.1" >page
# example N: the N-th of them, with the lines that go on with it.
example() { sed 's/^\$ //' page | perl -0pe 's/\\\n//g' | sed -n "$1p"; }
# value MEASURE MAP FILE: value lo hi
value() { awk -F'\t' -v m="$1" -v map="$2" '$1 == m && index($2, map) == 1 { print $3, $4, $5 }' "$3"; }
# more BY FACTOR A B: is the whole interval A above FACTOR times B's and BY?
more() { awk -v by="$1" -v factor="$2" -v a="$3" -v b="$4" 'BEGIN { split(a, x); split(b, y); exit !(x[2] > factor * y[3] + by) }'; }

example 3 >draw
exits "synthetic images" 0 bash draw
for split in train test; do cxr-list --only split=$split set/chest 2>/dev/null | cxr-prep -q -s 96 --store u8 >$split.cxr; done
# Pretrained features learn from so few images; without them there is a network, but not one worth asking.
weights=$data/weights/resnet18-imagenet-layers1to3.safetensors
if [ -n "$data" ] && [ -e "$weights" ]; then learn="--epochs 5 --init $weights"; else learn="--epochs 1" weights=; fi
# shellcheck disable=SC2086 # a list of words
exits "training" 0 cxr-train -q -a resnet18 $learn --batch 16 --lr 1e-3 --optimizer adam --schedule cosine -o model.safetensors train.cxr

# --- boxes and masks
awk -F'\t' -v OFS='\t' 'NR == 1 { print "image", "x", "y", "width", "height" }
	NR > 1 { n = split($5, box, ";"); for (i = 1; i <= n; i++) { split(box[i], v, ","); print $1, v[1], v[2], v[3], v[4] } }' \
	set/truth.tsv >boxes.tsv
ln -s set/masks/lung lungs
example 1 >boxes
example 2 >means
exits "boxes and lung masks" 0 bash boxes
exits "their means" 0 bash -o pipefail means
cp out boxed
like "outside the lungs" "$(value outside_lungs gradcam boxed)" '^0\.[0-9]+ '
cxr-cam -q -m model.safetensors --measure localisation --truth set/masks/lesion -t test.cxr | cxr-metrics --maps >masked
ok "boxes hold more than the lesions in them" more 0 1 \
	"$(value inside gaussian boxed | awk '{ print $1, $1 }')" "$(value inside gaussian masked | awk '{ print $1, $1, $1 }')"
example 4 >list
example 5 >cam
exits "a stream of them" 0 bash list
exits "lesion masks" 0 bash -o pipefail cam

# --- Grad-CAM beside maps that know nothing of the network, by whole intervals: hit rate at least .2 above (that of 0
# has an interval, too), a quarter more heat inside
if [ -n "$weights" ]; then
	for baseline in random gaussian; do
		ok "more hits than $baseline" more .2 1 "$(value hit gradcam out)" "$(value hit $baseline out)"
		ok "more heat inside than $baseline" more 0 1.25 "$(value inside gradcam out)" "$(value inside $baseline out)"
	done
else
	skip 4 "no pretrained weights in \$CXR_DATA"
fi
done_testing
