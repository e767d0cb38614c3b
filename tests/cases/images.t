#!/bin/bash
# Images and masks that once were read as something else without a word. All is made here, but a JPEG of the unit tests.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"

# scene FILE DEPTH FACTOR: 96 x 80 pixels, noise and a bright square, times FACTOR, of 8 or 16 bits
scene() {
	perl -e 'my ($depth, $factor) = @ARGV; srand 7; printf "P5 96 80 %d\n", $depth == 8 ? 255 : 65535;
		for my $y (0 .. 79) { for my $x (0 .. 95) {
			my $v = (54 + int(rand 40) + (abs($x - 60) < 8 && abs($y - 30) < 8 ? 67 : 0)) * $factor;
			print $depth == 8 ? chr $v : pack "n", $v } }' "$2" "$3" >"$1"
}
# mask FILE VALUES...: background, object and, if there is a third, a border between them
mask() {
	mkdir -p "${1%/*}"
	perl -e 'my ($out, @v) = @ARGV; open my $f, ">:raw", $out; print $f "P5 96 80 255\n";
		for my $y (0 .. 79) { for my $x (0 .. 95) {
			my $d = abs($x - 60) > abs($y - 30) ? abs($x - 60) : abs($y - 30);
			print $f chr($d < 8 ? $v[1] : $d < 10 && @v > 2 ? $v[2] : $v[0]) } }' "$@"
}
cxr-phantom -q -n 8 -s 64 -o set
cxr-list -q set/chest | cxr-prep -q -s 64 --store u8 | cxr-train -q -a resnet18 --epochs 1 -o m >/dev/null
scene lesion.pgm 8 1
cxr-prep -q -m m lesion.pgm >lesion.cxr

# --- masks: two values are background and object, whatever they are
mask ones/lesion.pgm 0 1
mask full/lesion.pgm 0 255
mask odd/lesion.pgm 7 9
mask gray/lesion.pgm 0 255 128
for what in truth lungs; do
	measures=$([ $what = truth ] && echo hit,iou,pixel_auc || echo outside_lungs)
	for d in ones full odd; do
		cxr-cam -q -m m --measure "$measures" --$what $d -t lesion.cxr >$d.tsv
	done
	ok "--$what: something is measured" awk -F'\t' '$7 == "gaussian" { n += $8 ~ /^[0-9.e-]+$/ && $NF == "ok" } END { exit n != 1 }' full.tsv
	is "--$what: 0 and 1 are 0 and 255" "$(cat ones.tsv)" "$(cat full.tsv)"
	is "--$what: and so are any two" "$(cat odd.tsv)" "$(cat full.tsv)"
	run cxr-cam -q -m m --measure "$measures" --$what gray -t lesion.cxr
	ok "--$what: three values are an error" test "$rc" -ne 0
	like "--$what: that says what the mask holds" "$(cat err)" 'gray.*--mask-threshold'
done

# --- 12 bits in 16
scene dark.pgm 16 16
exits "12 bits in 16" 0 bash -c 'cxr-prep -s 48 --store u8 dark.pgm >dark.cxr'
like "are remarked on" "$(cat err)" 'less than a sixteenth of the range: dark.pgm has values from 864 to 2560 of 65535.*white='
exits "white that is said" 0 bash -c 'cxr-prep --recipe "size=48x48 white=4080" --store u8 dark.pgm >white.cxr'
is "is nothing to remark on" "$(cat err)" ""
cxr-prep -q -s 48 --store u8 lesion.pgm >light.cxr
# sum FILE: of all its bytes of pixels
sum() { cxr-show --item 0 --npy image "$1" | perl -0777 -ne 'my $s = 0; $s += $_ for unpack "C*", substr $_, 128; print $s'; }
ok "and gives the image of 8 bits" awk -v a="$(sum white.cxr)" -v b="$(sum light.cxr)" \
	'BEGIN { exit !(a > 1e5 && (a / b - 1) ^ 2 < .0001) }'
perl -e 'my ($h) = "{\x27descr\x27: \x27<u2\x27, \x27fortran_order\x27: False, \x27shape\x27: (80, 96), }"; $h .= " " x (117 - length $h) . "\n";
	print "\x93NUMPY\1\0", pack("v", length $h), $h; open my $f, "<:raw", "dark.pgm"; local $/; my $b = <$f>;
	print pack "v*", unpack "n*", substr $b, -15360' >dark.npy
exits "the same in an array" 0 bash -c 'cxr-prep -s 48 dark.npy >/dev/null'
like "is remarked on, too" "$(cat err)" 'dark.npy has values from 864 to 2560 of 65535'

# --- a scan header as some cameras write it
cp "$top/tests/image/data/gray.jpeg" right.jpg
perl -0777 -pe 's/(\xff\xda\0\x08\x01.\0\0)\x3f\0/$1\0\0/s' right.jpg >wrong.jpg
not_ok "a wrong parameter" cmp -s right.jpg wrong.jpg
pixels() { cxr-prep -q -s 16 "$1" >one.cxr && cxr-show --item 0 --npy image one.cxr | cksum; }
is "decodes to the same pixels" "$(pixels wrong.jpg)" "$(pixels right.jpg)"
head -c $(($(stat -c %s wrong.jpg) * 2 / 3)) wrong.jpg >cut.jpg
exits "cut short" 3 bash -c 'cxr-prep -s 16 cut.jpg >/dev/null'
like "it is refused as before" "$(cat err)" 'cut.jpg: cannot decode'
done_testing
