#!/usr/bin/perl
# make.pl DIR: small files that ask for much: memory, time, or places that are not theirs. Each is named after its kind.
# What a file is for, and what has to become of it, stands in hostile.t.
use strict;
use warnings;

use FindBin;
require "$FindBin::Bin/bytes.pl";

my $dir = shift or die "make.pl DIR\n";
mkdir $dir;
chdir $dir or die "$dir: $!\n";

# ---- streams and models

my $head = sub { return record('{' . meta(['cxr', 'head'], ['version', '1'], ['classes', 'A,B'], @_) . '}'); };

# A header of 12 MB of empty objects, each of which takes 300 bytes of memory; deep ones; one long number.
packed('objects.cxr.gz', 'gzip -1', record('{"a":[' . '{},' x 4_000_000 . '{}]}'));
put('deep.cxr', record('{"a":' . '[' x 100_000));
put('digits.cxr', record('{"a":' . '9' x 1_000_000 . '}'));
put('claims.cxr', pack('Q<', 99_999_999), '{"a":1');
put('data.cxr', record('{' . meta(['cxr', 'item']) . ',"image":{"dtype":"F32","shape":[1000000,1000000,3],'
	. '"data_offsets":[0,12000000000000]}}'));

# An architecture whose parameters take 2 GB, and a recipe of 4 billion pixels, in files of a few hundred bytes.
my $recipe = 'size=224x224 channels=3 fit=squash kernel=linear shrink=full depth=8 mean=0.485,0.456,0.406 '
	. 'std=0.229,0.224,0.225';
sub model {
	my ($arch, $size, @more) = @_;
	(my $r = $recipe) =~ s/224x224/$size/;
	return record('{' . meta(['arch', $arch], ['classes', 'A,B'], ['cxr', 'net'], ['recipe', $r], @more) . '}');
}
put('wide.model', model('resnet18:head=16384,16384,16384:classes=1', '224x224'));
put('large.model', model('resnet18:classes=1', '65536x65536'));

# An image of no channels, of no pixels; one of an original of 65536 x 65536, with a box as large.
sub item {
	my ($shape, @data) = @_;
	my $n = length join '', @data;
	return record('{' . meta(['cxr', 'item'], ['id', 'a'], ['index', '0'], ['label', 'A'], ['width', '65536'],
		['height', '65536']) . ",\"image\":{\"dtype\":\"U8\",\"shape\":$shape,\"data_offsets\":[0,$n]}}", @data);
}
sub stream { return stream_of([], @_); }
sub stream_of {
	my ($more, $n, @items) = @_;
	(my $r = $recipe) =~ s/224x224/32x32/;
	my $bytes = join '', $head->(['recipe', $r], @$more), @items;
	my $crc = sprintf '%08x', crc32($bytes);
	return $bytes, record('{' . meta(['cxr', 'tail'], ['items', $n], ['errors', '0'], ['crc32', $crc]) . '}');
}
put('channels.cxr', stream(1, item('[32,32,0]')));
put('pixels.cxr', stream(1, item('[0,0,3]')));
put('boxes.cxr', stream(1, item('[32,32,3]', map { chr($_ * $_ % 251) } 1 .. 3072)));
put('items.cxr', (stream_of([['items', 2]], 1, item('[32,32,3]', map { chr($_ * $_ % 251) } 1 .. 3072))));
put('shard.cxr', stream_of([['shard', '3/2']], 0));
put('commas.cxr', record('{' . meta(['cxr', 'head'], ['version', '1'], ['classes', 'A,B,']) . '}'));
put('boxes.tsv', "image\tx\ty\twidth\theight\na\t0\t0\t65536\t65536\n");

# ---- lists and tables

my $columns = 60_000;
packed('columns.list.gz', 'gzip -1', join("\t", 'path', map { "c$_" } 2 .. $columns), "\n",
	("a" . "\t" x ($columns - 1) . "\n") x 200);
packed('rows.list.gz', 'gzip -1', "a\n" x 5_000_000);
packed('line.list.gz', 'gzip -1', 'a' x 20_000_000);
put('bangs.list', map { ('!/' x 30_000) . "$_.png\n" } 1 .. 30);
packed('scores.tsv.gz', 'gzip -1', "id\tlabel\tpatient\tsplit\tz_0\tp_A\tp_B\tpred\tstatus\n",
	"a\tA\tp\ttest\t1\t.3\t.7\tB\tok\n" x 2_000_000);

