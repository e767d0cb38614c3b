#!/bin/bash
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
gold=$top/tests/stat/golden
plain=$gold/plain.scores.tsv

# value METRIC [COLUMN]: from the TSV in `out`
value() { awk -F'\t' -v m="$1" -v c="${2:-2}" '$1 == m { print $c }' out; }

# stream THRESHOLD...: a scored stream on stdout, from lines `id label logit [error]` on stdin, a model for each
# threshold ('-': a model without one)
stream() {
	perl -we '
		my @table = map { my $c = $_; $c = $c & 1 ? 0xedb88320 ^ ($c >> 1) : $c >> 1 for 1 .. 8; $c } 0 .. 255;
		my $crc = 0xffffffff;
		my ($items, $errors) = (0, 0);
		sub out { my $b = shift; $crc = $table[($crc ^ $_) & 255] ^ ($crc >> 8) for unpack "C*", $b; print $b }
		sub record {
			my ($meta, $tensors, $data) = @_;
			my $h = "{\"__metadata__\":{" . join(",", map { "\"$_\":\"$meta->{$_}\"" } sort keys %$meta) . "}$tensors}";
			$h .= " " while (8 + length $h) % 64;
			out(pack("Q<", length $h) . $h . $data);
		}
		record({cxr => "head", version => "1", classes => "NORMAL,PNEUMONIA"}, "", "");
		record({cxr => "model", classes => "NORMAL,PNEUMONIA", $_ eq "-" ? () : (threshold => $_)}, "", "") for @ARGV;
		while (<STDIN>) {
			my ($id, $label, $z, $more) = split;
			my %meta = (cxr => "item", id => $id, label => $label, split => "test");
			$items++;
			if ($z eq "error") { $errors++; record({%meta, error => $more}, "", ""); next }
			$meta{seen} = 1 if $more;
			my $p = $z eq "none" ? 0 : 1 / (1 + exp -$z);
			record(\%meta, $z eq "none" ? ("", "") : (
				",\"logit\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}" .
				",\"prob\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}", pack "f<3", $z, 1 - $p, $p));
		}
		record({cxr => "tail", items => $items, errors => $errors, crc32 => sprintf "%08x", $crc ^ 0xffffffff}, "", "");
	' -- "$@"
}

# The three forms
exits "a table on stdin" 0 cxr-metrics <"$plain"
is "nothing on stderr" "$(cat err)" ""
is "the header" "$(head -n 1 out)" "metric	value	lo	hi	n	level	method	patients	positive"
is "the names of the contract, in order" "$(cut -f 1 out | sed 1d | head -n 14 | tr '\n' ' ')" \
	"accuracy precision recall specificity npv f1 balanced_accuracy auc average_precision mcc kappa brier log_loss ece "
is "auc is scikit-learn's" "$(printf %.6f "$(value auc)")" \
	"$(awk -F'\t' '$1 == "auc" { printf "%.6f", $2 }' "$gold/plain.metrics.tsv")"
ok "which has several images a patient: the interval is wider than DeLong's" awk -v lo="$(value auc 3)" \
	-v delong="$(awk -F'\t' '$1 == "auc" { print $3 }' "$gold/plain.metrics.tsv")" 'BEGIN { exit !(lo < delong - .01) }'
is "and says what it is" "$(value auc 7)" "obuchowski, logit"
cxr-metrics --interval images "$plain" >out
is "DeLong's lower end, each image for itself" "$(printf %.6f "$(value auc 3)")" \
	"$(awk -F'\t' '$1 == "auc" { printf "%.6f", $3 }' "$gold/plain.metrics.tsv")"
is "every row but the counts and the threshold has an interval" \
	"$(awk -F'\t' 'NR > 1 && $3 == "nan" { printf "%s ", $1 }' out)" "threshold items patients unknown_patients errors unlabelled seen "
cxr-metrics "$plain" >out
cp out one
exits "a file operand" 0 cxr-metrics "$plain"
ok "gives the same" cmp out one
exits "one thread" 0 cxr-metrics -j 1 "$plain"
ok "gives the same bits" cmp out one
exits "seven threads" 0 cxr-metrics -j 7 "$plain"
ok "give the same bits" cmp out one
exits "another seed" 0 cxr-metrics --seed 2 "$plain"
not_ok "gives other bootstrap intervals" cmp -s out one
gzip -c "$plain" >plain.gz
exits "a compressed table" 0 cxr-metrics plain.gz
ok "gives the same" cmp out one
exits "no bootstrap" 0 cxr-metrics --bootstrap 0 "$plain"
is "has no interval for f1, with the reason" "$(value f1 3) $(value f1 7)" "nan withheld: no resamples were asked for"
is "but one for ECE, which resamples would raise" "$(value ece 7)" "inverted test, folded normal"
exits "bootstrap for all" 0 cxr-metrics --interval bootstrap "$plain"
not_ok "is not Wilson's" [ "$(value accuracy 3)" = "$(awk -F'\t' '$1 == "accuracy" { print $3 }' one)" ]
exits "--json" 0 cxr-metrics --json "$plain"
if command -v python3 >/dev/null && python3 -c 'import json' 2>/dev/null; then
	is "JSON holds the same value" "$(python3 -c 'import json; print("%.9g" % json.load(open("out"))["auc"]["value"])')" \
		"$(awk -F'\t' '$1 == "auc" { print $2 }' one)"
	is "and the confusion matrix" "$(python3 -c 'import json; print(sum(map(sum, json.load(open("out"))["confusion"])))')" 150
	cxr-metrics --json "$gold/all_positive.scores.tsv" >out 2>err
	is "undefined is null" "$(python3 -c 'import json; print(json.load(open("out"))["auc"]["value"])')" None
else
	skip 3 "no python3 with json"
fi
exits "--format table" 0 cxr-metrics -f table "$plain"
like "says what is positive and the rule" "$(cat out)" "positive is PNEUMONIA, predicted where p >= 0.5 \(pred column\)"
like "has four digits" "$(grep ^auc out)" "^auc +0\.[0-9]{4} +0\.[0-9]{4} - 0\.[0-9]{4} +150$"
is "all lines of the matrix are aligned" "$(tail -n 3 out | awk '{ print length }' | sort -u | wc -l)" 1

