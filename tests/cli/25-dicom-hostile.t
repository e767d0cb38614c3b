#!/bin/bash
# Small films in every transfer syntax (tests/fuzz/dicom_seeds.sh makes them): alike where they are lossless, and refused
# when cut, when their code streams are cut or flipped, when their headers cannot be.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
unset CXR_KEY_FILE
cp -r "$top/tests/fuzz/corpus/image_dicom" f
lossless=(explicit implicit big_endian deflated no_meta rle jpeg_lossless jpeg_lossless1 jpegls j2k)
lossy=(byte jpeg_baseline jpeg_extended jpegls_near j2k_lossy)

prep() { cxr-prep -q --no-sha --recipe gray -s 8 "$@"; }
prep f/explicit >want 2>err
for s in "${lossless[@]}"; do
	prep "f/$s" >got
	ok "$s: the same values" bash -c 'cmp <(cxr-show --item 0 --npy image got) <(cxr-show --item 0 --npy image want)'
done
for s in "${lossy[@]}" window voi; do exits "$s is read" 0 bash -c "cxr-prep -q --recipe gray -s 8 f/$s >got"; done

# refuses TEXT FILE: exit 3, one line that says why
refuses() {
	exits "$1: refused" 3 timeout 20 cxr-prep -q --recipe gray -s 8 "$2"
	like "and says so" "$(cat err)" "^cxr-prep: $2: cannot decode: [^:]+.*$"
}
for s in "${lossless[@]:0:7}"; do
	for p in 30 70 99; do
		head -c $(($(stat -c %s "f/$s") * p / 100)) "f/$s" >short
		[ $p = 30 ] || refuses "$s cut at $p %" short
	done
done

# change NAME HOW: the code stream of f/NAME, one fragment, is cut to a half or loses its middle to ones; the DICOM file
# around it stays whole. Makes `bad`.
change() {
	perl -e 'local $/; my ($how, $b) = ($ARGV[1], do { open my $f, "<", $ARGV[0]; <$f> });
		my $at = index($b, "\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff") + 12;
		for (0, 1) { my ($tag, $n) = unpack "VV", substr $b, $at; $at += 8; last if $_; $at += $n; }
		my $n = unpack "V", substr $b, $at - 4, 4;
		my $s = substr $b, $at, $n;
		if ($how eq "cut") { $s = substr $s, 0, $n / 4 * 2 } else { substr($s, $n / 2 - 8, 16) ^= "\xff" x 16 }
		print substr($b, 0, $at - 4), pack("V", length $s), $s, substr $b, $at + $n' "f/$1" "$2" >bad
}
for s in rle jpeg_baseline jpeg_extended jpeg_lossless jpeg_lossless1 jpegls jpegls_near j2k; do
	change $s cut
	refuses "$s, code stream cut" bad
done
for s in jpegls jpegls_near jpeg_lossless1 jpeg_extended; do
	change $s flip
	run cxr-prep -q --recipe gray -s 8 bad
	ok "$s, flipped bits: read or refused" test "$rc" = 0 -o "$rc" = 3
done

# --- headers: set NAME TAG BYTES: the value of an element (group and element as written) of f/NAME
set_value() {
	perl -e 'local $/; open my $f, "<", $ARGV[0]; $_ = <$f>; my $tag = pack "v2", map { hex } @ARGV[1, 2];
		my $at = index $_, $tag . "US"; substr($_, $at + 8, 2) = pack "v", $ARGV[3]; print' "f/$1" "$2" "$3" "$4" >bad
}
hostile() { # WORDS ELEMENT VALUE
	set_value explicit 0028 "$2" "$3"
	refuses "(0028,$2) $3" bad
	like "for what it is" "$(cat err)" "$1"
}
hostile 'no pixels' 0010 0
hostile 'no pixels' 0011 0
hostile 'cut short or damaged' 0010 65535
hostile '32 bits allocated' 0100 32
hostile '0 bits allocated' 0100 0
hostile 'cannot be' 0101 17
hostile 'cannot be' 0101 0
hostile 'cannot be' 0102 10
hostile 'cannot be' 0102 65535
hostile '3 samples' 0002 3
hostile '0 samples' 0002 0
refuses "65,535 x 65,535" f/big
refuses "two frames" f/frames
refuses "RGB" f/colour
perl -0777 -pe 's/(\x02\0\x10\0UI)\x14\0(1.2.840.10008.1.2.1\0)/$1\x18\0001.2.840.10008.1.2.4.100\0/; s/(\x02\0\0\0UL\x04\0)(....)/$1 . pack("V", unpack("V", $2) + 4)/se' \
	f/explicit >syntax
refuses "a transfer syntax that is not read" syntax
like "is called by number and name" "$(cat err)" '1\.2\.840\.10008\.1\.2\.4\.100 \(MPEG video\)'
perl -0777 -pe 's/(\x02\0\x02\0UI)\x1a\0.{26}/$1\x14\0001.2.840.10008.1.3.10/s; s/(\x02\0\0\0UL\x04\0)(....)/$1 . pack("V", unpack("V", $2) - 6)/se' \
	f/explicit >DICOMDIR
refuses "a DICOMDIR" DICOMDIR
like "is called so" "$(cat err)" 'a DICOMDIR, which is an index'
done_testing
