#!/bin/bash
# Names with everything in them that means something to a terminal, a shell, JSON, HTML or a table go through all tools:
# they stay names.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"
# shellcheck source=tests/cli/train.sh
. "$top/tests/cli/train.sh"

# shellcheck disable=SC2089 # the quotes and backslashes are the names' own
a=$'=A\e[31m"\'<b>&`touch pwned`\t\n$(touch pwned)\\x9b\x9b2J' b=$'B\u202e\u009b%s,\xff\xfe'
images 8
mv A "$a"
mv B "$b"
mv "$b/001.pgm" "$b/"$'\e]0;title\a=1+1.pgm'
cxr-list -q "$a" "$b" >list
exits "cxr-prep" 0 cxr-prep -q -s 32 - <list
mv out s.cxr
exits "cxr-train" 0 cxr-train -q -a mobilenet_v2 --epochs 1 --train classifier -o model s.cxr
exits "cxr-infer" 0 cxr-infer -q -t -m model s.cxr
mv out scores
exits "cxr-cam" 0 cxr-cam -q -t -m model --style side -o maps --measure drop,increase s.cxr
mv out maps.tsv
is "a map an image" "$(find maps -name '*.png' | wc -l)" 16
exits "cxr-eda" 0 cxr-eda -q -o run/eda s.cxr
exits "cxr-metrics" 0 cxr-metrics --allow-seen -o run/curves scores
mv out run/metrics.tsv
cp list run/list.tsv
cp scores run/scores-test.tsv
cp model run/model.safetensors
cp s.cxr run/test.cxr
exits "cxr-report" 0 cxr-report --numbers run/numbers.json run
like "the class" "$(cat run/report.html)" '=A.{1,8}\[31m&quot;&#39;&lt;b&gt;&amp;`touch pwned`'
not_ok "is no markup" grep -qa '<b>&`touch' run/report.html

# json FILE: is each line, or the whole, JSON in UTF-8?
# shellcheck disable=SC2317 # called by ok
json() { perl -MJSON::PP -0777 -e 'my $j = JSON::PP->new->utf8; $j->incr_parse(<STDIN>); my $n = 0;
	while (defined $j->incr_parse) { $n++ } exit !$n' <"$1"; }
cp scores foreign
printf '\xff\x80"\\\x7f\t%s\n' "$(sed -n '2s/[^\t]*\t//p' scores)" >>run/scores-test.tsv
cxr-report --numbers run/numbers.json -o run/x.html run 2>/dev/null
ok "numbers of the report are JSON" json run/numbers.json
cxr-show --json s.cxr >show.json
ok "cxr-show --json is JSON" json show.json
cxr-metrics --json --allow-seen scores >metrics.json
ok "cxr-metrics --json is JSON" json metrics.json

if command -v gnuplot >/dev/null; then
	gnuplot -c "$top/pipelines/eda.gp" run/eda "$top/pipelines/eda.awk" >/dev/null 2>&1
	mkdir run/plots
	gnuplot -c "$top/pipelines/plots.gp" run "$top/pipelines/histogram.awk" plots >/dev/null 2>&1
	{ printf 'stage\tmeasure\tmap\tvalue\tlo\thi\n'; printf "labels\\tspearman\\ta'\`touch pwned\`'\\t.5\\t.4\\t.6\\n"; } >sanity.tsv
	gnuplot -c "$top/pipelines/sanity.gp" sanity.tsv sanity.svg 'none labels' >/dev/null 2>&1
	ok "the plot of a map whose name holds a quote" grep -q "a'.touch pwned" sanity.svg
else
	skip 1 "no gnuplot"
fi
is "no name was run" "$(find . -name 'pwned*')" ""

if script -qec true typescript </dev/null >/dev/null 2>&1; then
	for command in 'cxr-list "$a" "$b"' 'cxr-infer -t -m model s.cxr' 'cxr-cam -t -m model s.cxr' 'cxr-show s.cxr' \
		'cxr-show --json s.cxr' 'cxr-metrics --allow-seen scores' 'cxr-metrics -f tsv --allow-seen scores' \
		'cxr-metrics --json --allow-seen scores' 'cxr-model info model' 'cat err | cxr-show --cat scores'; do
		# shellcheck disable=SC2090
		export a b
		script -qec "bash -c '$command 2>/dev/null'" typescript </dev/null >/dev/null 2>&1
		ok "$command: says something" test "$(wc -c <typescript)" -gt 200
		not_ok "and nothing that moves a terminal" \
			grep -qaP '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae|[\xf8-\xff]' typescript
	done
else
	skip 20 "no script(1), or no terminal to be had"
fi
done_testing