# Curves
exits "--curve confusion" 0 cxr-metrics --curve confusion "$plain"
is "has labels in rows" "$(head -n 1 out)" "label	NORMAL	PNEUMONIA"
exits "-o" 0 cxr-metrics -o a/b "$plain"
ok "still prints the metrics" cmp out one
is "writes the tables" "$(cd a/b && echo *)" \
	"calibration.tsv confusion.tsv decision.tsv failures.tsv operating.tsv pr.tsv prevalence.tsv referral.tsv roc.tsv smooth.tsv"
cxr-metrics --curve roc "$plain" >curve
ok "the same as --curve" cmp curve a/b/roc.tsv
is "roc starts at 0 0" "$(sed -n 2p curve)" "PNEUMONIA	0	0	inf	inf"
is "roc ends at 1 1" "$(tail -n 1 curve | cut -f 2,3)" "1	1"
exits "three classes" 0 cxr-metrics -o c "$gold/three.scores.tsv"
like "name each class" "$(cut -f 1 out | tr '\n' ' ')" "auc\.BACTERIA .*auc\.NORMAL .*auc\.VIRUS "
is "a curve for each" "$(cut -f 1 c/roc.tsv | sed 1d | sort -u | tr '\n' ' ')" "BACTERIA NORMAL VIRUS "

# Thresholds and the positive class
exits "--threshold 1" 0 cxr-metrics --threshold 1 "$plain"
is "calls nothing positive" "$(value recall)" 0
is "precision is not defined then" "$(value precision)" nan
is "and is stated" "$(value threshold)" 1
exits "--positive" 0 cxr-metrics --positive NORMAL "$plain"
is "swaps recall and specificity" "$(value recall)" "$(awk -F'\t' '$1 == "specificity" { print $2 }' one)"
exits "an unknown class" 2 cxr-metrics --positive COVID "$plain"
exits "a threshold for three classes" 2 cxr-metrics --threshold .4 "$gold/three.scores.tsv"

awk -F'\t' -v OFS='\t' 'NR > 1 { sub(/^item/, "val", $1); $3 = "other " $3 } { print }' "$gold/low_threshold.scores.tsv" >val.tsv
exits "--choose-on" 0 cxr-metrics --choose-on val.tsv --choose sensitivity=.95 --json "$plain"
like "says where the threshold is from" "$(cat out)" '"rule": "chosen on other images"'
cxr-metrics --choose-on val.tsv --choose sensitivity=.95 "$plain" >out
threshold=$(value threshold)
cp out chosen
exits "the same threshold, given" 0 cxr-metrics --threshold "$threshold" "$plain"
ok "gives the same metrics" cmp out chosen
exits "on the file it was chosen on" 0 cxr-metrics --threshold "$threshold" val.tsv
ok "sensitivity is what was asked for" awk -v r="$(value recall)" 'BEGIN { exit !(r >= .95 && r < 1) }'
exits "choosing on what is measured" 1 cxr-metrics --choose-on "$plain" "$plain"
like "is refused" "$(cat err)" "150 images are also measured on"
exits "--force" 0 cxr-metrics --force --choose-on "$plain" --json "$plain"
like "goes on and says so" "$(cat out)" '"rule": "chosen on the images it is measured on"'
sed 's/^item/val/' "$gold/low_threshold.scores.tsv" >patients.tsv
exits "choosing on other images of the same patients" 1 cxr-metrics --choose-on patients.tsv "$plain"
like "is refused" "$(cat err)" "patients.tsv: [0-9]+ images are of patients that are also measured on"
exits "calibrating on them" 1 cxr-metrics --calibrate-on patients.tsv "$plain"
exits "unless forced" 0 cxr-metrics --force --choose-on patients.tsv "$plain"
exits "a rate that none reaches" 1 cxr-metrics --choose-on "$gold/reversed.scores.tsv" --choose ppv=1 val.tsv
exits "choosing on other classes" 1 cxr-metrics --choose-on "$gold/three.scores.tsv" val.tsv
exits "choosing on one class" 1 cxr-metrics --choose-on "$gold/all_positive.scores.tsv" val.tsv
exits "an unknown rule" 2 cxr-metrics --choose-on val.tsv --choose best "$plain"
exits "a rule without a file" 2 cxr-metrics --choose youden "$plain"
exits "a rule and a threshold" 2 cxr-metrics --choose-on val.tsv --threshold .3 "$plain"

# What follows from use
cxr-metrics --curve decision "$plain" >out
is "net benefit by its definition" "$(awk -F'\t' '$2 == "0.3" { printf "%.6f %.6f", $3, $4 }' out)" \
	"$(awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		{ n++; y = $c["label"] == "PNEUMONIA"; if ($c["p_PNEUMONIA"] >= .3) { if (y) tp++; else fp++ }
		if (y) pos++; else neg++ } END { printf "%.6f %.6f", tp / n - fp / n * 3 / 7, pos / n - neg / n * 3 / 7 }' "$plain")"
cxr-metrics --curve operating "$plain" >out
is "the operating point of .5 is that of the metrics" "$(awk -F'\t' '$2 == "0.5" { print $7, $8, $9, $10 }' out)" \
	"$(awk -F'\t' '{ v[$1] = $2 } END { print v["recall"], v["specificity"], v["precision"], v["npv"] }' one)"
cxr-metrics --curve prevalence "$plain" >out
is "ppv at a prevalence of .5 is recall / (recall + 1 - specificity)" \
	"$(awk -F'\t' '$2 == "0.5" { printf "%.6f", $3 }' out)" \
	"$(awk -F'\t' '{ v[$1] = $2 } END { printf "%.6f", v["recall"] / (v["recall"] + 1 - v["specificity"]) }' one)"
cxr-metrics --curve referral "$plain" >out
is "nothing referred: the accuracy" "$(sed -n 2p out | cut -f 2)" "$(awk -F'\t' '$1 == "accuracy" { print $2 }' one)"
is "half referred: half are left" "$(awk -F'\t' '$1 == "0.5" { print $5 }' out)" 75
cxr-metrics --curve failures "$plain" >out
is "every wrong call is listed" "$(($(wc -l <out) - 1))" \
	"$(awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } $c["label"] != $c["pred"]' "$plain" | wc -l)"
# shellcheck disable=SC2016
ok "the surest first" awk -F'\t' 'NR > 2 && $5 > last { bad = 1 } { last = $5 } END { exit bad }' out
exits "failures of three classes" 0 cxr-metrics --curve failures "$gold/three.scores.tsv"

