#!/usr/bin/perl
# stream_seeds.pl CORPUS: makes the seeds of the targets that read streams and models, a few items of made-up numbers
# each. They are committed in corpus/.
use strict;
use warnings;
use Compress::Zlib ();

my $corpus = shift // die "usage: stream_seeds.pl CORPUS\n";
my $mark = "\x1e" x 4; # of parts.h

# One document: metadata, then tensors as [name, type, [shape], bytes].
sub record {
	my ($meta, @tensor) = @_;
	my ($data, @part) = ('');
	push @part, '"__metadata__":{' . join(',', map { "\"$_\":\"$meta->{$_}\"" } sort keys %$meta) . '}';
	for (@tensor) {
		my ($name, $type, $shape, $bytes) = @$_;
		my $from = length $data;
		$data .= $bytes;
		push @part, sprintf '"%s":{"dtype":"%s","shape":[%s],"data_offsets":[%d,%d]}', $name, $type,
			join(',', @$shape), $from, length $data;
	}
	my $header = '{' . join(',', @part) . '}';
	$header .= ' ' while length($header) % 8;
	return pack('Q<', length $header) . $header . $data;
}

sub floats { return pack 'f<*', @_ }
sub item { my ($i, $meta, @tensor) = @_; return record({cxr => 'item', id => "$i.png", index => $i, %$meta}, @tensor) }

# Records behind a head and before a tail.
sub stream {
	my ($head, @record) = @_;
	my $bytes = join '', record({cxr => 'head', version => 1, %$head}, ()), @record;
	my $items = grep { /"cxr":"item"/ } @record;
	return $bytes . record({cxr => 'tail', items => $items, errors => 0, crc32 => sprintf '%08x', Compress::Zlib::crc32($bytes)});
}

sub save {
	my ($name, $bytes) = @_;
	my ($dir) = "$corpus/$name" =~ m{(.*)/};
	mkdir $dir;
	open my $f, '>:raw', "$corpus/$name" or die "$corpus/$name: $!\n";
	print $f $bytes;
	close $f or die "$corpus/$name: $!\n";
}

my %prepared = (classes => 'A,B', recipe => 'size=3x2 channels=1');
my @sample = map { item($_, {label => $_ % 2 ? 'B' : 'A', patient => "p$_", width => 30, height => 20, split => 'train',
	sha256 => sprintf('%064d', $_)}, ['image', 'U8', [2, 3, 1], pack 'C*', map { 40 * $_ } 0 .. 5]) } 0 .. 3;
my @mask = map { item($_, {}, ['mask', 'U8', [2, 3], pack 'C*', 0, 255, 0, 255, 255, 0]) } 0 .. 3;
my @normal = map { item($_, {label => $_ % 2 ? 'B' : 'A'}, ['image', 'F32', [2, 3, 1], floats map { $_ / 3 } 0 .. 5]) } 0 .. 2;
save('train_dataset/bytes', stream(\%prepared, @sample));
save('train_dataset/masks', stream(\%prepared, @sample) . $mark . stream(\%prepared, @mask));
save('train_dataset/floats', stream(\%prepared, @normal));
save('eda_stream/bytes', stream(\%prepared, @sample, item(4, {label => 'C', error => 'cut off'})));
save('eda_stream/floats', stream({%prepared, recipe => 'size=3x2 channels=1 norm=image'}, @normal));

# Scores: one output or one of each class, shifts, a model's threshold.
my $model = record({cxr => 'model', digest => '0' x 64, classes => 'A,B', threshold => '.4'});
sub scored {
	my ($i, $meta) = @_;
	my $z = ($i * 5 % 7) - 3 + ($i % 2);
	my $p = 1 / (1 + exp -$z);
	return item($i, {label => $i % 2 ? 'B' : 'A', patient => int($i / 2), %$meta}, ['logit', 'F32', [1], floats $z],
		['prob', 'F32', [2], floats 1 - $p, $p]);
}
save('eval_stream/two', stream(\%prepared, $model, map { scored($_, {odd => .5}) } 0 .. 9));
save('eval_stream/shifts', stream(\%prepared, $model, map { my $s = $_; map { scored($_, {'x.stress' => $s}) } 0 .. 5 }
	'none', 'blur', 'noise'));
save('eval_stream/three', stream({classes => 'A,B,C'}, map { item($_, {label => ('A', 'B', 'C')[$_ % 3]},
	['logit', 'F32', [3], floats 1 - $_, $_ % 2, $_ % 3]) } 0 .. 5));

save('nn_neighbours/feat', stream(\%prepared, $model, map { item($_, {label => $_ % 2 ? 'B' : 'A'},
	['feat', 'F32', [1, 2, 2], floats $_, 1, 2, 3], ['prob', 'F32', [2], floats .25, .75]) } 0 .. 3));

# Shards of a stream, and of a table.
my @rows = map { "$_.png\t0.5\n" } 0 .. 3;
sub shard_of { return {%prepared, items => 4, shard => "$_[0]/2"} }
sub table_of { my $i = shift; return "#shard\t$i/2\tclasses=A,B\tcxr=head\titems=4\tversion=1\nid\tp\n" . join('', @_) . "#end\t2\n" }
save('stream_merge/streams', stream(shard_of(1), @sample[0, 1]) . $mark . stream(shard_of(2), @sample[2, 3]));
save('stream_merge/turned', stream(shard_of(2), $model, @sample[2, 3]) . $mark . stream(shard_of(1), $model, @sample[0, 1]));
save('stream_merge/tables', table_of(1, @rows[0, 1]) . $mark . table_of(2, @rows[2, 3]));
save('stream_merge/plain', "id\tp\n$rows[0]" . $mark . "id\tp\n$rows[1]");

# The network of toy.h, plain and with all that a model file may say.
my @tensor = (['conv.weight', 'F32', [2, 1, 3, 3], floats map { $_ / 9 - 1 } 0 .. 17], ['bn.weight', 'F32', [2], floats 1, 1],
	['bn.bias', 'F32', [2], floats 0, 0], ['bn.running_mean', 'F32', [2], floats 0, 0], ['bn.running_var', 'F32', [2], floats 1, 1],
	['fc.weight', 'F32', [1, 2], floats 1, -1], ['fc.bias', 'F32', [1], floats 0]);
my %net = (cxr => 'net', arch => 'toy', classes => 'A,B', recipe => 'size=5x5 channels=1');
my $hex = unpack 'H*', pack 'f>*', 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, .1, -1, .2, .4, 1; # odd: of two features, one axis
my $cuts = join ',', map { $_ / 10 } -25 .. 24;
save('nn_model/plain', record(\%net, @tensor));
save('nn_model/full', record({%net, threshold => .4, temperature => 2, bias => .5, prevalence => .3, odd => $hex,
	'conformal.0' => $cuts, 'conformal.1' => $cuts, 'train.sha256' => '0' x 32}, @tensor));
save('nn_setting/all', "name\tvalue\nthreshold\t0.4\ntemperature\t2\nbias\t0.5\nprevalence\t0.3\nnote\tvalidation\n" .
	"figure.auc\t0.9 0.8 nan\nreference.odd\t1 2\nconformal.0\t$cuts\nconformal.1\t$cuts\n");
