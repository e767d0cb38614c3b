#!/bin/bash
# pipelines/evaluate.mk: a model on images of another source, nothing trained; and what all pipelines check first.
# shellcheck source=tests/cli/lib.sh disable=SC2317 # functions called by ok and run
. "${0%/*}/lib.sh"
bin=${CXR_BIN:-$(dirname "$(command -v cxr-list)")}
pipeline() { env -u MAKELEVEL make -f "$top/pipelines/$1.mk" BIN="$bin" "${@:2}"; }

cxr-phantom -q -n 40 -s 64 --seed 1 -o ours
cxr-list ours/chest --only split=train | cxr-prep -q -s 64 --store u8 >train.cxr
cxr-train -q -a resnet18 --epochs 1 --lr 1e-3 -o model.safetensors train.cxr >log
cxr-phantom -q -n 24 -s 96 --seed 9 -o drawn
mv drawn/chest "their data"
before=$(cxr-model info model.safetensors)
# The whole gallery, which takes longest, is drawn once, at the end.
evaluate() {
	pipeline evaluate MODEL=model.safetensors DATA="their data" OUT=e GALLERY='--method gradcam,random --normalise p99' "$@"
}

exits "one command" 0 evaluate
ok "makes a report" test -s e/report.html
is "of every image" "$(awk 'END { print NR - 1 }' e/scores-test.tsv)" 24
is "with a heat map each" "$(find e/overlays -name '*.png' | wc -l)" 24
is "all in the test set" "$(cut -f4 e/scores-test.tsv | sort -u | tr '\n' ' ')" "split test "
not_ok "nothing is trained" test -e e/log.tsv
is "the model stays as it is" "$(cxr-model info model.safetensors)" "$before"
# the model has stored nothing of its own: that is said, never taken for no difference
is "the figures it came with are not known" "$(cut -f5 e/home.tsv | sort -u | tr '\n' ' ')" "at_home nan "
is "which each row says" "$(sed 1d e/home.tsv | grep -c 'not known of the model$')" 5
is "nor what its images were like" "$(sed 1d e/drift.tsv | cut -f7 | sort -u)" "not known"
like "the page speaks of another source" "$(cat e/report.html)" 'Images of another source.*external test'
not_ok "and of no prevalence that nobody stated" grep -q '^stated' e/metrics.tsv
ok "and of how many images are needed" grep -q '^specificity' e/size.tsv
cp e/scores-test.tsv scores
exits "again" 0 evaluate
is "nothing to do" "$(grep -c '^[a-z]* *e/' out)" 1

# --- are lesions found? Only where somebody says where they are
steps() { awk '/^[a-z]+ +e[/]/ { print $1 }' out | LC_ALL=C sort | tr '\n' ' '; }
not_ok "no boxes, no word of it" grep -q 'Are the lesions found' e/report.html
exits "a table of boxes" 0 evaluate BOXES=drawn/truth.tsv
is "maps are made again, and lesions looked for" "$(steps)" "audit cam froc report "
lesions=$(awk -F'\t' '$2 == "PNEUMONIA" { n += split($5, box, ";") } END { print n }' drawn/truth.tsv)
is "all that are marked" "$(awk -F'\t' 'NR > 1 { print $6 }' e/froc/found.tsv | sort -u)" "$lesions"
share=$(awk -F'\t' '$1 == "froc_1" { printf "%.2f", $3 }' e/froc/found.tsv)
like "the page has the share and its interval" "$(cat e/report.html)" \
	"<p>$lesions lesions are marked.* at most one false positive per image: by gradcam.layer4.1 <b>$share</b> \\(95 % interval"
like "and the curve" "$(tr -d '\n' <e/report.html)" '<figure class=plot><svg[^>]*FROC: lesions found.*false positives per image'
like "a run can be done again with it" "$(cat e/run.sh)" 'cxr-metrics froc .*--truth .drawn/truth.tsv'
sed 's/IM-/XX-/' drawn/truth.tsv >"other boxes.tsv"
exits "boxes of other images" 0 evaluate BOXES="other boxes.tsv"
like "are told of" "$(cat err)" 'does not list [0-9]* images'
like "never that none is found" "$(cat e/report.html)" 'could not be judged: where lesions lie is not known'
exits "boxes as the truth" 0 evaluate TRUTH=drawn/truth.tsv MEASURE=hit
is "serve both" "$(awk -F'\t' 'NR > 1 { print $6 }' e/froc/found.tsv | sort -u)" "$lesions"
exits "without them again" 0 evaluate
not_ok "nothing of it is left" test -e e/froc