# Calibration on other images
exits "--calibrate-on" 0 cxr-metrics --calibrate-on val.tsv "$plain"
like "states the temperature" "$(cat err)" "^cxr-metrics: temperature [0-9.]+"
is "leaves the ranks" "$(value auc)" "$(awk -F'\t' '$1 == "auc" { print $2 }' one)"
exits "what is measured" 1 cxr-metrics --calibrate-on "$plain" "$plain"
like "is refused" "$(cat err)" "are also measured on"
exits "unless forced" 0 cxr-metrics --calibrate platt --force --calibrate-on "$plain" "$plain"
like "which is said" "$(cat err)" "calibrated on 150 of the images or patients that are measured on"
is "Platt's slope on itself is 1" "$(printf %.6f "$(value calibration_slope)")" 1.000000
is "and the intercept 0" "$(awk -F'\t' '$1 == "calibration_intercept" { print ($2 < 1e-6 && $2 > -1e-6) }' out)" 1
exits "with a threshold chosen there, too" 0 cxr-metrics --calibrate-on val.tsv --choose-on val.tsv "$plain"
exits "separated classes" 0 cxr-metrics --calibrate-on "$gold/separable.scores.tsv" val.tsv
like "have Platt's line all the same" "$(cat err)" "^cxr-metrics: temperature [0-9.]+, bias [-0-9.]+ "
exits "one class" 1 cxr-metrics --calibrate-on "$gold/all_positive.scores.tsv" val.tsv
awk -F'\t' -v OFS='\t' 'NR > 1 { $6 = $2 == "NORMAL" || NR % 7 == 0; $7 = 1 - $6; $8 = $7 ? "PNEUMONIA" : "NORMAL" } { print }' "$plain" |
	cut -f1-4,6- >hard.tsv
exits "hard scores" 0 cxr-metrics calibrate hard.tsv
like "are calibrated" "$(value temperature)" "^[0-9.]+$"
exits "other classes" 1 cxr-metrics --calibrate-on val.tsv "$gold/three.scores.tsv"
awk -F'\t' -v OFS='\t' 'NR > 1 { sub(/^item/, "val", $1); $3 = "other " $3 } { print }' "$gold/three.scores.tsv" >val3.tsv
exits "three classes" 0 cxr-metrics --calibrate-on val3.tsv "$gold/three.scores.tsv"
is "have the temperature that an independent search found" "$(awk '{ printf "%.6f", 1 / $3 }' err)" \
	"$(awk 'NR == 2 { printf "%.6f", $1 }' "$gold/three.slope.tsv")"
cp out calibrated
exits "without" 0 cxr-metrics "$gold/three.scores.tsv"
ok "the log loss is larger" awk -F'\t' '$1 == "log_loss" { v[++n] = $2 } END { exit !(v[1] < v[2]) }' calibrated out
is "and the answers are the same" "$(grep ^accuracy out)" "$(grep ^accuracy calibrated)"
exits "Platt's line needs two classes" 2 cxr-metrics --calibrate platt --calibrate-on val3.tsv "$gold/three.scores.tsv"
exits "--calibrate without a file" 2 cxr-metrics --calibrate platt "$plain"
exits "an unknown calibration" 2 cxr-metrics --calibrate isotonic --calibrate-on val.tsv "$plain"

# Groups
awk -F'\t' -v OFS='\t' '{ print $0, NR == 1 ? "x.sex" : NR % 3 ? "F" : "M" }' "$plain" >groups.tsv
exits "--by" 0 cxr-metrics --by x.sex groups.tsv
cp out by
cxr-metrics --only x.sex=M groups.tsv >out
is "a group is what --only measures" "$(awk -F'\t' '$1 == "M" && $2 == "auc" { print $3 }' by)" "$(value auc)"
is "its difference is to the others" "$(awk -F'\t' '$2 == "recall" { v[$1] = $3; d[$1] = $6 } END {
	print (v["M"] - v["F"] - d["M"] < 1e-6 && d["M"] + d["F"] < 1e-6 && d["M"] + d["F"] > -1e-6) }' by)" 1
is "counts" "$(awk -F'\t' '$2 == "auc" { printf "%s %s ", $1, $9 }' by)" "F 100 M 50 "
cxr-metrics -j 1 --by x.sex groups.tsv >out
ok "the same bits with one thread" cmp out by
exits "a column that is not there" 1 cxr-metrics --by age groups.tsv
exits "--by on a stream" 0 cxr-metrics --by id <(printf 'a NORMAL -2\nb PNEUMONIA 1\n' | stream .5)

# Two models
awk -F'\t' -v OFS='\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; print; next }
	{ z = $c["z_PNEUMONIA"] = .3 * $c["z_PNEUMONIA"] + sin(NR); p = 1 / (1 + exp(-z)); $c["p_NORMAL"] = 1 - p
	$c["p_PNEUMONIA"] = p; $c["pred"] = p >= .5 ? "PNEUMONIA" : "NORMAL"; print }' "$plain" >other.tsv
{ head -n 1 other.tsv; sed 1d other.tsv | sort -r; } >shuffled.tsv
exits "--compare" 0 cxr-metrics --compare other.tsv "$plain"
cp out compared
exits "in another order" 0 cxr-metrics --compare shuffled.tsv "$plain"
ok "is the same" cmp out compared
is "the first is better" "$(awk -F'\t' '$1 == "auc" { print ($4 > 0 && $5 > 0 && $7 < .05) }' out)" 1
exits "with itself" 0 cxr-metrics --compare "$plain" "$plain"
is "no difference" "$(awk -F'\t' '$1 == "auc" || $1 == "accuracy" { printf "%s %s ", $4, $7 }' out)" "0 1 0 1 "
exits "with other images" 1 cxr-metrics --compare val.tsv "$plain"
like "how many" "$(cat err)" "not the same images: 90 beside 150, 0 in both"
exits "with other classes" 1 cxr-metrics --compare "$gold/three.scores.tsv" "$plain"
sed '2s/NORMAL/@/;2s/PNEUMONIA/NORMAL/;2s/@/PNEUMONIA/' "$plain" >relabelled.tsv
exits "with another label" 1 cxr-metrics --compare relabelled.tsv "$plain"
exits "--compare and --by" 2 cxr-metrics --compare other.tsv --by label "$plain"

