#!/bin/bash
# cxr-cam: maps in the stream, images, whose scores they explain, and what is refused.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/train.sh
. "$top/tests/cli/train.sh"

images 6
cxr-prep -q -s 64 --store u8 A/*.pgm B/*.pgm >u8
cxr-prep -q -s 64 A/*.pgm B/*.pgm >f32
cxr-train -q -a resnet18 -o m --batch 6 --epochs 3 u8 >/dev/null
cxr-train -q -a resnet18:classes=2 -o two --batch 6 --epochs 1 --seed 3 u8 >/dev/null
cxr-infer -q -m m u8 >scored
# floats of a tensor of item N: floats NAME N STREAM
floats() { cxr-show --item "$2" --npy "$1" "$3" | tail -c "${4:-16384}" | od -An -v -tf4 -w4; }

# --- maps in the stream
exits "a scored stream" 0 cxr-cam -m m scored
cp out maps
is "silence on success" "$(cat err)" ""
is "a map for each image" "$(cxr-show maps | grep -c 'map F32 \[64,64\]')" 12
is "the class is the last" "$(field map.class maps | sort -u)" B
cxr-cam -m m --class A scored >mapsA # of two maps that are each other's negative one has something above zero
range=$(for f in maps mapsA; do for i in 0 3 8 11; do floats map $i $f | sort -g | sed -n '1p;$p' | tr '\n' ' '; done; done)
ok "from 0 to 1, or nothing" awk -v r="$range" 'BEGIN { n = split(r, v, " ")
	for (i = 1; i < n; i += 2) { if (v[i] < 0 || (v[i + 1] != 1 && v[i + 1] != 0)) exit 1; top += v[i + 1] } exit !top }'
exits "a stream without scores" 0 cxr-cam -m m u8
is "gets them" "$(cxr-show out | grep -c 'logit F32 \[1\], prob F32 \[2\]')" 12
is "the scores of cxr-infer" "$(floats logit 5 out 4)" "$(floats logit 5 scored 4)"
is "and the same map" "$(floats map 5 out | cksum)" "$(floats map 5 maps | cksum)"
cxr-cam -m m --layer conv1,layer2.0.bn1 u8 >inner
scores() { for i in 0 3 5 8; do floats logit $i "$1" 4; done; }
is "the same scores when inner layers are mapped" "$(scores inner)" "$(scores scored)"
cxr-cam -m m f32 >from32
is "F32 images: the same map" "$(floats map 5 from32 | cksum)" "$(floats map 5 maps | cksum)"
cxr-infer -q -m m --feat u8 | cxr-cam -m m >feat
is "from kept features: the same map" "$(floats map 5 feat | cksum)" "$(floats map 5 maps | cksum)"
exits "model from the environment" 0 env CXR_MODEL=m cxr-cam scored
ok "the same stream" cmp out maps
for how in "--batch 1 -j1" "--batch 5 -j3"; do
	# shellcheck disable=SC2086 # a list of words
	exits "$how" 0 cxr-cam -m m $how scored
	ok "the same stream" cmp out maps
done

# --- classes, methods, layers
cxr-cam -m m --class A --normalise none --layer layer3 scored >a
cxr-cam -m m --class B --normalise none --layer layer3 scored >b
is "one output: the map of A is minus that of B" \
	"$(paste <(floats map 2 a) <(floats map 2 b) | awk '{ s += ($1 + $2) ^ 2; t += $1 ^ 2 } END { print (t > 0 && s <= 1e-8 * t) }')" 1
cxr-cam -m m --class pred scored >p
is "pred: each its own" "$(field map.class p | sort | uniq -c | tr -s ' \n' ' ')" \
	"$(cxr-infer -t -m m u8 | sed 1d | cut -f8 | sort | uniq -c | tr -s ' \n' ' ')"
exits "several methods and layers" 0 cxr-cam -m m --method gradcam,layercam --layer layer3,layer4 scored
like "a tensor each" "$(cxr-show out)" 'map.gradcam.layer3.1 F32 .*map.layercam.layer4.1 F32'
cxr-cam -m m --method cam scored >c
is "CAM = Grad-CAM behind the average" "$(paste <(floats map 4 c) <(floats map 4 maps) |
	awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > m) m = d } END { print (m < 1e-5) }')" 1
exits "two outputs" 0 cxr-cam -m two --class pred u8
exits "an unknown layer" 1 cxr-cam -m m --layer layer9 scored
like "lists those there are" "$(cat err)" 'no layer layer9.*layer4'
exits "a layer without places" 1 cxr-cam -m m --layer fc scored
exits "CAM at another layer" 1 cxr-cam -m m --method cam --layer layer2 scored
like "says what it needs" "$(cat err)" 'CAM is not defined'
exits "an unknown class" 1 cxr-cam -m m --class C scored
like "lists the classes" "$(cat err)" 'no class C: the classes are A,B'
exits "an unknown method" 2 cxr-cam -m m --method gradkam scored
like "lists the methods" "$(cat err)" 'gradcam'
for o in style colormap normalise; do exits "an unknown $o" 2 cxr-cam -m m --$o x scored; done

# --- several models, layers, and the mirrored image: means of maps
# shellcheck disable=SC2317 # called by ok
# joined EXPRESSION A B C: are the values of file C what it says of $1 of A and $2 of B?
joined() {
	paste "$2" "$3" "$4" | awk '{ d = '"$1"' - $3; if (d < -1e-6 || d > 1e-6) bad = 1; if ($3 > 0) some = 1 }
		END { exit bad || !some || NR != 4096 }'
}
mean='($1 + $2) / 2'
cxr-train -q -a resnet18 -o other --batch 6 --epochs 1 --seed 5 u8 >/dev/null
cxr-infer -q -m m -m other u8 >both
exits "two models" 0 cxr-cam -m m -m other u8
cp out team
is "have the scores of cxr-infer" "$(for i in 0 5; do floats logit $i team 4; floats prob $i team 8; done)" \
	"$(for i in 0 5; do floats logit $i both 4; floats prob $i both 8; done)"
is "and its model records" "$(cxr-show team | grep -c '^model')" 2
for k in "m m" "other other" "both m -m other"; do
	# shellcheck disable=SC2086 # a list of words
	set -- $k
	cxr-cam --normalise minmax -m "${@:2}" u8 >"minmax-$1"
done
for i in 0 5 8; do
	ok "the map is the mean of theirs" \
		joined "$mean" <(floats map $i minmax-m) <(floats map $i minmax-other) <(floats map $i minmax-both)
done
for how in "--batch 1 -j1" "--batch 5 -j3"; do
	# shellcheck disable=SC2086 # a list of words
	exits "$how" 0 cxr-cam -m m -m other $how both
	is "the same map" "$(for i in 0 7 11; do floats map $i out | cksum; done)" \
		"$(for i in 0 7 11; do floats map $i team | cksum; done)"
done
exits "one of the models that scored" 0 cxr-cam -m other both
exits "one that did not" 1 cxr-cam -m m -m two both
like "is refused" "$(cat err)" "another model's, not those of two"
exits "with other outputs, but the same classes" 0 cxr-cam -m m -m two u8
exits "measured" 0 cxr-cam -m m -m other --measure complexity,where -t both
exits "runs of the network are one model's" 2 cxr-cam -m m -m other --measure road -t both
like "says so" "$(cat err)" 'road needs one model alone'
cxr-prep -q -s 32 --store u8 A/*.pgm B/*.pgm | cxr-train -q -a resnet18 -o m32 --batch 6 --epochs 1 >/dev/null
exits "a model of another recipe" 1 cxr-cam -m m -m m32 u8
like "says both" "$(cat err)" 'models of different recipes'
for l in layer3 layer4; do cxr-cam -m m --layer $l --normalise minmax scored >$l; done
exits "--fuse" 0 cxr-cam -m m --layer layer3,layer4 --fuse --normalise minmax scored
ok "is the mean of the layers' maps" joined "$mean" <(floats map 3 layer3) <(floats map 3 layer4) <(floats map 3 out)
exits "--fuse-by product" 0 cxr-cam -m m --layer layer3,layer4 --fuse-by product --normalise minmax scored
ok "is their product" joined '$1 * $2' <(floats map 3 layer3) <(floats map 3 layer4) <(floats map 3 out)
exits "--fuse-by: another word" 2 cxr-cam -m m --fuse-by max scored
exits "of several methods" 0 cxr-cam -m m --layer layer3,layer4 --method gradcam,layercam --fuse scored
like "names all layers" "$(cxr-show out)" 'map.gradcam.layer3.1\+layer4.1 F32 .*map.layercam.layer3.1\+layer4.1 F32'
cxr-prep -q -s 64 --store u8 A/001.pgm >straight
cxr-show --npy image straight | tail -c 12288 | perl -e 'binmode STDOUT; print "P6 64 64 255\n";
	while (read STDIN, my $row, 192) { print join "", reverse $row =~ /(...)/gs }' >mirror.ppm
cxr-prep -q -s 64 --store u8 mirror.ppm >mirrored
# flat STREAM [1]: the map's values, mirrored
flat() { floats map 0 "$1" | awk -v m="${2:-0}" '{ v[NR - 1] = $1 } END { for (i = 0; i < 4096; i++)
	print v[m ? int(i / 64) * 64 + 63 - i % 64 : i] }'; }
for f in straight mirrored; do
	for k in "" --flip; do cxr-cam -m m --normalise minmax $k $f >$f-map$k; done
done
ok "--flip is the mean of the map and of the mirrored image's, mirrored back" \
	joined "$mean" <(flat straight-map) <(flat mirrored-map 1) <(flat straight-map--flip)
is "so a mirrored image has a mirrored map" "$(flat straight-map--flip)" "$(flat mirrored-map--flip 1)"
exits "--flip of many" 0 cxr-cam -m m --flip -j1 --batch 1 u8
cp out flip
exits "in batches" 0 cxr-cam -m m --flip -j3 --batch 5 u8
ok "the same stream" cmp out flip
exits "--zoom" 0 cxr-cam -m m --flip --zoom 0.85,1.2 -j1 --batch 1 u8
cp out zoom
exits "in batches" 0 cxr-cam -m m --flip --zoom 0.85,1.2 -j3 --batch 5 u8
ok "the same stream" cmp out zoom
ok "another than without" test "$(floats map 0 zoom)" != "$(floats map 0 flip)"
like "said in the stream" "$(cxr-show zoom)" ' --flip --zoom 0.85,1'
for x in 0 3 x "0.9,"; do exits "--zoom $x" 2 cxr-cam -m m --zoom $x u8; done

# --- images
for style in overlay side hotspot contour heat; do
	exits "--style $style" 0 cxr-cam -m m -o $style --style $style scored
	is "a PNG for each" "$(find $style -name '*.png' | wc -l)" 12
	is "that is one" "$(head -c 4 $style/05-006.png | tail -c 3)" PNG
done
ok "drawing changes no byte of the stream" cmp out maps
cxr-cam -m m -j1 --batch 5 -o again --style side scored >/dev/null
ok "the same images for any -j and --batch" diff -r side again
exits "one image" 0 sh -c 'cxr-prep -q -m m A/002.pgm | cxr-cam -m m -o one'
is "has its own name" "$(ls one)" 002.png
exits "no name for the directory" 1 cxr-cam -m m -o "" scored
exits "nowhere to write" 1 cxr-cam -m m -o /dev/null/x scored
exits "a full disk" 1 sh -c 'cxr-cam -m m scored > /dev/full'
like "says so" "$(cat err)" 'No space left'

# --- values instead of images
exits "--format npy" 0 cxr-cam -m m --layer layer2 --normalise none --format npy -o npy scored
is "the tensor's bytes" "$(tail -c 16384 npy/05-006.npy | cksum)" "$(floats map 5 out | perl -ne 'print pack "f<", $_' | cksum)"
ok "with both signs" perl -0777 -ne '@v = unpack "(f<)*", substr $_, -16384; exit !(grep { $_ < 0 } @v)' npy/*.npy
ok "that is an array of 64 x 64" grep -q "'<f4', 'fortran_order': False, 'shape': (64, 64" npy/05-006.npy
exits "--format pfm" 0 cxr-cam -m m --layer layer2 --normalise none --format pfm -o pfm scored
is "has its header" "$(head -n 3 pfm/05-006.pfm | tr '\n' ' ')" "Pf 64 64 -1.0 "
is "and the bottom row first" "$(perl -0777 -ne 'print reverse map { substr $_, 0 } unpack "(a256)*", substr $_, -16384' pfm/05-006.pfm |
	cksum)" "$(tail -c 16384 npy/05-006.npy | cksum)"
exits "an unknown format" 2 cxr-cam -m m --format gif -o x scored
like "lists them" "$(cat err)" 'no --format .gif.: choose one of png, npy, pfm'
exits "no folder for them" 2 cxr-cam -m m --format npy scored
for o in "--style side" "--colormap jet" --no-caption; do
	# shellcheck disable=SC2086 # a list of words
	exits "$o is for images" 2 cxr-cam -m m --format pfm $o -o x scored
	like "says so" "$(cat err)" "cxr-cam: ${o% *} is for images, --format pfm writes"
done

# --- on the original
# size FILE: of a PNG
size() { head -c 24 "$1" | tail -c 8 | od -An -v -tu4 --endian=big | tr -s ' '; }
exits "--original" 0 cxr-cam -m m --original -o original scored
ok "changes no byte of the stream" cmp out maps
is "has the file's size" "$(size original/05-006.png)" " 32 32"
tar --sort=name -cf all.tar A B
cxr-list all.tar 2>/dev/null | cxr-prep -q -s 64 --store u8 >packed
exits "out of an archive" 0 cxr-cam -m m --original -o unpacked -j3 --batch 2 packed
ok "the same images" diff -r original unpacked
cp -r A B scored m "$(mkdir -p other.d && echo other.d)"
rm other.d/A/002.pgm
cp A/001.pgm other.d/B/003.pgm
exits "one is gone, one is another" 3 env -C other.d cxr-cam -m m --original -o lost scored
ok "the stream is as it was" cmp out maps
like "the first is named" "$(cat err)" 'cxr-cam: scored: A/002.pgm: the original: cannot open: No such file'
like "the second too" "$(cat err)" 'cxr-cam: scored: B/003.pgm: the original is another file: its SHA-256 is [0-9a-f]{64}, not '
rm original/01-002.png original/08-003.png
ok "and all others are drawn" diff -r original other.d/lost
exits "--original without -o" 2 cxr-cam -m m --original scored
perl -e 'print "P5\n96 32\n255\n", map { chr(100 + ($_ * 7919 + $_ * $_ * 31) % 97) } 1 .. 96 * 32' >wide.pgm
cxr-model export -o m.st m 2>/dev/null
for fit in crop pad; do
	cxr-model import -a resnet18 --classes A,B --recipe "size=64x64 fit=$fit" -o m.$fit m.st 2>/dev/null
	cxr-prep -q -m m.$fit wide.pgm >wide
	exits "of an image with fit=$fit" 0 cxr-cam -m m.$fit --layer layer2 --normalise minmax --original --format npy -o $fit wide
	# Every value stands for 2 x 2 of crop's 64 x 64 in the middle; for 2/3 x 2/3 of pad's 64 x 21 in the middle.
	ok "the map lies where the network looked" perl -e 'local $/; my ($fit, $f) = @ARGV; open F, "<", $f; my @v = unpack "(f<)*",
		substr <F>, -96 * 32 * 4; my @m = split " ", <STDIN>; for my $y (0 .. 31) { for my $x (0 .. 95) {
		my ($v, $w) = ($v[$y * 96 + $x], 0);
		if ($fit eq "crop" && $x >= 32 && $x < 64) { $w += $m[(2 * $y + $_ % 2) * 64 + 2 * ($x - 32) + int($_ / 2)] / 4 for 0 .. 3 }
		if ($fit eq "pad") { my ($r, $c) = (21 + ($y + .5) * 21 / 32 - .5, ($x + .5) * 64 / 96 - .5);
			$r = 21 if $r < 21; $r = 41 if $r > 41; $c = 0 if $c < 0; $c = 63 if $c > 63;
			for (0 .. 3) { my ($i, $j) = (int($r) + $_ % 2, int($c) + int($_ / 2));
				$w += (1 - abs($i - $r)) * (1 - abs($j - $c)) * $m[($i > 63 ? 63 : $i) * 64 + ($j > 63 ? 63 : $j)] } }
		$some |= $w > .5; die "$y $x: $v $w" if abs($v - $w) > 1e-4 } } exit !$some' $fit $fit/wide.npy < <(floats map 0 out)
done

# --- what passes, what is refused
printf x >bad.jpeg
cxr-prep -q -s 64 A/001.pgm bad.jpeg B/001.pgm 2>/dev/null >some
exits "an error record passes" 0 cxr-cam -m m some
is "and the others are mapped" "$(cxr-show out | grep -c 'map F32')" 2
exits "another model's scores" 1 cxr-cam -m two scored
like "are refused" "$(cat err)" "another model's"
not_ok "and nothing looks whole" cxr-show out
cxr-prep -q -s 32 A/001.pgm >small
exits "another recipe" 1 cxr-cam -m m small
like "says both" "$(cat err)" "size=32x32.*size=64x64"
head -c 60000 scored >short
exits "a cut stream" 1 cxr-cam -m m short
not_ok "its result is no whole stream" cxr-show out
: >empty
exits "an empty stream" 1 cxr-cam -m m empty
exits "no model" 2 cxr-cam scored
exits "a model that is none" 1 cxr-cam -m scored scored
exits "a directory" 1 cxr-cam -m m A
exits "an unknown option" 2 cxr-cam --nonsense
exits "two streams" 2 cxr-cam -m m scored u8
exits "a closed pipe" 141 bash -c 'cxr-cam -m m scored | head -c 10 > /dev/null; exit "${PIPESTATUS[0]}"'


# --- what is painted, and on which scale
exits "not called, not painted" 0 cxr-cam -m m -o called --class A scored
exits "but when asked" 0 cxr-cam -m m -o every --class A --paint all --scale own scored
exits "the images alone" 0 cxr-cam -m m -o plain --style image scored
cxr-infer -q -m m -t scored | awk -F'\t' 'NR > 1 { for (i = 1; i < NF; i++); print $(NF - 1) }' >answers
n=0 wrong=0
for f in called/*.png; do # a map may have nothing to show
	n=$((n + 1))
	[ "$(sed -n ${n}p answers)" = A ] || cmp -s "$f" "plain/${f#called/}" || wrong=$((wrong + 1))
done
is "the X-ray where another class is called" "$wrong of $n" "0 of 12"
not_ok "else the map" test "$(cat every/*.png | cksum)" = "$(cat called/*.png | cksum)"
exits "a scale of few logits" 0 cxr-cam -m m -o few --paint all --scale 0.01 scored
exits "and of many" 0 cxr-cam -m m -o many --paint all --scale 1e6 scored
ok "nothing is left of the heat" test "$(cat many/*.png | cksum)" = "$(cat plain/*.png | cksum)"
exits "by themselves" 0 cxr-cam -m m -o own --paint all --scale own --style heat scored
exits "a scale that is not given" 0 cxr-cam -m m -o free --paint all --style heat scored
exits "and 20 logits in every image" 0 cxr-cam -m m -o all20 --paint all --style heat --scale 20 scored
not_ok "is none of its own where maps stay below" test "$(cat own/*.png | cksum)" = "$(cat free/*.png | cksum)"
ok "but 20 logits" test "$(cat all20/*.png | cksum)" = "$(cat free/*.png | cksum)"
not_ok "all of it is there" test "$(cat few/*.png | cksum)" = "$(cat plain/*.png | cksum)"
exits "boxes" 0 cxr-cam -m m -o contour --style contour --boxes-out boxes.tsv scored
is "have a table" "$(head -n 1 boxes.tsv | tr '\t' ' ')" "image x y width height peak_x peak_y peak share map class p called label patient outline"
ok "within the file" awk -F'\t' 'NR > 1 && $2 != "" { n++; bad += $2 < 0 || $3 < 0 || $2 + $4 > 64.001 || $3 + $5 > 64.001 || $6 < $2 || $6 > $2 + $4 }
	END { exit !n || bad }' boxes.tsv
ok "outlines within their boxes" awk -F'\t' 'NR > 1 && $2 != "" {
		n = split($16, p, "[ ,]")
		bad += n < 8 || n % 2
		for (i = 1; i < n; i += 2)
			bad += p[i] < $2 - .001 || p[i] > $2 + $4 + .001 || p[i + 1] < $3 - .001 || p[i + 1] > $3 + $5 + .001
	} END { exit NR < 2 || bad }' boxes.tsv
exits "which is a truth" 0 cxr-cam -m m --box-threshold otsu --measure hit --truth boxes.tsv -t scored
ok "that its peaks hit" awk -F'\t' '$7 ~ /^gradcam/ && $8 != "" { n++; bad += $8 < 1 } END { exit !n || bad }' out
exits "which are found or not" 0 cxr-metrics froc --truth boxes.tsv -o froc.tsv boxes.tsv
is "all of them by themselves" "$(awk -F'\t' '$1 == "froc_8" {print $3}' out) $(tail -n 1 froc.tsv | cut -f3,4)" "1 0	1"
ok "with an interval as wide as they are few" awk -F'\t' '$1 == "froc_8" { ok = $4 > 0 && $4 < 1 && $5 == 1 } END { exit !ok }' out
exits "no truth" 2 cxr-metrics froc boxes.tsv
exits "half of the maximum" 0 cxr-cam -m m --box-threshold half --boxes-out half.tsv scored
exits "as a share" 0 cxr-cam -m m --box-threshold .5 --boxes-out share.tsv scored
ok "the same" cmp half.tsv share.tsv
for o in "--paint x" "--scale 0" "--box-threshold 2"; do
	# shellcheck disable=SC2086 # an option and its value
	exits "$o" 2 cxr-cam -m m $o scored
done
# --- one file for all
exits "into a tar" 0 cxr-cam -m m --method gradcam,gradient -o maps.tar -t scored
cp out one.tsv
exits "by other threads and batches" 0 cxr-cam -m m --method gradcam,gradient -j 3 --batch 2 -o again.tar -t scored
ok "the same bytes" cmp maps.tar again.tar
exits "into a folder" 0 cxr-cam -m m --method gradcam,gradient -o in-folder -t scored
ok "the same table" cmp out one.tsv
mkdir untarred
tar xf maps.tar -C untarred
ok "the same files" diff -r untarred in-folder
exits "a tar is not gone on with" 2 bash -c 'cxr-cam -m m --resume --shard 1/1 -o maps.tar -t scored >>resumed.tsv'
ln scored scored.tar
exits "nor written over its input" 1 cxr-cam -m m -o scored.tar -t scored
exits "a full disk" 1 cxr-cam -m m -o /dev/full.tar/x.tar -t scored
exits "boxes over their input" 1 cxr-cam -m m --boxes-out scored scored
done_testing
