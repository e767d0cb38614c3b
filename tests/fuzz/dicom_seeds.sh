#!/bin/bash
# dicom_seeds.sh DIR: makes the seeds of fuzz_image_dicom, small made-up films in each transfer syntax and header of
# note, with DCMTK's tools (JPEG 2000: gdcmconv, where it is). They are committed in corpus/image_dicom.
set -eu
mkdir -p "$1"
dir=$(cd "$1" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
perl -e 'print pack("v*", map { $_ * 64 } 0 .. 63)' >words
perl -e 'print pack("C*", map { $_ * 4 } 0 .. 63)' >bytes

film() { # NAME LINE...: 8 x 8 pixels of 12 bits; lines replace those of the header or add to it; $SEQUENCE comes last
	local name=$1
	shift
	{
		[ $# = 0 ] || printf '%s\n' "$@"
		printf '%s\n' '(0008,0016) UI =ComputedRadiographyImageStorage' '(0008,0018) UI [2.25.1]' '(0008,0060) CS [CR]' \
			'(0010,0020) LO [1]' '(0018,5101) CS [PA]' '(0020,000d) UI [2.25.2]' '(0020,000e) UI [2.25.3]' \
			'(0028,0002) US 1' '(0028,0004) CS [MONOCHROME2]' '(0028,0010) US 8' '(0028,0011) US 8' '(0028,0100) US 16' \
			'(0028,0101) US 12' '(0028,0102) US 11' '(0028,0103) US 0' '(7fe0,0010) OW =words'
	} | awk '!seen[$1]++' | sort | awk -v sequence="${SEQUENCE-}" '/^.7fe0/ && sequence { print sequence } { print }' >dump
	dump2dcm -q +te dump "$name"
}
film explicit
film byte '(0028,0100) US 8' '(0028,0101) US 8' '(0028,0102) US 7' '(7fe0,0010) OB =bytes'
film window '(0028,0004) CS [MONOCHROME1]' '(0028,0103) US 1' '(0028,0120) SS -4' '(0028,1050) DS [100]' \
	'(0028,1051) DS [600]' '(0028,1052) DS [-24]' '(0028,1053) DS [1.5]' '(0028,1056) CS [SIGMOID]'
film big '(0028,0010) US 65535' '(0028,0011) US 65535'
film frames '(0028,0008) IS [2]'
film colour '(0028,0002) US 3' '(0028,0004) CS [RGB]'
SEQUENCE='(0028,3010) SQ (Sequence with undefined length)
(fffe,e000) na
(0028,3002) US 4\\0\\12
(0028,3006) US 0\\16\\300\\4095
(fffe,e00d) na
(fffe,e0dd) na' film voi
dcmconv -q +ti explicit implicit
dcmconv -q +tb explicit big_endian
dcmconv -q +td explicit deflated
dcmconv -q -F +ti explicit no_meta
dcmcrle -q explicit rle
dcmcjpeg -q +eb byte jpeg_baseline
dcmcjpeg -q +ee explicit jpeg_extended
dcmcjpeg -q +el explicit jpeg_lossless
dcmcjpeg -q +e1 explicit jpeg_lossless1
dcmcjpls -q +el explicit jpegls
dcmcjpls -q +en explicit jpegls_near
gdcmconv --j2k explicit j2k && gdcmconv --j2k --lossy explicit j2k_lossy || echo "no gdcmconv: no JPEG 2000" >&2
rm -f words bytes dump
cp ./* "$dir"