# Degenerate and wrong input
exits "one class only" 0 cxr-metrics "$gold/all_positive.scores.tsv"
is "auc is nan" "$(value auc)" nan
like "and said" "$(cat err)" "^cxr-metrics: all labels are 'PNEUMONIA'"
sed '3s/ok$/seen/' "$plain" >seen.tsv
exits "an image that was trained on" 1 cxr-metrics seen.tsv
like "is counted" "$(cat err)" "1 of 150 images were trained on"
is "with no output" "$(wc -c <out)" 0
exits "--allow-seen" 0 cxr-metrics --allow-seen seen.tsv
is "states it" "$(value seen)" 1
{ cat "$plain"; printf 'x.png\tNORMAL\t\ttest\t\t\t\t\tcannot decode\n'; printf 'y.png\t\t\ttest\t1\t.2\t.8\tPNEUMONIA\tok\n'; } >errors.tsv
exits "error rows and rows without label" 0 cxr-metrics errors.tsv
is "are left out" "$(value accuracy 5)" 150
is "and counted" "$(value errors) $(value unlabelled)" "1 1"
{ cat "$plain"; awk 'BEGIN { for (i = 0; i < 5000; i++) printf "bad%d.png\tNORMAL\t\ttest\t\t\t\t\tcannot decode\n", i }'; } >errors.tsv
exits "thousands of error rows" 0 cxr-metrics errors.tsv
is "change nothing but their count" "$(diff <(cut -f 1-4 out) <(cut -f 1-4 one) | grep '^<')" "< errors	5000	nan	nan"
{ head -n 1 "$plain"; sed 1,151d errors.tsv; } >nothing.tsv
exits "error rows alone" 1 cxr-metrics nothing.tsv
like "are told" "$(cat err)" "5000"
sed '5s/.*/'"$(sed -n 4p "$plain")"'/' "$plain" >double.tsv
exits "an id twice" 1 cxr-metrics double.tsv
like "is named" "$(cat err)" "id 'item2.jpeg' occurs twice"
for bad in -0.1 1.2 nan inf x; do
	awk -F'\t' -v OFS='\t' -v bad="$bad" 'NR == 7 { $(NF - 2) = bad } { print }' "$plain" >bad.tsv
	exits "a probability of $bad" 1 cxr-metrics bad.tsv
	like "names the line" "$(cat err)" "^cxr-metrics: bad.tsv: line 7: "
	is "and prints nothing" "$(wc -c <out)" 0
done
exits "--only" 0 cxr-metrics --only patient=person3 "$plain"
is "filters" "$(value items)" 2
cxr-metrics --bootstrap 0 --only patient=person3,person4 "$plain" >out
two=$(value items)
is "of several values any" "$two" "$(($(cxr-metrics --bootstrap 0 --only patient=person3 "$plain" >out; value items) +
	$(cxr-metrics --bootstrap 0 --only patient=person4 "$plain" >out; value items)))"
exits "--only an unknown column" 1 cxr-metrics --only view=PA "$plain"
exits "--only nothing" 1 cxr-metrics --only split=val "$plain"
exits "--only without =" 2 cxr-metrics --only split "$plain"
: >empty
exits "an empty file" 1 cxr-metrics empty
like "says so" "$(cat err)" "^cxr-metrics: empty: empty"
head -n 1 "$plain" >header
exits "a header alone" 1 cxr-metrics header
cut -f 1,2 "$plain" >few
exits "missing columns" 1 cxr-metrics few
like "are named" "$(cat err)" "few: no column 'p_CLASS'"
exits "a missing file" 1 cxr-metrics nowhere
exits "a directory" 1 cxr-metrics .
head -c 3000 /dev/urandom >noise
exits "noise" 1 cxr-metrics noise
exits "two files" 2 cxr-metrics "$plain" "$plain"
exits "an unknown option" 2 cxr-metrics --frob
exits "an unknown curve" 2 cxr-metrics --curve lift "$plain"
exits "a threshold that is none" 2 cxr-metrics --threshold nan "$plain"
exits "a level of 1" 2 cxr-metrics --level 1 "$plain"
if [ -w /dev/full ]; then
	cxr-metrics "$plain" >/dev/full 2>err
	is "a full disk" $? 1
else
	skip 1 "no /dev/full"
fi
exits "-o on a file" 1 cxr-metrics -o empty/x "$plain"
printf 'id\tlabel\tp_\xc3\xa9 a\tp_b\\tc\n\xff\\n.png\tb\\tc\t.4\t.6\nq\t\xc3\xa9 a\t.4\t.6\n' >names
exits "odd names" 0 cxr-metrics -f table names
like "do not break lines" "$(cat out)" "positive is b.x09c"
exits "odd names as JSON" 0 cxr-metrics --json names
like "are escaped" "$(cat out)" 'b\\\\x09c'

# Streams
printf '%s\n' "a NORMAL -2" "b NORMAL .5" "c PNEUMONIA .4" "d PNEUMONIA 3" "e PNEUMONIA error bad" >items
stream .6 <items >scored
exits "a scored stream" 0 cxr-metrics scored
is "auc" "$(value auc)" 0.75
is "the model's threshold" "$(value threshold)" 0.6
is "errors are counted" "$(value errors)" 1
is "calls" "$(value precision) $(value recall)" "0.5 0.5"
exits "says where the threshold is from" 0 cxr-metrics --json scored
like "in JSON" "$(cat out)" '"rule": "model"'
stream .6 .7 <items | cxr-metrics --json >out
like "models that differ" "$(cat out)" '"rule": "default, the models. thresholds differ"'
stream - <items | cxr-metrics >out
is "a model without threshold" "$(value threshold)" 0.5
stream <items | cxr-metrics --threshold .9 >out
is "an option wins" "$(value recall) $(value specificity)" "0.5 1"
stream .5 <items | cxr-metrics --only split=val 2>err
is "filters work on streams" "$?" 1
printf 'a NORMAL 1 seen\nb PNEUMONIA 2\n' | stream .5 >seen
exits "a stream with images trained on" 1 cxr-metrics seen
printf 'a NORMAL none\n' | stream .5 >unscored
exits "a stream without scores" 1 cxr-metrics unscored
like "names the tool that is missing" "$(cat err)" "cxr-infer"
printf 'a COVID 1\n' | stream .5 >label
exits "a label that is no class" 1 cxr-metrics label
bad=0
size=$(wc -c <scored)
for ((n = 0; n < size; n += 37)); do
	head -c "$n" scored >short
	cxr-metrics short >out 2>err
	[ $? = 1 ] && [ ! -s out ] || bad=$((bad + 1))
done
is "a stream cut anywhere is refused" "$bad" 0

# Shifts: scores of cxr-infer --stress
awk -v shift=none 'BEGIN { FS = OFS = "\t" } { print $0, NR == 1 ? "x.stress" : shift }' "$plain" >none
awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } END { print at["z_PNEUMONIA"], at["p_NORMAL"], at["p_PNEUMONIA"], at["pred"] }' \
	"$plain" >columns