# Whole rows, but the last lacks its newline: nothing says that its last word is whole.
put('cut.scores', "id\tlabel\tpatient\tsplit\tz_0\tp_A\tp_B\tpred\tstatus\n", "a\tA\tp\ttest\t1\t.3\t.7\tB\tok\n",
	"b\tB\tp\ttest\t1\t.3\t.7\tB\tok");
put('cut.maps', "id\tlabel\tpatient\tsplit\tclass\tp\tmap\thit\tstatus\n", "a\tA\tp\ttest\tB\t.5\tgradcam\t1\tok");
put('cut.list', "path\tlabel\tpatient\tsplit\n", "a.png\tA\tp\ttrain\n", "b.png\tB\tp\ttr");
put('cut.boxes', "image\tx\ty\twidth\theight\n", "a\t0\t0\t16\t1");
put('cut.setting', "setting\tvalue\n", "threshold\t0.1");
put('cut.csv', "path,label,patient\n", "a.png,A,p\n", "b.png,B");

# Two tables in one file, an image twice, boxes that are none.
my @score_rows = ("id\tlabel\tp_A\tp_B\tstatus\n", "a\tA\t.6\t.4\tok\n", "b\tB\t.4\t.6\tok\n");
my @map_rows = ("id\tlabel\tpatient\tclass\tmap\thit\tstatus\n", "a\tB\tp\tB\tgradcam\t1\tok\n", "b\tB\tp\tB\tgradcam\t1\tok\n");
put('two.maps', @map_rows, @map_rows);
put('again.maps', @map_rows, $map_rows[1]);
put('twice.maps', @map_rows, $map_rows[2]);
put('columns.maps', map { /^(.*)\n/; "$1\t0\n" } "id\tlabel\tpatient\tclass\tmap\thit\tstatus\thit\n");
put('many.boxes', "image\tx\ty\twidth\theight\n", "a\t0\t0\t16\t16\n" x 60000);
put('side.boxes', "image\tx\ty\twidth\theight\n", "a\t0\t0\t16\t-16\n");
put('ragged.boxes', "image\tx\ty\twidth\theight\n", "a\t0\t0\t16\t16\t1\n");

# gzip whose bytes are not those that were packed.
sub miscounted {
	my ($name, @bytes) = @_;
	packed($name, 'gzip', @bytes);
	open my $f, '+<', $name or die;
	binmode $f;
	seek $f, -8, 2;
	print $f 'abcd';
	close $f or die;
}
miscounted('crc.scores.gz', @score_rows);

# ---- archives

my @zeros = ("\0" x 1_048_576) x 200;
packed('bomb.tar.gz', 'gzip -9', (map { (member("$_.png", 200 << 20), @zeros) } 1 .. 2), "\0" x 1024);
my $links = 1000;
packed('links.tar.gz', 'gzip -1', (map { (member("a/$_.png", 512), chr($_ % 256) x 512) } 1 .. $links),
	(map { member("b/" . ($links - $_) . ".png", 0, '1', "a/" . ($links - $_) . ".png") } 0 .. $links - 1), "\0" x 1024);

# Bytes behind the end of an archive, and two archives in one file.
my $pgm = "P5\n4 4\n255\n" . 'a' x 16;
sub tarball { my ($name) = @_; return join '', member($name, length $pgm), $pgm, "\0" x (1536 - length($pgm)); }
my $zip = zip(['N/a.pgm', 0, $pgm, length $pgm, crc32($pgm)]);
put('behind.tar', tarball('N/a.pgm'), 'behind' x 200);
put('two.tar', tarball('N/a.pgm'), tarball('N/b.pgm'));
packed('behind.tar.gz', '(gzip && printf behind)', tarball('N/a.pgm'));
packed('behind.tar.bz2', '(bzip2 && printf behind)', tarball('N/a.pgm'));
packed('behind.cxr.gz', '(gzip && printf behind)', stream(0));
miscounted('crc.tar.gz', tarball('N/a.pgm'));
put('behind.zip', $zip, 'behind');
put('two.zip', $zip, $zip);
my $empty = pack('Q< Q< V', 0, 0, 0);
put('behind.7z', "7z\xbc\xaf\x27\x1c\0\4", pack('V', crc32($empty)), $empty, 'behind');

# ---- weights