# --- images that cannot be read
echo "no image" >"their data/test/NORMAL/broken.png"
exits "an unreadable image" 0 evaluate
like "is counted" "$(cat out)" 'test: 1 of 25 images failed'
exits "another call" 0 evaluate
like "tries it again" "$(cat out)" 'prep .*test: 1 of 25 images failed'
not_ok "and does nothing else" grep -qE "^(infer|cam) " out
exits "more than were allowed" 2 evaluate MAX_ERRORS=0
like "end the run with the count" "$(cat err)" 'test: 1 of 25 images failed: more than MAX_ERRORS=0'
exits "a share that is not reached" 0 evaluate MAX_ERRORS=4%
cp "$(find "their data/test/NORMAL" -name '*-*.png' | head -n 1)" "their data/test/NORMAL/broken.png"
exits "once it can be read" 0 evaluate
is "it is scored" "$(awk 'END { print NR - 1 }' e/scores-test.tsv)" 25
not_ok "and nothing is left to try" test -e e/test.failed

# --- recalibrated, beside what the model has stored
cxr-prep -q -m model.safetensors --store u8 - < <(cxr-list ours/chest --only split=test) >val.cxr
cxr-infer -t -m model.safetensors val.cxr >val.tsv
cxr-metrics calibrate --allow-seen -o cal.tsv val.tsv >/dev/null
cxr-eda -o ref val.cxr
cxr-list ours/chest | awk -v OFS='\t' 'NR == 1 { print $0, "x.view"; next } { $4 = "val"; print $0, NR % 4 ? "PA" : "AP" }' \
	FS='\t' >ours.tsv
awk -f "$top/pipelines/reference.awk" ref/classes.tsv ours.tsv >>cal.tsv
cxr-model set --from cal.tsv -o home.safetensors model.safetensors
exits "recalibrated" 0 pipeline evaluate MODEL=home.safetensors DATA="their data" OUT=r RECALIBRATE=yes PREVALENCE=0.02
is "with answers worth what they are at the stated prevalence" \
	"$(awk -F'\t' '$1 == "stated_prevalence" { print $2 }' r/metrics.tsv)" 0.02
is "beside its own figures" "$(awk -F'\t' '$1 == "auc" { print $5 }' r/home.tsv)" \
	"$(awk -F'\t' '$1 == "figure.auc" { split($2, x, " "); print x[1] }' cal.tsv)"
is "larger images lie outside" "$(awk -F'\t' '$1 == "width" { print $7 }' r/drift.tsv | sort -u)" outside
is "views are compared with those it knows" "$(awk -F'\t' '$1 == "view" { print $2, $4, $7 }' r/drift.tsv | tr '\n' ' ')" \
	"AP 0.25 not known PA 0.75 not known "
awk -v OFS='\t' 'NR == 1 { print $0, "view"; next } { print $0, NR % 4 ? "PA" : NR % 8 ? "LL" : "" }' r/list.tsv >viewed.tsv
cxr-model info home.safetensors >home.txt
awk -v drift=1 -f "$top/pipelines/elsewhere.awk" home.txt r/metrics.tsv r/eda/classes.tsv viewed.tsv >drift.tsv
is "one that was never seen there, one that is gone, one as common, and those that have none" \
	"$(awk -F'\t' '$1 == "view" { print $2, $7 }' drift.tsv | tr '\n' ' ')" "? not known AP moved LL outside PA alike "
is "each half is judged by the other" "$(sed 1d r/recalibrated.tsv | wc -l)" 9
like "the whole is stored" "$(cxr-model info r/recalibrated.safetensors)" 'threshold.note	on images of another source'

# --- what was given on the command line
exits "no model" 2 pipeline evaluate DATA="their data"
like "is said" "$(cat err)" 'MODEL: the model to be evaluated is needed'
exits "two models" 2 pipeline evaluate MODEL='a b' DATA="their data"
like "are not one" "$(cat err)" "MODEL: 'a b': one model"
for p in full crossval compare shortcut dropout sanity; do
	exits "$p: a misspelt variable" 2 pipeline $p EPOCH=3
	like "$p: is named" "$(cat err)" 'EPOCH: no variable of '
	exits "$p: OUT with a space" 2 pipeline $p OUT='a b'
	is "$p: is refused in one line" "$(grep -c . err)" 1
	exits "$p: no OUT" 2 pipeline $p OUT=
done

# --- a signal to all processes of a run, as Ctrl-C sends (which background jobs of a script do not hear)
setsid make -f "$top/pipelines/full.mk" BIN="$bin" SIZE=64 EPOCHS=400 N=30 OUT=cut >out 2>err &
pid=$!
for ((i = 0; i < 1200; i++)); do
	if grep -q '^cxr-train: epoch 2' err; then break; fi
	sleep .1
done
kill -TERM "-$pid"
wait "$pid"
like "an interrupted run says how to go on" "$(cat err)" 'stopped: run make again'
ok "and leaves a checkpoint" test -s cut/trained.safetensors.ckpt
done_testing