read -r z no yes pred <columns
# moved NAME LOGIT: the rows of `none` with that much added to the raw output
moved() {
	awk -F'\t' -v OFS='\t' -v name="$1" -v more="$2" -v z="$z" -v no="$no" -v yes="$yes" -v pred="$pred" 'NR > 1 { $z += more
		$yes = 1 / (1 + exp(-$z)); $no = 1 - $yes; $pred = $yes >= .5 ? "PNEUMONIA" : "NORMAL"; $NF = name; print }' none
}
{ cat none; moved up 1 | sort; moved down -1.5; } >shifted
exits "a table with shifts" 0 cxr-metrics --bootstrap 50 shifted
cp out shifts
is "the measures are of the plain rows" "$(grep -v '^stress' shifts)" "$(cxr-metrics --bootstrap 50 "$plain")"
is "and each shift's own beside them" "$(grep -c '^stress\.up\.' shifts) $(grep -c '^stress\.down\.' shifts)" "6 6"
for shift in up down; do
	cxr-metrics --bootstrap 50 --interval bootstrap --only "x.stress=$shift" shifted |
		awk -F'\t' -v OFS='\t' -v s="stress.$shift." '{ sub(/^recall/, "sensitivity") }
			$1 ~ /^(auc|sensitivity|specificity|balanced_accuracy|brier|ece)$/ { $1 = s $1; print }' | sort >alone
	is "$shift as if it were alone, intervals too" "$(grep "^stress\.$shift\." shifts | sort)" "$(cat alone)"
done
cp shifts out
is "the worst is named, by measure" "$(grep -o '^stress.worst.s.*\.\(up\|down\)' shifts | paste -sd' ')" \
	"stress.worst.sensitivity.down stress.worst.specificity.up"
ok "mean and differences by hand" awk -F'\t' '{ v[$1] = $2 } function near(a, b) { if ((a - b) ^ 2 > 1e-14) exit 1 }
	END { for (i = split("brier ece specificity", k, " "); i; i--) { m = (v["stress.up." k[i]] + v["stress.down." k[i]]) / 2
		near(m, v["stress.mean." k[i]]); near(m - v[k[i]], v["stress.mean." k[i] ".difference"])
		near(v["stress.worst." k[i]] - v[k[i]], v["stress.worst." k[i] ".difference"]) } }' shifts
is "shifts that keep the order keep the auc" "$(value stress.worst.auc.difference)" 0
cxr-metrics --bootstrap 50 -j 3 shifted >threads
ok "the same for any number of threads" cmp threads shifts
exits "a threshold" 0 cxr-metrics --bootstrap 0 --threshold .9 shifted
is "is for all" "$(value stress.up.sensitivity)" \
	"$(cxr-metrics --bootstrap 0 --threshold .9 --only x.stress=up shifted | awk '$1 == "recall" { print $2 }')"
like "json" "$(cxr-metrics --bootstrap 0 --json shifted)" '"stress.worst.brier.(up|down)": .*"classes"'
like "a table for people" "$(cxr-metrics --bootstrap 0 -f table shifted)" 'shift +auc .*mean .*worst .*up .*down '
{ cat shifted; tail -n 1 shifted; } >twice
exits "a row twice" 1 cxr-metrics twice
like "is refused" "$(cat err)" "x.stress down: id '.*' occurs twice"
sed '$d' shifted >short
exits "a shift without some image" 1 cxr-metrics short
like "is refused, too" "$(cat err)" "x.stress down: not the same images"

# Speed, by processor time
awk 'BEGIN { OFS = "\t"; srand(1); print "id", "label", "patient", "z_B", "p_A", "p_B"
	for (i = 0; i < 5000; i++) { z = int(6000 * (rand() - .5)) / 1000; p = 1 / (1 + exp(-z))
		print i, rand() < p ? "B" : "A", int(i / 2), z, 1 - p, p } }' >large
if grep -qE '__(asan|tsan)_init' "$(command -v cxr-metrics)"; then
	skip 1 "slow under a sanitizer"
else
	exits "1,000 resamples of 5,000 scores in under a second" 0 bash -c 'ulimit -t 1; cxr-metrics -j 1 large'
fi

# --- measures of maps
{
	printf 'id\tlabel\tpatient\tclass\tp\tmap\thit\tgini\tstatus\n'
	for i in 1 2 3 4; do
		printf '%s.png\tP\tp%d\tP\t0.9\tgradcam\t%s\t.%d\tok\n' "$i" "$((i / 2))" "$((i % 2))" "$i"
		printf '%s.png\tP\tp%d\tP\t0.9\trandom\t\t.1\tok\n' "$i" "$((i / 2))"
	done
	printf '5.png\tN\tp5\tP\t0.9\tgradcam\t1\t.9\tok\n6.png\tP\t\t\t\t\t\t\tcannot decode\n'
} >maps.tsv
exits "measures of maps" 0 cxr-metrics --maps maps.tsv
is "what is left out is counted" "$(cat err)" "cxr-metrics: maps.tsv: rows left out because their status is not ok: 1"
is "the mean of each, map beside map, of the class that images have" "$(cut -f1-3,6 out | tr '\t\n' ' ;')" \
	"measure map value n;hit gradcam 0.5 4;gini gradcam 0.25 4;gini random 0.1 4;"
is "intervals hold it" "$(awk -F'\t' '$2 == "gradcam" && !($4 < $3 && $3 < $5)' out)" ""
is "where nothing varies there is none" "$(awk -F'\t' '$2 == "random" {print $4, $5}' out)" "0.1 0.1"
cp out first
exits "no map of a class that its image has" 4 bash -c 'grep -e ^id -e ^5 maps.tsv | cxr-metrics maps'
is "is a header alone" "$(cat out)" "measure	map	value	lo	hi	n"
exits "differences" 0 cxr-metrics maps --against random maps.tsv
is "to one map, with intervals of their own" "$(cut -f1-5 out | tr '\t\n' ' ;' | sed 's/\(gini gradcam [^ ]*\) [^;]*/\1/')" \
	"measure map value lo hi;gini gradcam 0.15;gini random 0 nan nan;"
