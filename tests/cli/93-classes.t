#!/bin/bash
# Three classes from the names of Kermany's files, and groups by a column of a list: from images to the report.
# shellcheck source=tests/cli/lib.sh disable=SC2317 # functions called by exits
. "${0%/*}/lib.sh"
bin=${CXR_BIN:-$(dirname "$(command -v cxr-list)")}
pipeline() {
	make -s -f "$top/pipelines/full.mk" BIN="$bin" SIZE=64 EPOCHS=1 GALLERY='--method gradcam,random --normalise p99' "$@"
}

# Synthetic images under such names: half of the patients with an opacity are called viral.
cxr-phantom -q -n 90 -s 64 -o drawn
find drawn/chest -name '*.png' | LC_ALL=C sort | awk -F/ '{
	split($NF, part, /[-.]/)
	name = $4 == "NORMAL" ? $NF : "person" part[2] + 0 (part[2] % 4 < 2 ? "_bacteria_" : "_virus_") part[3] + 0 ".png"
	print $0, "kermany/" $3 "/" $4 "/" name }' | while read -r from to; do
	mkdir -p "${to%/*}"
	ln "$from" "$to"
done
exits "three classes from two folders" 0 pipeline DATA=kermany CLASSES=NORMAL,BACTERIA,VIRUS OUT=three
is "of the model" "$(cxr-model info three/model.safetensors | sed -n 's/^classes\t//p')" NORMAL,BACTERIA,VIRUS
like "with a temperature from the shifts, and no threshold" "$(cxr-model info three/model.safetensors)" $'\ntemperature\t[0-9.e-]+\n'
is "one against the rest" "$(awk -F'\t' '$1 ~ /^(auc|recall|specificity)[.]/ { printf "%s ", $1 }' three/metrics.tsv)" \
	"$(printf 'recall.%s specificity.%s auc.%s ' NORMAL NORMAL NORMAL BACTERIA BACTERIA BACTERIA VIRUS VIRUS VIRUS)"
ok "and their mean" awk -F'\t' '$1 == "recall" { mean = $2 } $1 ~ /^recall[.]/ { sum += $2 }
	END { exit !(mean > sum / 3 - 1e-6 && mean < sum / 3 + 1e-6) }' three/metrics.tsv
page=$(tr -d '\n' <three/report.html)
like "in the report" "$page" 'Each class against the rest</h3>.*<td>NORMAL</td>.*<td>BACTERIA</td>.*<td>VIRUS</td>.*<td>mean</td>'
like "with three curves in a plot" "$page" 'aria-label="ROC curve of each class.*>NORMAL</text>.*>BACTERIA</text>.*>VIRUS</text>'
like "and nine cells" "$page" 'called NORMAL</th><th>called BACTERIA</th><th>called VIRUS</th>'
like "and maps of what was answered" "$page" 'heat map of what spoke for its answer'
ok "which is valid" tidy -q -e three/report.html
not_ok "nothing is missing in it" grep -q 'class=missing' three/report.html

# --- evaluated elsewhere: what is of two classes only is said, not left out
exits "three classes elsewhere" 0 env -u MAKELEVEL make -s -f "$top/pipelines/evaluate.mk" BIN="$bin" MODEL=three/model.safetensors \
	DATA=kermany/test CLASSES=NORMAL,BACTERIA,VIRUS OUT=elsewhere RECALIBRATE=yes GALLERY='--method gradcam,random --normalise p99'
like "no size, with the reason" "$(cat elsewhere/size.tsv)" $'not known\tof two classes'
is "recalibrated, no threshold chosen" "$(cxr-model info elsewhere/recalibrated.safetensors | sed -n 's/^threshold.note	//p')" \
	"on images of another source: calibration"
like "with what rests on too few withheld" "$(cat elsewhere/recalibrated.tsv)" $'^measure.*note.recall\tnan\tnan\tnan\tnan\tnan\tnan\twithheld'
page=$(tr -d '\n' <elsewhere/report.html)
like "maps explain what was answered" "$page" 'heat map of what spoke for its answer'
like "no class is the positive one" "$page" 'classes are <b>NORMAL,BACTERIA,VIRUS</b>; none is the positive one'
like "probabilities are judged, or not" "$page" '(Whether its probabilities can be believed cannot be judged|The probability of the class that it names)'
ok "which is valid" tidy -q -e elsewhere/report.html
page=$(tr -d '\n' <three/report.html)

# --- a list with columns of its own
cxr-list -q kermany | awk -F'\t' -v OFS='\t' 'NR == 1 { print $0, "view", "file"; next }
	{ print $0, NR % 3 ? "AP" : "PA", NR }' >own.tsv
exits "a list of two classes" 0 pipeline DATA=own.tsv OUT=own
is "a column with few values gives groups, one with many does not" "$(cut -f 1 own/groups.tsv | LC_ALL=C sort -u | tr '\n' ' ')" \
	"group view=AP view=PA "
is "all test images are in one" "$(awk -F'\t' '$2 == "accuracy" { n += $9 } END { print n }' own/groups.tsv)" \
	"$(($(wc -l <own/scores-test.tsv) - 1))"
like "the report has them" "$(tr -d '\n' <own/report.html)" 'Groups</summary>.*<td>view=AP</td>.*<td>14</td><td>fairness</td><td>Groups</td>'
not_ok "without such columns it has none" grep -q 'Groups</summary>' three/report.html
like "and fairness is not known" "$page" '<td>fairness</td><td>not known to the tool</td>'
done_testing
