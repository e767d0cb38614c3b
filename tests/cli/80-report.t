#!/bin/bash
# cxr-report: a page from a whole folder, from an empty one, from hostile names; wrong input.
# shellcheck source=tests/cli/lib.sh disable=SC2317 # functions called by exits
. "${0%/*}/lib.sh"

# record JSON: a safetensors document without tensors.
record() {
	local n=$((8 + ${#1})) i
	local pad=$(((64 - n % 64) % 64))
	local size=$((${#1} + pad))
	for ((i = 0; i < 8; i++)); do
		# shellcheck disable=SC2059 # the format is the byte
		printf "\\x$(printf %02x $((size >> 8 * i & 255)))"
	done
	printf '%s%*s' "$1" "$pad" ''
}

# Three patients with two images each; one image of either class is answered wrongly.
fixture() { # fixture DIR NEGATIVE POSITIVE
	local neg=$2 pos=$3
	mkdir -p "$1/curves" "$1/plots" "$1/overlays" "$1/commands"
	{
		printf 'path\tlabel\tpatient\tsplit\n'
		printf 'd/train/%s\t%s\t%s\ttrain\n' 0.png "$neg" a 1.png "$pos" b
		printf 'd/test/%s\t%s\t%s\ttest\n' 2.png "$neg" c 3.png "$pos" c 4.png "$neg" d 5.png "$pos" d
	} >"$1/list.tsv"
	{
		printf 'id\tlabel\tpatient\tsplit\tz_%s\tp_%s\tp_%s\tpred\tstatus\n' "$pos" "$neg" "$pos"
		printf 'd/test/2.png\t%s\tc\ttest\t-2\t.88\t.12\t%s\tok\n' "$neg" "$neg"
		printf 'd/test/3.png\t%s\tc\ttest\t2\t.12\t.88\t%s\tok\n' "$pos" "$pos"
		printf 'd/test/4.png\t%s\td\ttest\t1\t.27\t.73\t%s\tseen\n' "$neg" "$pos"
		printf 'd/test/5.png\t%s\td\ttest\t-1\t.73\t.27\t%s\tok\n' "$pos" "$neg"
		printf 'd/test/6.png\t%s\te\ttest\t\t\t\t\tcannot decode\n' "$pos"
	} >"$1/scores-test.tsv"
	printf 'epoch\ttrain_loss\tval_loss\tval_auc\tbest\n1\t.6\t.7\t.8\t1\n2\t.5\t.6\t.95\t1\n3\t.4\t.7\t.9\t0\n' >"$1/log.tsv"
	printf 'metric\tvalue\tlo\thi\tn\nauc\t0.75\t0.301\t1\t4\naccuracy\t0.5\t0.15\t0.85\t4\nitems\t4\tnan\tnan\t5\n' >"$1/metrics.tsv"
	printf 'label\t%s\t%s\n%s\t1\t1\n%s\t1\t1\n' "$neg" "$pos" "$neg" "$pos" >"$1/curves/confusion.tsv"
	printf '<?xml version="1.0"?><svg xmlns="x"><title>t</title><defs><g id="q"/></defs><g id="c"><text>plotted</text></g></svg>' >"$1/plots/roc.svg"
	printf 'cxr-train -a resnet18 < train.cxr\n' >"$1/commands/4-train"
}

# --- further tables and their numbers
fixture m NORMAL PNEUMONIA
printf 'check\tdeletion\tverdict\ngradcam\t0.1234567\t<b>"x"\\\\y\nrandom\tnan\t\n' >m/audit.tsv
exits "an audit" 0 cxr-report --numbers m/numbers.json m
like "are shown, escaped" "$(cat m/report.html)" 'Shortcut audit.*<td class=number>0.123</td><td>&lt;b&gt;'
like "numbers in JSON, and null" "$(tr -d '\n' <m/numbers.json)" '"deletion": 0.1234567,.*"deletion": null'
if python3 -c 'import json' 2>/dev/null; then
	ok "which is valid" python3 -c 'import json; d = json.load(open("m/numbers.json")); assert d["metrics.tsv"][0]["value"] == .75'
else
	skip 1 "no python3 with json"
fi
printf 'id\tlabel\np.png\tA\n<a folder>/another/with-a-long-name-0001.png\tA\n' >m/curves/failures.tsv
exits "names of wrong answers" 0 cxr-report m
like "a long one may be broken behind slashes" "$(cat m/report.html)" \
	'<td>p.png</td>.*<td class=long>&lt;a folder&gt;/<wbr>another/<wbr>with-a-long-name-0001.png</td>'
rm m/report.html
exits "--json" 0 cxr-report --json m
cxr-report --numbers m/numbers.json -o x.html m
ok "prints the same numbers" cmp out m/numbers.json
not_ok "and writes no page" test -e m/report.html
exits "unless it is named" 0 cxr-report --json -o m/report.html m
ok "both are there" test -s m/report.html -a -s out
exits "but not on the same output" 2 cxr-report --json -o - m
exits "numbers nowhere" 1 cxr-report --numbers none/numbers.json m

# --- what was found in the data, in images, tables and words
mkdir m/eda
printf 'png' >m/eda/samples.png
printf '<svg><g><text>sizes</text></g></svg>' >m/eda/sizes.svg
printf 'from\tauc\tlo\thi\tn\nmean and sd\t0.91\t0.88\t0.94\t500\ncorners\t.6\t.5\t.7\t500\n16x16 thumbnail\t.99\t.98\t1\t500\n' >m/eda/probe.tsv
printf 'id\tother\tkind\tbits\tlabel\tother_label\tsplit\tother_split\na\tb\texact\t0\tA\tB\ttrain\ttest\n' >m/eda/duplicates.tsv
printf 'split\tlabel\twidth_min\twidth_median\twidth_max\ntrain\tA\t100\t120.5\t160\n' >m/eda/classes.tsv
printf 'calibration_slope\t.5\t.3\t.7\t4\ncalibration_intercept\t0\t-1\t1\t4\nece\t.1\tnan\tnan\t4\nrecall\t0.5\t0.1\t0.9\t2\nspecificity\t.5\t.1\t.9\t2\n' >>m/metrics.tsv
exits "a folder with a description of its data" 0 cxr-report --numbers m/numbers.json m
page=$(cat m/report.html)
like "samples" "$page" '<figure class=sheet><img alt="[^"]*" src="data:image/png;base64,cG5n"'
like "a plot of the data" "$page" '<text>sizes</text>'
like "a shortcut is called one" "$page" 'class=bad><b>These classes can be told largely without the lungs\.</b> From mean and sd alone .* 0\.910 \(0\.880 to 0\.940\)'
like "and the network no better" "$page" 'not surely better than that'
like "the same image in two splits" "$page" '1 pair of the same bytes and 0 nearly alike are in two splits'
like "probabilities in words" "$page" 'too extreme\.</b> The mean gap is 0\.100; the calibration intercept 0\.00 .* the slope 0\.50 \(0\.30 to 0\.70'
like "the AUC in words" "$page" 'cannot be told from guessing.*750 are put in the right order \(interval 301 to 1000'
sed 's/^auc.*/auc\t1\t1\t1\t4/' m/metrics.tsv >separate && mkdir s && mv separate s/metrics.tsv && cp m/scores-test.tsv s
exits "an interval without width" 0 cxr-report s
like "is no certainty" "$(cat s/report.html)" 'Too few images to say how well the classes are told apart'
# what the table of measures says holds: positive class, level, and of three classes none
awk -F'\t' -v OFS='\t' '{ print $0, NR == 1 ? "level" : .9, NR == 1 ? "positive" : "NORMAL" }' m/metrics.tsv >s/metrics.tsv
exits "another positive class and level" 0 cxr-report --numbers s/numbers.json s
like "are told" "$(tr -d '\n' <s/report.html)" 'positive class is <b>NORMAL</b>.*in 90 % of experiments.*<th>90 % interval</th>'
like "in JSON" "$(cat s/numbers.json)" '"positive": "NORMAL"'
awk -F'\t' -v OFS='\t' '{ $7 = NR == 1 ? "positive" : ""; print }' s/metrics.tsv >table && mv table s/metrics.tsv
printf 'recall.B\t.5\tnan\tnan\t9\t.9\t\nauc.B\t.5\t.4\t.6\t20\t.9\t\nece_expected\t.05\t.02\t.08\t20\t.9\t\n' >>s/metrics.tsv
sed 's/^ece\t.1\tnan\tnan/ece\t.1\t.03\t.2/' s/metrics.tsv >table && mv table s/metrics.tsv
awk -F'\t' -v OFS='\t' '{ print $0, NR == 1 ? "p_B" : "0" }' m/scores-test.tsv >s/scores-test.tsv
exits "three classes" 0 cxr-report --numbers s/numbers.json s
like "have calibration in words, too" "$(cat s/report.html)" 'class that it names is off\.</b> The mean gap is 0\.100 .* up to 0\.080'
like "nine images of a class: withheld" "$(tr -d '\n' <s/report.html)" '<td>B</td><td class=number>0\.500<small>[^<]*</small></td><td class=number>&ndash;<small>withheld</small>'
like "no positive class, in JSON" "$(cat s/numbers.json)" '"positive": null'
like "and the flow of images" "$(cxr-report --json m)" '"flow": \{"listed": 6, "test": 4, "rows": 5, "unreadable": 1, "unlabelled": 0, "measured": 4\}'
for own in .5 .2 .9; do # p are .12 .27 .73 .88; from .73 on they were called positive
	mkdir t && cp m/scores-test.tsv t
	printf 'metric\tvalue\tlo\thi\tn\nthreshold\t.73\tnan\tnan\t4\n' >t/metrics.tsv
	record '{"__metadata__":{"classes":"NORMAL,PNEUMONIA","cxr":"net","threshold":"'$own'"}}' >t/model.safetensors
	cxr-report t
	like "the model's threshold of $own is told where it makes the same calls" "$(cat t/report.html)" \
		"PNEUMONIA where its probability is at least 0.$([ $own = .5 ] && echo 5 || echo 73)"
	rm -r t
done
mkdir t && cp m/scores-test.tsv t
for own in nan inf 2 -.1 ''; do
	record '{"__metadata__":{"classes":"NORMAL,PNEUMONIA","cxr":"net","threshold":"'$own'"}}' >t/model.safetensors
	exits "a threshold of '$own'" 1 cxr-report t
	like "is refused by name" "$(cat err)" "model.safetensors: threshold '$own' is no probability"
done
rm -r t
like "errors in words" "$page" 'missed 1 of 2 PNEUMONIA images</b> and gave 1 of 2 others'
like "a range in one cell" "$page" '<td class=number>120<small>100&ndash;160</small>'
for name in eda/probe.tsv eda/duplicates.tsv eda/classes.tsv audit.tsv; do
	like "$name is in report.json" "$(cat m/numbers.json)" "\"$name\": \["
done

# --- images by several methods
fixture by NORMAL PNEUMONIA
mkdir by/methods
printf 'path\tlabel\tpred\tp\nx/<one>.png\tA\tB\t0.9\nx/two.png\tA\tA\t.8\n' >by/methods/pictures.tsv
for f in '0-<one>.gradcam.layer3.1' '0-<one>.rise' 1-two.gradcam.layer3.1; do printf '%s' "$f" >"by/methods/$f.png"; done
exits "methods beside each other" 0 cxr-report by
like "a row for each image" "$(tr -d '\n' <by/report.html | grep -o '<table class=methods>.*')" \
	'<th>gradcam</th><th>rise</th>.*&lt;one&gt;<small>wrongly called B, p&nbsp;=&nbsp;0.900.*two<small>rightly called A'
is "a cell for each method" "$(grep -c 'alt="rise of x/&lt;one&gt;.png"' by/report.html)$(grep -c 'rise of x/two' by/report.html)" 10

# --- measures of maps, as cxr-metrics --maps prints them, and the audit of them
mkdir maps
cp m/scores-test.tsv m/metrics.tsv maps
mkdir maps/overlays
printf 'measure\tmap\tvalue\tlo\thi\tn\nhit\tgradcam\t.5\t.25\t.75\t9\nhit\tedges\t.1\t0\t.2\t9\ngini\tgradcam\t.3\t.2\t.4\t9\n' >maps/measures.tsv
printf 'check\tvalue\tlo\thi\tlimit\tverdict\tsays\nborder\t.5\t.4\t.6\t.3\tflagged\twhat\ncorners\t\t\t\t\tnot known\twhat\naudit\t\t\t\t\tflagged\tall\n' >maps/audit.tsv
exits "measures of maps" 0 cxr-report maps
page=$(tr -d '\n' <maps/report.html)
like "with intervals, beside baselines" "$page" '<th class=number>edges \(baseline\)</th>.*<td>hit<small>the hottest place [^<]*</small></td><td class=number>0\.500<small>0\.250&ndash;0\.750</small></td><td class=number>0\.100'
like "a dash for what is not there" "$page" '<td>gini<small>[^<]*</small></td><td class=number>0\.300<small>[^<]*</small></td><td class=number>&ndash;</td>'
like "the audit in words" "$page" 'class=bad><b>There are signs of a shortcut:</b> border; see'
like "and as a table" "$page" '<td class=bad>flagged</td>'
mkdir maps/froc
printf 'measure\tmap\tvalue\tlo\thi\tn\nfroc\ta<b>\t.5\t.4\t.6\t57\nfroc_1\ta<b>\t.614\t.521\t.703\t57\nfroc_1\trise\tnan\tnan\tnan\t57\n' >maps/froc/found.tsv
printf '<svg><g><text>curve of lesions</text></g></svg>' >maps/froc/froc.svg
exits "lesions found" 0 cxr-report --numbers maps/numbers.json maps
like "in a sentence, with the interval" "$(cat maps/report.html)" \
	'57 lesions are marked.*per image: by a&lt;b&gt; <b>0\.61</b> \(95 % interval 0\.52&ndash;0\.70\); by rise not known\.'
like "and the curve" "$(cat maps/report.html)" '<text>curve of lesions</text>'
like "and in report.json" "$(cat maps/numbers.json)" '"froc/found.tsv": \['
printf 'measure\tmap\tvalue\tlo\thi\tn\n' >maps/froc/found.tsv
cxr-report maps
like "a table of none is no share of 0" "$(cat maps/report.html)" 'could not be judged: where lesions lie is not known'
sed -i 's/flagged/passed/' maps/audit.tsv
cxr-report maps
like "nothing flagged" "$(cat maps/report.html)" 'lie where disease can be'

# --- valid HTML
for page in m maps; do
	cxr-report -o "$page.html" "$page"
	ok "tidy finds nothing in $page" tidy -q -e "$page.html"
done

# --- shifts
{ printf 'metric\tvalue\tlo\thi\tn\nauc\t.9\t.8\t1\t20\nrecall\t.95\tnan\tnan\t10\nspecificity\t.7\tnan\tnan\t10\n'
	printf 'balanced_accuracy\t.825\tnan\tnan\t20\nece\t.1\tnan\tnan\t20\nitems\t20\tnan\tnan\t20\n'
	printf 'stress.%s\tnan\tnan\t20\n' 'mean.auc\t.851' 'mean.balanced_accuracy\t.75' 'worst.auc\t.8' \
		'worst.auc.difference\t-.1' 'worst.auc.a.b<i>\t.8' 'worst.balanced_accuracy\t.7' \
		'worst.balanced_accuracy.difference\t-.1' 'worst.balanced_accuracy.dark\t.7' 'a.b<i>.auc\t.8' \
		'a.b<i>.balanced_accuracy\t.8' 'dark.auc\t.902' 'dark.balanced_accuracy\t.7' | sed 's/\\t/\t/g'
} >m/metrics-stress.tsv
exits "a table of shifts" 0 cxr-report m
like "the clean figure, the mean and the worst" "$(cat m/report.html)" \
	'20 validation images.* is 0.825 as they are, 0.750 in the mean of the shifts, and 0.700 at worst \(dark\)'
like "rows with the worst marked" "$(cat m/report.html)" \
	'<th>as they are</th><td>0.900</td><td>0.950</td>.*<th>a.b&lt;i&gt;</th><td class=bad>0.800</td>.*<th>dark</th><td>0.902</td>'
is "mean and worst are no shifts" "$(grep -c '<th>worst</th>\|<th>mean</th>' m/report.html)" 0
printf 'metric\tvalue\nstress\nstress.\t1\nstress.auc\nstress.mean.auc\t.5\nstress.worst.auc.\t\n' >m/metrics-stress.tsv
exits "a damaged one" 1 cxr-report m
like "is named" "$(cat err)" 'metrics-stress.tsv: line 2: 1 columns, the header has 2'
rm m/metrics-stress.tsv

# --- runs side by side (make is quiet about its own variables)
for run in left right; do
	fixture $run NORMAL PNEUMONIA
	sed -i 's/seen$/ok/' $run/scores-test.tsv
done
compare() { env -u MAKEFLAGS make -s -f "$top/pipelines/compare.mk" BIN="$CXR_BIN" "$@"; }
exits "two runs" 0 compare RUNS="left right/" OUT=both
is "a row for each measure of each" "$(cut -f 1 both/metrics.tsv | sort | uniq -c | tr -s ' \n' ' ')" " 3 left 3 right 1 run "
is "no difference" "$(awk -F'\t' '$2 == "accuracy" { print $1, $5, $8 }' both/compare.tsv)" "right 0 1"
like "on one page" "$(tr -d '\n' <both/report.html)" '<h1>2 runs side by side</h1>.*<th>AUC</th>.*<th>left</th><td>0\.750</td>.*<th>right</th>.*left above right</h3>.*<th>Accuracy</th><td>0\.000</td>.*0\.500 and 0\.500; p = 1\.000; interval withheld: resamples do not differ</td>'
like "with how they were trained" "$(cat both/report.html)" '<dt>left</dt><dd><pre>cxr-train -a resnet18'
ok "which is valid" tidy -q -e both/report.html
ok "and its numbers in JSON" grep -q '"run": "left"' both/report.json
# The same synthetic images in two places, scored by anything; then others of the same names.
placed() { # placed RUN SEED SLOPE
	cxr-phantom -n 24 -s 64 --seed "$2" -o "$1/phantom" >/dev/null 2>&1
	cxr-list -q "$1/phantom/chest" | cxr-prep -q -s 64 --store u8 >"$1/test.cxr"
	cxr-show --json "$1/test.cxr" | sed -n 's/.*"id":"\([^"]*\)".*"label":"\([^"]*\)".*/\1\t\2/p' |
		awk -v OFS='\t' -v slope="$3" 'BEGIN { print "id", "label", "p_NORMAL", "p_PNEUMONIA", "status" }
			{ p = .5 + .01 * slope * ((NR * 7) % 24) * ($2 == "NORMAL" ? -1 : 1); print $1, $2, 1 - p, p, "ok" }' >"$1/scores-test.tsv"
}
mkdir -p here there/here
for run in here there/here; do
	placed $run 1 $((${#run} > 4 ? -1 : 1))
	cxr-metrics --format tsv -o $run/curves $run/scores-test.tsv >$run/metrics.tsv
done
exits "the same images in two places" 0 compare RUNS="here there/here" OUT=apart
like "are paired by their bytes" "$(grep $'\taccuracy' apart/compare.tsv)" $'^there/here\taccuracy\t1\t'
is "and nothing is left over" "$(cd apart && echo *)" "commands compare.tsv curves metrics.tsv plots report.html report.json"
page=$(tr -d '\n' <apart/report.html)
like "the difference in words" "$page" 'here tells the classes apart better than there/here\.</b> Difference in AUC 1\.000'
like "a curve of each in one plot" "$page" 'aria-label="ROC curves">.*>here</text>.*>there/here</text>.*aria-label="Stated'
not_ok "and no plot is missing" grep -q 'plots.* is not in this folder' apart/report.html
rm -r there/here/phantom
placed there/here 2 -1
exits "others of the same names" 0 compare RUNS="here there/here" OUT=apart
is "are not" "$(wc -l <apart/compare.tsv)" 1
like "which the page says" "$(cat apart/report.html)" 'images or classes are not the same, so nothing can be paired'
like "which is told" "$(cat err)" "not the same images: .*, 0 in both"
exits "one run" 2 compare RUNS=left

# --- a whole folder
fixture d NORMAL PNEUMONIA
record '{"__metadata__":{"arch":"resnet18:classes=1","classes":"NORMAL,PNEUMONIA","cxr":"net","recipe":"size=8x8","train.sha256":"0123456789abcdef0123456789abcdef"}}' >d/model.safetensors
record '{"__metadata__":{"cxr":"head","pg.0":"cxr-prep 0.1.0 --store u8"}}' >d/test.cxr
exits "a whole folder" 0 cxr-report d
is "silence" "$(cat out err)" ""
page=$(cat d/report.html)
like "the title" "$page" '<h1>resnet18 on 4 chest X-rays</h1>'
like "a figure with its interval" "$page" '0\.750.*0\.301&thinsp;&ndash;&thinsp;1\.000'
like "patients and images of a split" "$page" '<th>test</th><td>2</td><td>2</td><td>4</td><td>2</td>'
like "nobody is in two splits" "$page" 'No patient is in two splits'
like "the epoch that was kept" "$page" 'Kept was epoch 2; .*0\.9500'
like "the confusion matrix" "$page" 'called PNEUMONIA</th>'
like "a plot is inline" "$page" '<text>plotted</text>'
not_ok "without ids that clash" grep -q 'id="' d/report.html
like "a missing plot is named" "$page" 'plots/pr.svg is not in this folder'
like "groups of images" "$page" 'Missed: PNEUMONIA called NORMAL</h3>'
like "a command" "$page" '<pre>cxr-train -a resnet18 &lt; train.cxr'
like "a model card" "$page" 'Model card.*It is not a medical device'
like "a checklist with what is known" "$page" '<td>25</td><td>training in full</td><td>Training; What was run: train'
like "and what is not" "$page" '<td>17</td><td>ethical approval</td><td>not known to the tool'
like "provenance" "$page" 'cxr-prep 0.1.0 --store u8'
like "digests are counted, not printed" "$page" 'of 2 training images'
like "an image without score is told" "$page" '1 test image could not be read'
like "one that was trained on is told" "$page" '1 test image was also in the training data'
like "not a medical device" "$page" 'not a medical device'
not_ok "no word of synthetic data" grep -qi synthetic d/report.html
not_ok "nothing is loaded from anywhere" grep -qiE '<script|<link|src="?http|url\(' d/report.html
like "and the browser is told so" "$page" "default-src 'none'"
exits "standard output" 0 cxr-report -o - d
ok "is the same page" cmp out d/report.html
printf 'd/test/7.png\tNORMAL\ta\ttest\n' >>d/list.tsv
exits "a patient in two splits" 0 cxr-report -o - d
like "is told" "$(cat out)" '1 patient is in more than one split'

# --- what is not known is said, and what holds comes first
fixture k NORMAL PNEUMONIA
sed -i 's/seen$/ok/; s/\tNORMAL\tok$/\tPNEUMONIA\tok/' k/scores-test.tsv
awk -F'\t' -v OFS='\t' 'NR > 1 { $3 = "" } { print }' k/list.tsv >list && mv list k/list.tsv
printf 'recall\t1\t.3\t1\t2\nspecificity\t0\t0\t.7\t2\nunknown_patients\t4\tnan\tnan\t4\n' >>k/metrics.tsv
awk -F'\t' -v OFS='\t' '{ print $0, NR == 1 ? "method" : $1 == "auc" ? "obuchowski" : "" }' k/metrics.tsv >list && mv list k/metrics.tsv
printf 'calibration_intercept\t0\t-1\t1\t4\t\ncalibration_slope\t43\t1\t85\t4\t\nece\t.1\tnan\tnan\t4\t\n' >>k/metrics.tsv
printf 'check\tvalue\tlo\thi\tlimit\tverdict\noutside_lungs\t.56\t.5\t.6\t.53\tunclear\nlungless_auc\t.686\t.628\t.738\t.8\tpassed\naudit\t\t\t\t\tnot known\n' >k/audit.tsv
touch -d 2026-01-02T12:00Z k/metrics.tsv
exits "a network with one answer" 0 cxr-report --title 'A <b> title' --numbers k/numbers.json k
page=$(tr -d '\n' <k/report.html)
like "is told first" "$page" 'In plain words</h2><ul class=verdict><li class=bad><b>It calls every image PNEUMONIA\.</b>.*missed 0 of 2'
like "patients are not known" "$page" 'Patients are not known: each image was taken for one\.'
not_ok "and not called apart" grep -q 'No patient is in two splits' k/report.html
like "the positive class" "$page" 'The positive class is <b>PNEUMONIA</b>'
like "sensitivity before AUC" "$page" '<span class=name>Sensitivity.*<span class=name>AUC'
like "how an interval was found" "$page" '\(interval: obuchowski\)'
like "calibration cannot be judged" "$page" 'cannot be judged</b>.* from 1\.00 to 85\.00'
like "the audit is not known" "$page" 'Whether it looks where disease can be is not known\.'
like "with the share beside the best baseline" "$page" '56 % of the heat lies outside the lungs \(of the best map that knows nothing of the network: 53 %\)'
like "and what is said without lungs" "$page" 'With the lungs filled in .* an AUC of <b>0\.69</b> \(0\.63&ndash;0\.74\)'
like "title and day" "$page" 'measured 2026-01-02</p><h1>A &lt;b&gt; title</h1>'
like "the positive class in JSON" "$(cat k/numbers.json)" '"positive": "PNEUMONIA"'
ok "a valid page" tidy -q -e k/report.html

# --- counts from files to answers, what its authors say, and the way through the page
echo '2 9' >k/train.failed
printf 'item\ttext\nethical approval\tnone <b>needed</b>\nMachine\tX' >k/about.tsv
exits "with notes" 0 cxr-report k
page=$(tr -d '\n' <k/report.html)
like "unreadable images are counted for each split" "$page" '<th>train</th><td>2</td><td>2</td><td>0</td>.*<th>test</th><td>4</td><td>1</td>'
like "what about.tsv says" "$page" 'About this study</h2>.*<dt>ethical approval</dt><dd>none &lt;b&gt;needed'
like "answers a checklist" "$page" '<td>17</td><td>ethical approval</td><td>none &lt;b&gt;needed'
like "contents" "$page" '<nav aria-label=contents>.*<a href="#about">About this study</a>.*<section id=about>'
not_ok "details are closed" grep -q 'details open' k/report.html
rm k/train.failed
exits "nothing noted" 0 cxr-report k
like "is not called none" "$(tr -d '\n' <k/report.html)" '<th>train</th><td>2</td><td>not known</td>'
ok "a valid page" tidy -q -e k/report.html

# --- images
for map in 0-2 1-3.a.relu 1-3.b.relu 1-30.x; do printf '%s' "$map" >"d/overlays/$map.png"; done
exits "one map of an image, two of another" 0 cxr-report -o - d
page=$(cat out)
like "are shown" "$page" 'src="data:image/png;base64,MS0zLmEucmVsdQ=="><small>a\.relu</small><img [^>]*MS0zLmIucmVsdQ==">'
is "for each its own" "$(grep -c 'no overlay' out)" 2
rm d/overlays/*
exits "no heat map for an image" 0 cxr-report -o - d
is "is told for each" "$(grep -c 'no overlay' out)" 4
exits "--pictures 0" 0 cxr-report --pictures 0 -o - d
is "shows none" "$(grep -c 'no overlay' out)" 0

# --- where wrong answers come from
printf 'id\tx.nearest\tx.influential\n%s\n%s\n' \
	'd/test/4.png	d/train/a; (1) b.png (PNEUMONIA) 0.982; d/train/0.png (NORMAL) 0.971	d/train/1.png (PNEUMONIA) 4.000' \
	'd/test/2.png	d/train/right.png (NORMAL) 1.000	' >d/neighbours.tsv
exits "training images beside wrong answers" 0 cxr-report -o - d
page=$(tr -d '\n' <out)
like "with labels and values" "$page" \
	'most alike: <span title="d/train/a; \(1\) b.png">a; \(1\) b.png</span> \(PNEUMONIA\) 0.982, <span [^>]*>0.png</span> \(NORMAL\) 0.971</small>'
like "and those that spoke for it" "$page" 'spoke most for it: <span [^>]*>1.png</span> \(PNEUMONIA\) 4.000</small>'
is "not beside right ones" "$(grep -c 'right.png' out)" 0
printf secret >key
exits "under a key" 0 cxr-report --hash-ids key -o - d
is "no name is left" "$(grep -c '[01].png\|b.png' out)" 0
rm d/neighbours.tsv

# --- an empty folder, and one with little in it
mkdir empty little
exits "an empty folder" 1 cxr-report empty
like "is told" "$(cat err)" '^cxr-report: empty: nothing of a run is in this folder'
not_ok "and no page is left" test -e empty/report.html
printf 'label\tA\nA\t1\n' >little/list.tsv
exits "a list that is none" 1 cxr-report little
like "is told" "$(cat err)" '^cxr-report: little/list.tsv: no column path$'
rm little/list.tsv
mkdir little/curves
printf 'class\n' >little/curves/roc.tsv
exits "a folder with little in it" 0 cxr-report little
for name in list.tsv log.tsv scores-test.tsv metrics.tsv model.safetensors test.cxr commands; do
	ok "says that $name is absent" grep -q "<b>$name</b> is not in this folder" little/report.html
done

# --- what is there and damaged is an error that names the file, whatever table or plot it is
damaged() { # damaged FILE CAUSE: the file of a copy of folder d is standard input
	rm -rf hurt && cp -r d hurt && mkdir -p "hurt/$(dirname "$1")" && cat >"hurt/$1"
	exits "$1: $2" 1 cxr-report hurt
	like "is named with the cause" "$(cat err)" "^cxr-report: hurt/$1: .*$2"
	not_ok "and no page is left" test -e hurt/report.html
}
rm -f d/report.html
for name in list.tsv scores-test.tsv metrics.tsv metrics-stress.tsv log.tsv curves/confusion.tsv eda/duplicates.tsv \
	eda/probe.tsv compare.tsv measures.tsv froc/found.tsv audit.tsv groups.tsv curves/roc.tsv methods/pictures.tsv; do
	damaged $name "line 2: 1 columns, the header has 2" < <(printf 'a\tb\nc\n')
done
damaged metrics.tsv empty </dev/null
damaged eda/probe.tsv 'no column from' < <(printf 'auc\tlo\thi\n')
damaged eda/probe.tsv "line 2: auc: '0.8x' is no number" < <(printf 'from\tauc\tlo\thi\nsd\t0.8x\t.1\t.2\n')
damaged audit.tsv 'no column verdict' < <(printf 'check\nborder\n')
damaged metrics.tsv 'cut off' < <(printf 'metric\tvalue\tlo\thi\tn\nauc\t.9\t.8\t1\t1')
damaged plots/roc.svg 'damaged' < <(printf '<svg><g><path d="M0 0"/>')
damaged overlays/0-2.png empty </dev/null
rm -rf hurt && cp -r d hurt && rm hurt/metrics.tsv && mkdir hurt/metrics.tsv
exits "a folder for a table" 1 cxr-report hurt
rm -rf hurt && cp -r d hurt && ln -sf nowhere hurt/audit.tsv
exits "a link that leads nowhere" 1 cxr-report hurt
rm -rf hurt && cp -r d hurt
record '{"__metadata__":{"cxr":"head","items":"9"}}' >hurt/test.cxr
exits "fewer scores than the stream has images" 1 cxr-report hurt
like "is told" "$(cat err)" 'scores-test.tsv: 5 rows, but test.cxr has 9 images'

# --- hostile names
# shellcheck disable=SC2016 # literally
fixture h '<script>alert(1)</script>' 'x"><img src=http://evil>&'"'"
exits "class names with markup" 0 cxr-report -o - h
not_ok "do not become markup" grep -qE '<script|<img src=http|x">' out
like "but text" "$(cat out)" '&lt;script&gt;alert\(1\)&lt;/script&gt;'
sed -i 's|d/test/3.png|d/../../etc/<i>\\n\x01|' h/scores-test.tsv
exits "ids with markup, dots and control characters" 0 cxr-report -o - h
not_ok "do not become markup either" grep -q '<i>.*p(' out

printf '<svg><script>alert(1)</script><g onload="x()"><foreignObject><form action="http://evil">' >h/plots/roc.svg
printf '</form></foreignObject><image href="http://evil"/><path d="M1 2"/></g></svg>' >>h/plots/roc.svg
exits "a plot with more than shapes" 0 cxr-report h
not_ok "brings only these" grep -qE 'alert\(1\)</script|onload|<form|<image|evil"/' h/report.html
ok "but them" grep -q '<path d="M1 2"/></g>' h/report.html
ok "tidy finds nothing in the page" tidy -q -e h/report.html
like "nothing may be sent from it" "$(cat h/report.html)" "form-action 'none'; base-uri 'none'"

# --- names as hashes
mkdir -p n/curves
printf 'id\tpatient\tlabel\tpred\nhere/anna.png\tanna\tA\tB\n' >n/curves/failures.tsv
hash=$(printf here/anna.png | openssl dgst -sha256 -hmac secret | sed 's/.*= //' | cut -c1-12)
exits "names as hashes" 0 cxr-report --hash-ids secret --numbers hashed.json -o - n
not_ok "nobody is named" grep -q anna out hashed.json
ok "but by a hash" grep -qF "$hash" out
exits "under another key" 0 cxr-report --hash-ids other -o - n
not_ok "it is another" grep -qF "$hash" out

# --- wrong input
exits "no folder" 2 cxr-report
exits "two folders" 2 cxr-report d d
exits "a file for a folder" 1 cxr-report d/list.tsv
like "is named" "$(cat err)" '^cxr-report: d/list.tsv: not a folder$'
exits "an absent folder" 1 cxr-report nowhere
exits "an empty key" 2 cxr-report --hash-ids '' d
exits "an empty title" 0 cxr-report --title '' -o - d
like "is none" "$(cat out)" '<h1>resnet18 on 4 chest X-rays</h1>'
exits "a count that is none" 2 cxr-report --pictures many d
exits "a full disk" 1 bash -c 'cxr-report -o - d >/dev/full'
mkdir -p damaged
printf '\x40\0\0\0\0\0\0\0{"a' >damaged/model.safetensors
exits "a damaged model" 1 cxr-report damaged
like "is named" "$(cat err)" '^cxr-report: damaged/model.safetensors: '
ok "and no page is left" test ! -e damaged/report.html
: >damaged/model.safetensors
exits "an empty model file" 1 cxr-report damaged
rm damaged/model.safetensors
printf 'a\0b\n' >damaged/list.tsv
exits "a table that is no text" 1 cxr-report damaged
done_testing
