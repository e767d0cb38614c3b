#!/usr/bin/perl
# double.pl [NAME...]: every parser on files of n and 2n parts: processor seconds of both, and how often the second takes
# the first. A parser whose time grows with the square of its input shows 4. Prints a table in Markdown.
use strict;
use warnings;
use File::Temp;
use FindBin;

require "$FindBin::Bin/bytes.pl";

my $dir = File::Temp->newdir;
chdir $dir or die;

my $recipe = 'size=32x32 channels=3 fit=squash kernel=linear shrink=full depth=8 mean=0.485,0.456,0.406 std=0.229,0.224,0.225';
my @head = record('{' . meta(['cxr', 'head'], ['version', '1'], ['classes', 'A,B'], ['recipe', $recipe]) . '}');

sub tail {
	my ($items, @bytes) = @_;
	return record('{' . meta(['cxr', 'tail'], ['items', $items], ['errors', '0'],
		['crc32', sprintf '%08x', crc32(join '', @bytes)]) . '}');
}
sub item {
	my ($index, $more, @meta) = @_;
	return record('{' . meta(['cxr', 'item'], ['id', "i$index"], ['index', $index], ['label', 'A'], @meta)
		. ',"image":{"dtype":"U8","shape":[1,1,3],"data_offsets":[0,3]}' . $more . '}', 'abc');
}
sub stream { my @items = @_; return (@head, @items, tail(scalar(grep { $_ eq 'abc' } @items), @head, @items)); }
sub tensors { my ($n) = @_; return join '', map { ",\"t$_\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[3,3]}" } 1 .. $n; }
sub torch { my ($pkl) = @_; return zip(['a/data.pkl', 0, $pkl, length $pkl, crc32($pkl)]); }
sub npy { return "\x93NUMPY\1\0" . pack('v', 56) . "{'descr': '|u1', 'fortran_order': False, 'shape': (0,)}\n"; }

my $png = "\x89PNG\r\n\x1a\n" . chunk('IHDR', pack('N2 C5', 1, 1, 8, 0, 0, 0, 0));
my $import = 'cxr-model import -a resnet18 -o out in';
my $score_head = "id\tlabel\tpatient\tsplit\tz_0\tp_A\tp_B\tpred\tstatus\n";

