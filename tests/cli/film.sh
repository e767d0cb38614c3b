# shellcheck shell=bash
# Films in DICOM for tests/cli/*.t, with names, numbers, dates and places planted in their headers: $planted matches all.
[ -n "$(command -v dump2dcm)" ] || skip_all "dump2dcm is not installed"
unset CXR_KEY_FILE

perl -e 'print pack("v*", map { $_ * 16 } 0 .. 255)' >pixels.raw
perl -e 'print pack("v*", map { 4095 - $_ * 16 } 0 .. 255)' >inverse.raw
# film NAME LINE...: 16 x 16 pixels, 12 of 16 bits, 0 to 4080 in steps of 16 ($RAW: others); lines replace those of its
# header or add to them.
film() {
	local name=$1 raw=${RAW:-pixels.raw}
	shift
	{
		[ $# = 0 ] || printf '%s\n' "$@"
		printf '%s\n' '(0008,0016) UI =ComputedRadiographyImageStorage' "(0008,0018) UI [1.2.826.999.7.$RANDOM.$RANDOM]" \
			'(0008,0020) DA [20230405]' '(0008,0021) DA [20230406]' '(0008,0050) SH [ACC5551]' '(0008,0060) CS [CR]' \
			'(0008,0080) LO [PLANTED HOSPITAL]' '(0008,0081) ST [PLANTED STREET]' '(0008,0090) PN [PLANTED^REFERRER]' \
			'(0008,1010) SH [STATION77]' '(0008,1030) LO [PLANTED STUDY]' '(0008,103e) LO [PLANTED SERIES]' \
			'(0008,1070) PN [PLANTED^OPERATOR]' '(0010,0010) PN [PLANTED^NAME]' '(0010,0020) LO [PLANTEDID7]' \
			'(0010,0021) LO [PLANTED ISSUER]' '(0010,0030) DA [19530117]' '(0010,1000) LO [OTHERID99]' \
			'(0010,1040) LO [PLANTED ADDRESS]' '(0010,4000) LT [PLANTED COMMENT]' '(0018,1000) LO [SERIAL4242]' \
			'(0018,1030) LO [PLANTED PROTOCOL]' '(0018,5101) CS [PA]' '(0020,000d) UI [1.2.826.999.8.1]' \
			'(0020,000e) UI [1.2.826.999.9.1]' '(0020,0010) SH [STUDY888]' '(0020,4000) LT [PLANTED REMARK]' \
			'(0028,0002) US 1' '(0028,0004) CS [MONOCHROME2]' '(0028,0010) US 16' '(0028,0011) US 16' \
			'(0028,0100) US 16' '(0028,0101) US 12' '(0028,0102) US 11' '(0028,0103) US 0' "(7fe0,0010) OW =$raw"
	} | awk '!seen[$1]++' | sort >dump
	dump2dcm +te dump "$name" 2>dump.err || diag "$(cat dump.err)"
}
# shellcheck disable=SC2034 # for the tests
planted='PLANTED|19530117|2023040[56]|ACC5551|STATION77|SERIAL4242|STUDY888|OTHERID99|1\.2\.826\.999'