printf 'id\tlabel\tpatient\tclass\tmap\tiou_top5\tiou_top10\tstatus\na\tP\tp1\tP\tgradcam\t.1\t.3\tok\n' >tops.tsv
sed 's/^a\tP\tp1/b\tP\tp2/; s/\.1\t\.3/.4\t.2/' tops.tsv >others.tsv
exits "a share of the image learned from other images" 0 cxr-metrics maps --choose-on others.tsv tops.tsv
is "and its overlap here" "$(awk -F'\t' '/^iou_tuned/ {print $1, $3}' out)" "iou_tuned 0.1
iou_tuned_percent 5"
exits "from these very images" 1 cxr-metrics maps --choose-on tops.tsv tops.tsv
like "that flatters" "$(cat err)" "tops.tsv: 1 images are also measured on"
exits "all the same" 0 cxr-metrics maps --force --choose-on tops.tsv tops.tsv
exits "from a table without shares" 1 cxr-metrics maps --choose-on maps.tsv tops.tsv
exits "a rule for maps" 2 cxr-metrics maps --choose youden tops.tsv
exits "to no map" 1 cxr-metrics maps --against none maps.tsv
exits "of scores" 2 cxr-metrics --against random "$plain"
exits "on standard input, other threads" 0 sh -c 'cxr-metrics -j1 --maps < maps.tsv'
ok "the same bytes" cmp out first
exits "some of them" 0 cxr-metrics --maps --only patient=p0 maps.tsv
like "are measured" "$(cat out)" "hit.gradcam.1.0\.2065[0-9]*.1.1"
exits "none of a class that images have" 4 cxr-metrics --maps --only label=N maps.tsv
is "only the header" "$(cat out)" "$(head -n 1 first)"
sed 's/\t\.4\t/\tx\t/' maps.tsv >bad.tsv
exits "a measure that is no number" 1 cxr-metrics --maps bad.tsv
like "names the line" "$(cat err)" "bad.tsv: line 8: 'x' is no number"
exits "scores for maps" 1 cxr-metrics --maps "$plain"
exits "maps for scores" 1 cxr-metrics maps.tsv
cut -f1-6,9 maps.tsv >none.tsv
exits "no measures" 1 cxr-metrics --maps none.tsv
exits "an empty table" 1 cxr-metrics --maps /dev/null
exits "--maps with --curve" 2 cxr-metrics --maps --curve roc maps.tsv
exits "a full disk" 1 sh -c 'cxr-metrics --maps maps.tsv > /dev/full'

# --- the other jobs
exits "calibrate" 0 cxr-metrics calibrate --choose sensitivity=.9 -o fitted.tsv "$plain"
is "writes what cxr-model reads" "$(cut -f1 fitted.tsv | tr '\n' ' ')" \
	"name temperature bias threshold prevalence note conformal.0 conformal.1 figure.auc figure.recall figure.specificity \
figure.balanced_accuracy figure.ece figure.prevalence "
is "and measures with it" "$(value threshold)" "$(awk -F'\t' '$1 == "threshold" { print $2 }' fitted.tsv)"
is "the operating point is shown" "$(value chosen_clean.clean.sensitivity)" "$(value recall)"
exits "classes that the scores part" 0 cxr-metrics calibrate -o parted.tsv "$gold/separable.scores.tsv"
ok "are fitted" grep -q temperature parted.tsv
exits "one class" 0 cxr-metrics calibrate -o parted.tsv "$gold/all_positive.scores.tsv"
like "is said" "$(cat err)" "cannot be calibrated on.*stay as they are"
not_ok "and not fitted" grep -q temperature parted.tsv
exits "calibrate from a pipe" 0 bash -c "cxr-metrics calibrate <$plain"
# the same images with scores moved by a shift: fitted as they are, threshold from both
awk -F'\t' -v OFS='\t' 'NR == 1 { print $0, "x.stress"; next } { print $0, "none"; z = $5 / 2 - 1; $5 = z
	$7 = 1 / (1 + exp(-z)); $6 = 1 - $7; $8 = ""; print $0, "dark" }' "$plain" |
	awk -F'\t' -v OFS='\t' 'NR > 1 { $8 = $7 >= .5 ? "PNEUMONIA" : "NORMAL" } 1' >stress.tsv
exits "calibrate under shifts" 0 cxr-metrics calibrate --choose sensitivity=.9 -o under.tsv stress.tsv
is "fits the same line" "$(sed -n 2,3p under.tsv)" "$(sed -n 2,3p fitted.tsv)"
not_ok "and chooses another threshold" test "$(sed -n 4p under.tsv)" = "$(sed -n 4p fitted.tsv)"
is "both operating points" "$(cut -f1 out | grep -E '^chosen_.*(threshold|sensitivity)' | tr '\n' ' ')" \
	"chosen_clean.threshold chosen_clean.clean.sensitivity chosen_clean.stress.sensitivity chosen_stress.threshold \
chosen_stress.clean.sensitivity chosen_stress.stress.sensitivity "
ok "the wanted sensitivity under shifts" awk -F'\t' '$1 == "chosen_stress.stress.sensitivity" { exit !($2 >= .9) }' out
exits "--choose-under clean" 0 cxr-metrics calibrate --choose sensitivity=.9 --choose-under clean -o under.tsv stress.tsv
is "chooses as without shifts" "$(sed -n 4p under.tsv)" "$(sed -n 4p fitted.tsv)"
for rule in equal worst middle=.9; do
	exits "--choose $rule" 0 cxr-metrics calibrate --choose $rule stress.tsv
	like "chooses" "$(value threshold)" '^0\.[0-9]+$'
done
# sizes, margins
exits "size" 0 cxr-metrics size --prevalence .3 "$plain"
is "is of five measures" "$(cut -f1 out | tr '\n' ' ')" "measure recall specificity auc observed_to_expected calibration_slope "
is "positives are rarer: more images" "$(cxr-metrics size --prevalence .03 "$plain" | awk -F'\t' 'NR == 2 { print int($4 / 100) }')" \
	"$(awk -F'\t' 'NR == 2 { print int($4 / 10) }' out)"
