# shellcheck shell=bash
# For the tests of cxr-train and cxr-infer: images of two classes that anybody can tell apart.

# images N: N of each in A/ and B/, 32x32, dark blobs on noise, left or right; the number decides every pixel
images() {
	mkdir -p A B
	perl -e 'for my $k (0, 1) { for my $i (1 .. $ARGV[0]) {
		my ($s, $p) = (1 + $i * 7919 + $k * 104729, "");
		my ($cx, $cy) = (8 + 15 * $k + $i % 3, 10 + $i % 11);
		for my $y (0 .. 31) { for my $x (0 .. 31) {
			$s = ($s * 1103515245 + 12345) % 2147483648;
			my $near = ($x - $cx) ** 2 + ($y - $cy) ** 2 < 40;
			$p .= chr(120 + ($s >> 16) % 60 - ($near ? 90 : 0)); } }
		open my $f, ">", sprintf("%s/%03d.pgm", $k ? "B" : "A", $i) or die; binmode $f;
		print $f "P5\n32 32\n255\n$p"; close $f; } }' "$1"
}
# field NAME FILE: the values of a metadata field, one a line
field() { grep -ao "\"$1\":\"[^\"]*\"" "$2" | cut -d'"' -f4; }
