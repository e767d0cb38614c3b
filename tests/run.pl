#!/usr/bin/perl
# run.pl FILE...: runs TAP programs, two at a time, and ends with one line that counts. Exit 1 when anything failed.
# A program that dies, or does not say how many tests it has, is a failure however many of its tests passed. With
# $REPORTS, the name of a folder, sanitizers report into files there, and each report is a failure: a test that expects
# its program to fail would not notice it.
use strict;
use warnings;
use TAP::Harness;

$ENV{CMOCKA_MESSAGE_OUTPUT} = 'TAP';

# cmocka calls a skipped test "not ok ... # SKIP", and ends with a comment that says nothing.
my $filter = q{set -o pipefail; "$0" | sed -u 's/^not ok \([0-9]* # SKIP\)/ok \1/; /^# ok - tests$/d'};

my $reports = delete $ENV{REPORTS} // '';
my $log_to  = q{for v in ASAN UBSAN LSAN TSAN; do declare -x ${v}_OPTIONS+=":log_path=$1/${0//\//-}"; done};
$filter = "$log_to; $filter" if $reports;

my $harness = TAP::Harness->new(
	{
		jobs      => $ENV{TEST_JOBS} || 2,
		timer     => 1,
		verbosity => 0,
		failures  => 1,
		comments  => 1,
		exec      => sub { my (undef, $file) = @_; return ['bash', '-c', $filter, $file, $reports]; },
	}
);
die "run.pl: no tests\n" unless @ARGV;
my @files = map { m{/} ? $_ : "./$_" } @ARGV;
my $all   = $harness->runtests(@files);

my ($passed, $failed, $skipped) = (0, 0, scalar $all->skipped);
for my $parser ($all->parsers) {
	my $bad = $parser->failed;
	$passed += $parser->passed - $parser->skipped;
	$failed += $bad || ($parser->has_problems ? 1 : 0);
}
for my $parser ($all->parsers) {
	$skipped++ if defined $parser->skip_all;
}
for my $report ($reports ? sort glob "\Q$reports\E/*" : ()) {
	open my $in, '<', $report or die "run.pl: $report: $!\n";
	next unless grep { /SUMMARY:|ERROR:|runtime error:/ } <$in>; # a refused allocation is a warning, not a report
	print "not ok: see $report\n";
	$failed++;
}
print "$passed passed, $failed failed, $skipped skipped\n";
exit($failed ? 1 : 0);