exits "size of one class" 1 cxr-metrics size "$gold/all_positive.scores.tsv"
exits "a margin" 0 cxr-metrics compare "$gold/plain.scores.tsv" --margin .9 "$plain"
like "is only passed by what has an interval" "$(awk -F'\t' '$1 == "auc" { print $5, $8 }' out)" '^nan $'
awk -F'\t' -v OFS='\t' 'NR > 1 { $5 += NR % 3 - 1; $7 = 1 / (1 + exp(-$5)); $6 = 1 - $7; $8 = $7 >= .5 ? "PNEUMONIA" : "NORMAL" } 1' "$plain" >noisy.tsv
exits "noisier scores" 0 cxr-metrics compare "$plain" --margin .9 noisy.tsv
is "are not worse by that" "$(awk -F'\t' '$1 == "auc" { print $8 }' out)" yes
cxr-metrics compare "$plain" --margin .0001 noisy.tsv >out
is "but by less than nearly nothing" "$(awk -F'\t' '$1 == "auc" { print $8 }' out)" no
exits "a margin of nothing" 2 cxr-metrics --margin .1 "$plain"
# Holm's: 0.01, 0.02, 0.03 of three runs become 0.03, 0.04, 0.04 (statsmodels' multipletests)
printf 'run\tmetric\tp\na\tauc\t0.02\nb\tauc\t0.01\nc\tauc\t0.03\na\tece\tnan\n' >p.tsv
is "Holm's correction" "$(awk -f "$top/pipelines/holm.awk" p.tsv p.tsv | cut -f4 | tr '\n' ' ')" "p_holm 0.04 0.03 0.04 nan "
# the spread of draws: wrong calls have more of it here
awk -F'\t' -v OFS='\t' 'NR == 1 { print $0, "sd"; next } { print $0, ($2 != $8) * .1 + .01 * (NR % 3 + 1) }' "$plain" >spread.tsv
exits "a table with sd" 0 cxr-metrics spread.tsv
is "spread that tells all errors" "$(value error_auc.spread)" 1
like "beside the probability alone" "$(value error_auc.probability)" '^0\.[0-9]+$'
# undecided predictions
awk -F'\t' -v OFS='\t' 'NR % 5 == 0 { $8 = "undecided" } 1' "$plain" >undecided.tsv
exits "undecided images" 0 cxr-metrics undecided.tsv
is "are counted" "$(value undecided) $(value decided)" "$(awk -F'\t' '$8 == "undecided" { n++ } END { print n, 1 - n / (NR - 1) }' undecided.tsv)"
is "and the others judged" "$(value decided_accuracy)" \
	"$(awk -F'\t' 'NR > 1 && $8 != "undecided" { n++; k += $2 == $8 } END { printf "%.9g", k / n }' undecided.tsv)"
# images unlike the training images, and of one it is not known
awk -F'\t' -v OFS='\t' 'NR == 1 { print $0, "odd"; next } { print $0, NR == 9 ? "" : NR % 3 ? .7 : 1.2 }' "$plain" >odd.tsv
cxr-metrics odd.tsv >out
of_odd() { awk -F'\t' -v odd="$1" 'NR > 1 && $NF != "" && ($NF >= 1) == odd { n++; k += $2 == $8 } END { printf "%.9g %d", k / n, n }' odd.tsv; }
is "answers to odd images" "$(value odd_accuracy) $(value odd_accuracy 5)" "$(of_odd 1)"
is "and to the others" "$(value alike_accuracy) $(value alike_accuracy 5)" "$(of_odd 0)"
is "of all where it is known" "$(value odd 5)" 149
cxr-metrics undecided.tsv >out
is "all are ranked" "$(value auc)" "$(cxr-metrics "$plain" | awk -F'\t' '$1 == "auc" { print $2 }')"
exits "compare without a file" 2 cxr-metrics compare
exits "compare" 0 cxr-metrics compare "$plain" "$plain"
is "is --compare" "$(cat out)" "$(cxr-metrics --compare "$plain" "$plain")"
exits "the curves there are" 0 cxr-metrics --curve list
is "one a line" "$(awk 'NF > 2 { n++ } END { print n }' out)" 10
awk -F'\t' -v OFS='\t' 'NR > 1 { $3 = "" } { print }' "$plain" >unknown.tsv
cxr-metrics unknown.tsv >out
is "unknown patients are counted" "$(value unknown_patients)" 150
like "and said" "$(cxr-metrics --format table unknown.tsv)" "the patients of 150 are not known, each was taken for one"
awk -F'\t' 'NR == 1 || $2 == "NORMAL" || n++ < 9' "$plain" >few.tsv
cxr-metrics few.tsv >out
is "nine images of a class: no interval of the area" "$(value auc 3) $(value auc 7)" \
	"nan withheld: fewer than 10 images of a class"
# Health is not the positive class by its place, and columns that bear each other's names are refused
printf 'id\tlabel\tp_COVID\tp_Normal\n' >covid
for i in 1 2 3 4; do printf 'a%d\tCOVID\t0.%d\t0.%d\nb%d\tNormal\t0.1\t0.9\n' $i $((i + 5)) $((5 - i)) $i; done >>covid
exits "COVID before Normal" 0 cxr-metrics covid
like "a message" "$(cat err)" "positive is 'COVID'"
is "positive, as the table says" "$(awk -F'\t' '$1 == "auc" { print $9 }' out)" COVID
exits "unless wanted otherwise" 0 cxr-metrics --positive Normal covid
is "then it is" "$(awk -F'\t' '$1 == "auc" { print $9 }' out)" Normal
printf 'id\tlabel\tp_A\tp_B\tpred\na\tA\t0.2\t0.8\tA\nb\tB\t0.9\t0.1\tB\n' >swapped
exits "p against pred" 1 cxr-metrics swapped
like "columns are swapped" "$(cat err)" 'columns are swapped'
printf 'id\tlabel\tz_B\tp_A\tp_B\na\tA\t-2\t0.2\t0.8\nb\tB\t2\t0.9\t0.1\n' >swapped
exits "p against z" 1 cxr-metrics swapped
like "columns are swapped" "$(cat err)" 'columns are swapped'
printf 'id\tlabel\tz_B\tp_A\tp_B\tpred\na\tA\t-.08043534\t.52009797\t.47990203\tA\nb\tB\t-.08043530\t.520098\t.479902\tA\n' >flat
exits "one answer to all images, but for rounding" 0 cxr-metrics flat
is "is measured" "$(awk -F'\t' '$1 == "auc" { print $3 != "" }' out)" 1

