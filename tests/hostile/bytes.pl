# Files put together byte by byte: streams, archives and images, for make.pl and double.pl.
use strict;
use warnings;
use Compress::Zlib ();

sub put {
	my ($name, @bytes) = @_;
	open my $f, '>', $name or die "$name: $!\n";
	binmode $f;
	print $f @bytes;
	close $f or die "$name: $!\n";
}

# The same through a compressor: a file whose size says nothing.
sub packed {
	my ($name, $program, @bytes) = @_;
	open my $f, '|-', "$program >'$name'" or die "$program: $!\n";
	binmode $f;
	print $f @bytes;
	close $f or die "$name: $program failed\n";
}

# ---- a record of a stream, and its metadata

sub record {
	my ($header, @data) = @_;
	$header .= ' ' x (-(8 + length $header) % 64);
	return (pack('Q<', length $header), $header, @data);
}
sub meta { return '"__metadata__":{' . join(',', map { "\"$_->[0]\":\"$_->[1]\"" } @_) . '}'; }

# ---- archives

# The header of a tar's member; its data follow in blocks of 512.
sub member {
	my ($name, $size, $type, $link) = @_;
	my $h = pack('a100 a8 a8 a8 a12 a12 a8 a1 a100 a8 x247', $name, '0000644', '0000000', '0000000', sprintf('%011o', $size),
		'00000000000', ' ' x 8, $type // '0', $link // '', "ustar\00000");
	substr($h, 148, 8) = sprintf("%06o\0 ", unpack('%32C*', $h));
	return $h;
}
sub crc32 { return Compress::Zlib::crc32($_[0]); }

sub zip {    # members [name, method, stored bytes, size, crc]
	my ($at, $body, $directory) = (0, '', '');
	for my $m (@_) {
		my ($name, $method, $bytes, $size, $crc) = @$m;
		my $common = pack('v5 V3 v2', 20, 0, $method, 0, 0x21, $crc, length $bytes, $size, length $name, 0);
		my $local = "PK\3\4$common$name$bytes";
		$directory .= "PK\1\2" . pack('v', 20) . $common . pack('v3 V2', 0, 0, 0, 0, length $body) . $name;
		$body .= $local;
	}
	return $body . $directory . "PK\5\6" . pack('v4 V2 v', 0, 0, scalar @_, scalar @_, length $directory, length $body, 0);
}
# ---- JPEG

sub segment { my ($marker, $bytes) = @_; return "\xff" . chr($marker) . pack('n', 2 + length $bytes) . $bytes; }

# A progressive JPEG whose scans cost a pass over all pixels and a few bytes each.
sub jpeg {
	my ($width, $height, $scans) = @_;
	return "\xff\xd8" . segment(0xdb, "\0" . "\1" x 64) . segment(0xc2, pack('C n n C', 8, $height, $width, 1) . "\1\x11\0")
		. segment(0xc4, "\0\1" . "\0" x 15 . "\0") . segment(0xc4, "\x10\0\1" . "\0" x 14 . "\xe0")
		. (segment(0xda, "\1\1\0\1\x3f\0") . "\0\0\0\0") x $scans . "\xff\xd9";
}

# ---- PNG, TIFF, GIF

sub chunk { my ($type, $bytes) = @_; return pack('N', length $bytes) . $type . $bytes . pack('N', crc32($type . $bytes)); }
sub png {    # gray, 8 bits; all 0. MORE: chunks between
	my ($width, $height, $rows, @more) = @_;
	return join '', "\x89PNG\r\n\x1a\n", chunk('IHDR', pack('N2 C5', $width, $height, 8, 0, 0, 0, 0)), @more,
		chunk('IDAT', Compress::Zlib::compress("\0" x (($width + 1) * $rows))), chunk('IEND', '');
}
# Entries [tag, value], all of one LONG; the next directory's place. What is behind is at byte 8 + 6 + 12 * entries.
sub tiff {
	my ($next, @entries) = @_;
	return "II*\0" . pack('V v', 8, scalar @entries)
		. join('', map { pack('v2 V2', $_->[0], 4, 1, $_->[1]) } @entries) . pack('V', $next);
}
sub gif {
	my ($width, $height, @frames) = @_;
	return join '', 'GIF89a', pack('v2 C3', $width, $height, 0x80, 0, 0), "\0\0\0\xff\xff\xff", @frames, ';';
}
sub frame { my ($width, $height) = @_; return ',' . pack('v4 C', 0, 0, $width, $height, 0) . "\2\2\x44\1\0"; }

# ---- DICOM

# A file's first part, explicit little-endian, before its data set.
sub dicom {
	my ($syntax) = @_;
	my $meta = join '', map { pack('v2 a2 v', 2, $_->[0], 'UI', length $_->[1]) . $_->[1] }
		([2, "1.2.840.10008.5.1.4.1.1.1\0"], [3, '1.2.3.'], [0x10, $syntax // "1.2.840.10008.1.2.1\0"]);
	$meta = pack('v2 a2 v V', 2, 1, 'OB', 0, 2) . "\0\1" . $meta;
	return "\0" x 128 . 'DICM' . pack('v2 a2 v V', 2, 0, 'UL', 4, length $meta) . $meta;
}
# Gray pixels of 16 bits, so many claimed.
sub dicom_pixels {
	my ($rows, $columns, $frames, $bytes) = @_;
	return join '', map({ pack('v2 a2 v a*', 0x28, $_->[0], $_->[1], length $_->[2], $_->[2]) }
			[2, 'US', pack('v', 1)], [4, 'CS', 'MONOCHROME2 '], [8, 'IS', $frames], [0x10, 'US', pack('v', $rows)],
			[0x11, 'US', pack('v', $columns)], [0x100, 'US', pack('v', 16)], [0x101, 'US', pack('v', 16)],
			[0x102, 'US', pack('v', 15)], [0x103, 'US', pack('v', 0)]),
		pack('v2 a2 v V', 0x7fe0, 0x10, 'OW', 0, length $bytes), $bytes;
}

1;