# Many MiB of zeros as deflate packs them: cut out of what gzip writes.
sub deflated {
	my ($times) = @_;
	open my $f, '-|', "perl -e 'print \"\\0\" x 1048576 for 1 .. $times' | gzip -9n" or die;
	binmode $f;
	local $/;
	my $gz = <$f>;
	return (substr($gz, 10, -8), unpack('V', substr($gz, -8, 4)));
}
my ($zeros, $crc) = deflated(100);
put('large.npz', zip(map { ["a$_.npy", 8, $zeros, 100 << 20, $crc] } 1 .. 4));

# OrderedDict(list) copies its list: one is filled, and copied as often as the file has room for. A memo of two billion
# places. A chain of tuples, each holding the one before twice.
sub torch { my ($pkl) = @_; return zip(['a/data.pkl', 0, $pkl, length $pkl, crc32($pkl)]); }
my $ordered = "ccollections\nOrderedDict\n";
put('copies.pth', torch("\x80\2(" . "]q\0(" . "K\1K\1\x86" x 3000 . 'e' . "${ordered}h\0\x85R" x 3000 . 't.'));
put('memo.pth', torch("\x80\2}r" . pack('V', 0x7fffffff) . '.'));
put('chain.pth', torch("\x80\2)" . "q\0h\0\x86" x 3000 . '.'));

# ---- images

put('scans.jpg', jpeg(2000, 2000, 5000));
put('huge.jpg', jpeg(65500, 65500, 1));
put('segments.jpg', "\xff\xd8", segment(0xe1, 'x') x 100_000, "\xff\xd9");
# Sequences in sequences, without end: twenty bytes a level.
put('nested.dcm', dicom(), pack('v2 a2 v V v2 V', 0x40, 0xa730, 'SQ', 0, 0xffffffff, 0xfffe, 0xe000, 0xffffffff) x 100_000);
put('huge.pgm', "P5\n65536 65536\n255\n");
put('huge.npy', "\x93NUMPY\1\0" . pack('v', 118) . "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 1000000000)}"
	. ' ' x 47 . "\n");

put('huge.png', png(65535, 65535, 1));
put('icc.png', png(8, 8, 8, chunk('iCCP', "n\0\0\x78\x9c$zeros")));
put('text.png', png(8, 8, 8, chunk('zTXt', "n\0\0\x78\x9c$zeros")));
my @gray = ([258, 8], [259, 1], [262, 1]);
put('huge.tif', tiff(0, [256, 1_000_000], [257, 1_000_000], @gray, [273, 8], [277, 1], [278, 1_000_000], [279, 4]));
put('tile.tif', tiff(0, [256, 16], [257, 16], @gray, [277, 1], [322, 1 << 20], [323, 1 << 20], [324, 8], [325, 4]));
put('strip.tif', tiff(0, [256, 16], [257, 16], @gray, [273, 8], [277, 1], [278, 0xffffffff], [279, 0xfffffff0]));
put('loop.tif', tiff(8, [256, 4], [257, 4], @gray, [273, 8], [277, 1], [278, 4], [279, 16]));
put('huge.gif', gif(65535, 65535, frame(65535, 65535)));
put('frames.gif', gif(64, 64, frame(64, 64) x 200_000));
put('huge.webp', 'RIFF', pack('V', 22), 'WEBPVP8L', pack('V', 10), "\x2f\xff\xff\xff\x0f", "\0" x 5);
put('frames.dcm', dicom(), dicom_pixels(65535, 65535, '2147483647 ', "\0" x 64));
put('deflated.dcm', dicom('1.2.840.10008.1.2.1.99'), inflated());

# A data set of 162 MB of zeros, deflated.
sub inflated {
	my $d = Compress::Zlib::deflateInit(-WindowBits => -15, -Level => 9);
	my $out = $d->deflate(substr(dicom_pixels(9000, 9000, '1 ', "\0" x 8), 0, -12) . pack('V', 162_000_000));
	$out .= $d->deflate("\0" x 1_000_000) for 1 .. 162;
	return $out . $d->flush;
}

# ---- tables of too many columns, or of one long cell

packed('columns.csv.gz', 'gzip -1', join(',', 'path', map { "c$_" } 2 .. 1_000_000), "\n", 'a', ',' x 999_999, "\n");
packed('quote.csv.gz', 'gzip -1', "path,label\n\"", "a\n" x 20_000_000);
packed('classes.tsv.gz', 'gzip -1', join("\t", 'id', 'label', map { "p_$_" } 1 .. 5000), "\n");