# --- raw outputs of several classes: by their names, and alone
three=$gold/three.scores.tsv
cxr-metrics "$three" >named 2>err
awk -F'\t' -v OFS='\t' '{ x = $5; $5 = $7; $7 = x; print }' "$three" >turned.tsv
exits "raw outputs in another order than the probabilities" 0 cxr-metrics turned.tsv
ok "are taken by their names" cmp out named
sed '1s/z_VIRUS/z_FUNGUS/' "$three" >strange.tsv
exits "a raw output of no class" 1 cxr-metrics strange.tsv
like "is named" "$(cat err)" "strange.tsv: raw output 'z_FUNGUS' where others bear the classes' names"
sed '1s/p_BACTERIA/@/; 1s/p_VIRUS/p_BACTERIA/; 1s/@/p_VIRUS/' "$three" >swapped3.tsv
exits "probabilities under each other's names" 1 cxr-metrics swapped3.tsv
like "are swapped columns" "$(cat err)" "columns are swapped"
cut -f1-7 "$three" >outputs.tsv
exits "raw outputs alone" 0 cxr-metrics outputs.tsv
like "have the probabilities of temperature 1, which is said" "$(cat err)" 'raw outputs only: .* temperature 1'
is "and the measures of these" "$(awk '$1 ~ /^(auc|accuracy|log_loss|recall.VIRUS)$/ { printf "%.6f ", $2 }' out)" \
	"$(awk '$1 ~ /^(auc|accuracy|log_loss|recall.VIRUS)$/ { printf "%.6f ", $2 }' named)"
cut -f1-5 "$plain" >output.tsv
exits "one raw output alone" 1 cxr-metrics output.tsv
like "does not say what the classes are" "$(cat err)" "no column 'p_CLASS'"
cp named out
is "what ECE would be is said of three classes, too" "$(value ece_expected 7)" "simulation of right probabilities"
exits "a rule for three classes" 0 cxr-metrics calibrate --choose sensitivity=.9 "$three"
like "chooses no threshold, which is said" "$(cat err)" "no threshold is chosen: of 3 classes"
# --- tables of other programs
tr '\t' ';' <"$plain" >semicolons.tsv
exits "semicolons" 1 cxr-metrics semicolons.tsv
like "are told" "$(cat err)" "semicolons.tsv: a table with semicolons, .* parted by tabs"
sed 's/[^\t]*/"&"/g' "$plain" >quoted.tsv
exits "quotes" 1 cxr-metrics quoted.tsv
like "are told" "$(cat err)" 'column "id" is in quotes'
sed '1s/id/ID/' "$plain" >capitals.tsv
exits "capitals" 1 cxr-metrics capitals.tsv
like "are told" "$(cat err)" "column 'id' is called 'ID'"
{ printf '\xef\xbb\xbf'; sed 's/$/\r/' "$plain"; } >windows.tsv
exits "a byte order mark and carriage returns" 0 cxr-metrics windows.tsv
ok "change nothing" cmp out one
awk -F'\t' -v OFS='\t' 'NR > 1 { $3 = NR % 3 ? NR % 2 ? " " : "NaN" : "unknown" } 1' "$plain" >nobody.tsv
cxr-metrics nobody.tsv >out
is "no patient by other words is not one patient" "$(value unknown_patients) $(value patients)" "150 150"
# --- no interval of ECE that resampling made
exits "compare" 0 cxr-metrics compare "$plain" noisy.tsv
is "has none of the difference, with the reason" "$(awk -F'\t' '$1 == "ece" { print $5, $10 }' out)" "nan withheld: resampling raises both"
is "and none is missing without" "$(awk -F'\t' 'NR > 1 && $5 == "nan" && $10 == ""' out)" ""
is "nor has a group" "$(awk -F'\t' '$2 == "ece" { print $1, $6, $10 }' by | head -n 1)" "F nan difference withheld: fewer images alone raise it"
ok "but one of its own" awk -F'\t' '$2 == "ece" { n++; if (!($4 <= $3 && $3 <= $5 && $4 < $5)) exit 1 } END { exit n != 2 }' by
is "stress: the mean has none" "$(awk -F'\t' '$1 == "stress.mean.ece" { print $3, $7 }' shifts)" "nan withheld: resampling raises it"
cxr-metrics --threshold 1 "$plain" >out
is "no interval is missing without a reason" "$(awk -F'\t' 'NR > 1 && $3 == "nan" && $7 !~ /^(withheld|not defined|$)/' out named shifts)" ""

# --- whatever the scores are, an interval holds its value and has a width
edge() { # edge NAME LABEL Z [PATIENT]: awk expressions of k from 0 to 59; p follows from z, hard where it is large
	awk -v OFS='\t' 'BEGIN { print "id", "label", "patient", "z_0", "p_A", "p_B", "x.group"; for (k = 0; k < 60; k++) {
		z = '"$3"'; p = z > 700 ? 1 : z < -700 ? 0 : 1 / (1 + exp(-z))
		print "i" k, ('"$2"') ? "B" : "A", '"${4:-"\"p\" int(k / 2)"}"', z, 1 - p, p, k % 3 ? "a" : "b" } }' >"edge-$1.tsv"
}
edge hard 'k % 2' '(k % 7 ? 1 : -1) * (k % 2 ? 800 : -800)'
edge right 'k % 2' '(k % 2 ? 1 : -1) * (1 + k % 5)'
edge wrong 'k % 2' '(k % 2 ? -1 : 1) * (1 + k % 5)'
edge ties 'k % 2' 0
edge alone 'k % 2' '(k * 7 % 13 - 6 + k % 2) / 3' '"one"'
edge unknown 'k % 2' '(k * 7 % 13 - 6 + k % 2) / 3' '""'
edge one-class 1 'k % 5 - 1'
narrow() { awk -F'\t' 'FNR == 1 { split("", h); for (i = 1; i <= NF; i++) h[$i] = i; next }
	{ for (c in h) if (c == "lo" || c ~ /_lo$/) { t = c; sub(/lo$/, "hi", t); v = c; sub(/_?lo$/, "", v); if (v == "") v = "value"
		lo = $h[c]; hi = $h[t]; if (lo == "nan" || hi == "nan") continue
		if (lo + 0 >= hi + 0 || (v in h && ($h[v] < lo - 1e-9 || $h[v] > hi + 1e-9))) print FILENAME, FNR, c, $0 } }' "$@"; }
for name in hard right wrong ties alone unknown one-class; do
	for how in closed images bootstrap; do
		exits "$name, $how" 0 cxr-metrics --format tsv --interval $how --prevalence .1 --bootstrap 100 -o edge "edge-$name.tsv"
		is "all intervals of $name, $how, have a width" "$(narrow out edge/{decision,smooth,referral,prevalence,calibration}.tsv)" ""
	done
	exits "groups of $name" 0 cxr-metrics groups x.group --bootstrap 100 "edge-$name.tsv"
	is "theirs, too" "$(narrow out)" ""
done
done_testing