# Name, n, the command, and the bytes of n parts.
my @parsers = (
	['metadata of a record', 100_000, 'cxr-show in', sub { stream(item(0, '', map { ["k$_", 'v'] } 1 .. $_[0])) }],
	['tensors of a record', 50_000, 'cxr-show in', sub { stream(item(0, tensors($_[0]))) }],
	['objects in a header', 500_000, 'cxr-show in', sub { record('{"a":[' . '{},' x $_[0] . '{}]}') }],
	['records of a stream', 20_000, 'cxr-show in', sub { stream(map { item($_, '') } 0 .. $_[0] - 1) }],
	['classes of a stream', 50_000, 'cxr-show in',
		sub { my $c = join ',', map { "c$_" } 1 .. $_[0]; record('{' . meta(['cxr', 'head'], ['version', '1'], ['classes', $c]) . '}') }],
	['rows of a list', 200_000, 'cxr-list --audit - <in', sub { ("path\tlabel\tpatient\n", map { "a/$_.png\tA\tp$_\n" } 1 .. $_[0]) }],
	['split of a list', 100_000, 'cxr-list --split train=.8,val=.2 - <in', sub { ("path\tlabel\tpatient\n", map { "a/$_.png\tA\tp$_\n" } 1 .. $_[0]) }],
	['columns of a list', 5_000, 'cxr-prep -q - <in',
		sub { my $row = "\t" x ($_[0] - 1); join("\t", 'path', map { "c$_" } 2 .. $_[0]) . "\n" . "a$row\n" x 8 }],
	['names of !', 20, 'cxr-prep -q - <in', sub { map { '!/' x 20_000 . "$_.png\n" } 1 .. $_[0] }],
	['a name of !', 15_000, 'cxr-prep -q - <in', sub { '!/' x $_[0] . "a.png\n" }],
	['folders of a name', 50_000, 'cxr-list - <in', sub { 'a/' x $_[0] . "a.png\n" }],
	['labels of a list', 50_000, 'cxr-list --split train=.8,val=.2 - <in', sub { ("path\tlabel\n", map { "a/$_.png\tL$_\n" } 1 .. $_[0]) }],
	['rows of a table', 100_000, 'cxr-list --columns path=p,label=l in.csv', sub { ("p,l\n", map { "a/$_.png,A\n" } 1 .. $_[0]) }],
	['rows of scores', 50_000, 'cxr-metrics --bootstrap 20 in', sub { ($score_head, map { my $p = $_ % 97 / 97;
		join("\t", $_, $_ % 3 ? 'A' : 'B', "p$_", 'test', $p * 4 - 2, 1 - $p, $p, $p < .5 ? 'A' : 'B', 'ok') . "\n" } 1 .. $_[0]) }],
	['boxes of a table', 50_000, 'printf "image\\n" | cxr-metrics froc --truth in -', sub { ("image\tx\ty\twidth\theight\n",
		map { "a/$_.png\t1\t1\t9\t9\n" } 1 .. $_[0]) }],
	['boxes of a cell', 50_000, 'printf "image\\n" | cxr-metrics froc --truth in -', sub { ("path\tlesions\na.png\t",
		join(';', ('1,1,9,9') x $_[0]), "\n") }],
	['classes of scores', 400, 'cxr-metrics --bootstrap 20 in',
		sub { my $n = $_[0]; (join("\t", qw(id label patient split), (map { "p_c$_" } 1 .. $n), 'pred', 'status') . "\n",
			map { join("\t", $_, "c$_", "p$_", 'test', (map { 1 / $n } 1 .. $n), 'c1', 'ok') . "\n" } 1 .. 20) }],
	['members of a tar', 20_000, 'cxr-list in.tar', sub { ((map { (member("$_.png", 512), 'x' x 512) } 1 .. $_[0]), "\0" x 1024) }],
	['kinds in a tar', 5_000, 'cxr-list in.tar', sub { (member('a.png', 512), 'x' x 512, (map { member("a.k$_", 0) } 1 .. $_[0]), "\0" x 1024) }],
	['hard links of a tar', 1_000, 'cxr-list in.tar | cxr-prep -q', sub { my $n = $_[0]; ((map { (member("a/$_.png", 512), 'x' x 512) } 1 .. $n),
		(map { member('b/' . ($n - $_) . '.png', 0, '1', 'a/' . ($n - $_) . '.png') } 0 .. $n - 1), "\0" x 1024) }],
	['members of a zip', 20_000, 'cxr-list in.zip', sub { zip(map { ["$_.png", 0, '', 0, 0] } 1 .. $_[0]) }],
	['steps of a pickle', 400_000, $import, sub { torch("\x80\2N" . "\x85" x $_[0] . '.') }],
	['keys of a pickle', 100_000, $import, sub { torch("\x80\2}" . '(' . join('', map { 'X' . pack('V', length "k$_") . "k$_" . 'K1' } 1 .. $_[0]) . 'u.') }],
	['arrays of an .npz', 8_000, $import, sub { my $a = npy(); my $c = crc32($a); zip(map { ["a$_.npy", 0, $a, length $a, $c] } 1 .. $_[0]) }],
	['segments of a JPEG', 2_000, 'cxr-prep -q in.jpg', sub { ("\xff\xd8", segment(0xe1, 'x') x $_[0], "\xff\xd9") }],
	['elements of a DICOM file', 50_000, 'cxr-prep -q in.dcm', sub { (dicom(), map { pack('v2 a2 v', 9 + 2 * int($_ / 60_000),
		0x1000 + $_ % 60_000, 'LO', 2) . 'ab' } 0 .. $_[0] - 1) }],
	['chunks of a PNG', 50_000, 'cxr-prep -q in.png', sub { ($png, chunk('tEXt', "a\0b") x $_[0], chunk('IEND', '')) }],
	['comments of a PGM', 500_000, 'cxr-prep -q in.pgm', sub { ("P5\n", "#\n" x $_[0], "1 1\n255\nx") }],
);

my $used = "$dir/used";
print "| parser | n | seconds | at 2n | ratio |\n|---|--:|--:|--:|--:|\n";
for my $p (@parsers) {
	my ($name, $n, $command, $make) = @$p;
	next if @ARGV && !grep { $name =~ /$_/ } @ARGV;
	my ($file) = $command =~ /\b(in(?:\.\w+)?)\b/;
	my @took;
	for my $k ($n, 2 * $n) {
		put($file, $make->($k));
		system('timeout', '-s', 'KILL', 60, 'peak', $used, 'bash', '-c', "exec </dev/null 2>err >out; $command");
		open my $f, '<', $used or die "$name: $used: $!\n";
		push @took, (split ' ', <$f>)[3];
		unlink 'out', $file;
		system('head -c 200 err | head -n 1 >&2') if $ENV{SHOW};
	}
	printf "| %s | %d | %.2f | %.2f | %.1f |\n", $name, $n, @took, $took[1] / $took[0];
}
chdir '/';
