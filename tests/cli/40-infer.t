#!/bin/bash
# cxr-infer: streams and tables, several models, equal bits, what passes and what is refused.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/train.sh
. "$top/tests/cli/train.sh"

images 10
cxr-prep -q -s 32 --store u8 A/00[1-6].pgm B/00[1-6].pgm >train
cxr-prep -q -s 32 --store u8 A/*.pgm B/*.pgm >u8
cxr-prep -q -s 32 A/*.pgm B/*.pgm >f32
for seed in 1 2; do cxr-train -q -a resnet18 -o m$seed --seed $seed --batch 6 --epochs 2 train >/dev/null; done
cxr-train -q -a resnet18:classes=2 -o two --batch 6 --epochs 1 train >/dev/null

# --- table
exits "a table" 0 cxr-infer -t -m m1 u8
cp out table
is "silence on success" "$(cat err)" ""
is "header" "$(head -n 1 table | tr '\t' ' ')" "id label patient split z_B p_A p_B pred status"
is "a row for each item, in order" "$(sed 1d table | cut -f1)" "$(ls A/*.pgm B/*.pgm)"
is "trained-on images are marked" "$(cut -f9 table | sort | uniq -c | tr -s ' \n' ' ')" " 8 ok 12 seen 1 status "
is "which ones" "$(grep -c '00[1-6].pgm.*seen$' table)" 12
ok "p = sigmoid(z), p_A + p_B = 1, pred by p >= .5" awk -F'\t' 'NR > 1 { p = 1 / (1 + exp(-$5))
	if ((p - $7) ^ 2 > 1e-12 || ($6 + $7 - 1) ^ 2 > 1e-12 || ($7 >= .5 ? "B" : "A") != $8) exit 1 }' table
exits "model from the environment" 0 env CXR_MODEL=m1 cxr-infer -t u8
ok "the same" cmp out table

# --- equal bits
for how in "--batch 1 -j1" "--batch 7 -j3" "--batch 64"; do
	# shellcheck disable=SC2086 # a list of words
	exits "$how" 0 cxr-infer -t -m m1 $how f32
	ok "the same table" cmp out table
done
cxr-infer -m m1 --feat u8 >s1
cxr-infer -m m1 --feat --batch 3 -j2 <u8 >s2
ok "the same stream" cmp s1 s2
cxr-prep -q -s 32 --store u8 B/*.pgm A/*.pgm | cxr-infer -t -m m1 | sort >backwards
is "whatever the order" "$(sort table)" "$(cat backwards)"

# --- stream
ok "a stream" cxr-show s1
is "its tensors" "$(cxr-show s1 | grep '^item' | cut -f2 | sort -u)" \
	"logit F32 [1], prob F32 [2], feat F32 [1,1,512], image U8 [32,32,3]"
is "model record" "$(grep -ao '"cxr":"model"' s1 | wc -l)" 1
is "its digest" "$(field digest s1 | head -n 1)" "$(field digest m1)"
like "provenance" "$(field pg.1 s1)" "^cxr-infer [0-9.]+ -m $(field digest m1 | cut -c1-16) --feat\$"
is "marked" "$(field seen s1 | sort | uniq -c | tr -s ' ')" " 12 1"
exits "scored again" 0 bash -c 'cxr-infer -m m2 s1 >s3'
cxr-infer -m m2 u8 >s4
is "old models, scores and maps go" \
	"$(cxr-infer -t -m m2 s1 | md5sum) $(grep -ao '"cxr":"model"' s3 | wc -l)$(grep -ac '"feat"' s3)" \
	"$(cxr-infer -t -m m2 u8 | md5sum) 10"

# --- no answer
exits "a model without cuts" 1 cxr-infer -t --abstain .8 -m m1 u8
like "says what is missing" "$(cat err)" "does not say when not to answer"
cxr-metrics calibrate --allow-seen -o cal.tsv table >/dev/null
cxr-model set --from cal.tsv -o sure m1
cxr-infer -t -m sure u8 >all
exits "--abstain" 0 cxr-infer -t --abstain .8 -m sure u8
cp out some
cut_of() { awk -F'\t' -v k="conformal.$1" '$1 == k { split($2, cut, ","); print cut[31] }' cal.tsv; }
ok "undecided where both classes are possible, or none" awk -F'\t' -v a="$(cut_of 0)" -v b="$(cut_of 1)" 'NR == FNR { pred[$1] = $8; next }
	FNR > 1 { A = -$5 >= a; B = $5 >= b; want = A && !B && pred[$1] == "A" || B && !A && pred[$1] == "B" ? pred[$1] : "undecided"
	if ($8 != want) exit 1 }' all some
is "the stream says the same" "$(cxr-infer --abstain .8 -m sure u8 | cxr-metrics --allow-seen | grep ^decided)" \
	"$(cxr-metrics --allow-seen some | grep ^decided)"
exits "of several models" 2 cxr-infer -t --abstain .8 -m sure -m m2 u8
exits "a coverage that is not stored" 2 cxr-infer -t --abstain .999 -m sure u8

# --- several models
cxr-infer -t -m m2 u8 >table2
exits "the mean of two" 0 cxr-infer -t -m m1 -m m2 u8
paste out table table2 >three
ok "p is the mean of the p, z its log-odds" awk -F'\t' 'NR > 1 { p = ($16 + $25) / 2; z = log(p / (1 - p))
	if ((p - $7) ^ 2 > 1e-12 || (z - $5) ^ 2 > 1e-6 * (1 + z * z)) exit 1 }' three
is "two model records" "$(cxr-infer -m m1 -m m2 u8 | grep -ao '"cxr":"model"' | wc -l)" 2
exits "the same one twice" 0 cxr-infer -t -m m1 -m m1 u8
ok "is that one" awk -F'\t' 'NR == FNR { z[$1] = $5; next } FNR > 1 &&
	($5 - z[$1]) ^ 2 > 1e-10 * (1 + $5 ^ 2) { exit 1 }' table out
exits "one output and two" 0 cxr-infer -t -m m1 -m two u8
is "become log probabilities" "$(head -n 1 out | cut -f5-8 | tr '\t' ' ')" "z_A z_B p_A p_B"
ok "p = exp(z)" awk -F'\t' 'NR > 1 && ((exp($6) - $8) ^ 2 > 1e-12 || ($7 + $8 - 1) ^ 2 > 1e-12) { exit 1 }' out
exits "two outputs" 0 cxr-infer -t -m two u8
ok "p = softmax(z)" awk -F'\t' 'NR > 1 && (1 / (1 + exp($5 - $6)) - $8) ^ 2 > 1e-12 { exit 1 }' out

# --- what passes
printf '%s\n' $'path\tlabel\tpatient\tsplit\tage' $'A/001.pgm\tA\tp\\t1\ttest\t4' \
	$'B/001.pgm\tother\t\t\t5 years' $'no.pgm\tB\t\t\t6' >list
cxr-prep -q -s 32 <list >mixed 2>/dev/null
exits "an item that came as an error does not count" 0 cxr-infer -t -m m1 mixed
is "further columns" "$(cut -f10 out | tr '\n' ' ')" "x.age 4 5 years 6 "
is "values are escaped" "$(sed -n 2p out | cut -f3)" 'p\t1'
is "a label that is no class is empty" "$(sed -n 3p out | cut -f2)" ""
is "error: empty fields" "$(sed -n 4p out | cut -f5-8 | tr '\t' '|')" "|||"
like "error: status" "$(sed -n 4p out | cut -f9)" 'no.pgm|No such file'
ok "through a stream too" cxr-infer -m m1 mixed
mkdir -p C D && cp A/*.pgm C && cp B/*.pgm D
cxr-prep -q -s 32 C/*.pgm D/*.pgm >other
exits "labels of another task" 0 cxr-infer -t -m m1 other
like "are said to be left out" "$(cat err)" "none of the model's classes and are left out: C,D; its classes are A,B"
cxr-infer -q -t -m m1 other 2>err >out
is "not with -q" "$(cat err)" ""

# --- a score that is not a number is no answer; a model that holds what is no number gives none
last_layer() { # MODEL TENSOR VALUE: its copy with all floats of one tensor of this value
	perl -0777 -ne 'my $n = unpack "Q<", $_; my ($at, $end) = substr($_, 8, $n) =~
		/"\Q'"$2"'\E":\{"data_offsets":\[(\d+),(\d+)/; substr($_, 8 + $n + $at, $end - $at) =
		pack("f<", '"$3"') x (($end - $at) / 4); s/"digest":/"digesx":/; print' "$1"
}
last_layer m1 fc.bias '"nan"' >nan
exits "a weight that is not a number" 1 cxr-infer -t -m nan u8
like "the tensor is named" "$(cat err)" '^cxr-infer: nan: tensor fc.bias holds what is no finite number'
last_layer m1 layer1.0.bn1.running_var -1 >variance
exits "a variance below 0" 1 cxr-cam -t -m variance u8
like "is named, too" "$(cat err)" 'running_var holds a negative variance \(value 1 of 64\)'
last_layer m1 fc.weight 3e38 >large
exits "scores that are not numbers" 3 cxr-infer -t -m large u8
is "empty fields, no class" "$(sed 1d out | cut -f5-8 | sort -u)" "$(printf '\t\t\t')"
is "and the status says so" "$(sed 1d out | cut -f9 | sort -u)" "the score is not a number (logit inf)"
exits "in a stream" 3 cxr-infer -m large u8
like "error records" "$(cxr-show --json out)" '"error": *"the score is not a number'
exits "no map of them either" 3 cxr-cam -t -m large u8
like "as of an error" "$(sed -n 2p out | cut -f5-)" 'the score is not a number'
printf 'path\tlabel\n' >empty
head -c 0 /dev/null >nothing

# --- wrong input
refuse() { # refuse CODE ERE ARGS...
	local code=$1 want=$2
	shift 2
	exits "exit $code: $*" "$code" cxr-infer "$@"
	like "... and says why" "$(cat err)" "^cxr-infer: .*$want"
}
refuse 2 "no model" -t u8
refuse 2 "one stream at most" -t -m m1 u8 u8
refuse 2 "batch" -t -m m1 --batch 0 u8
refuse 2 "feat is for a stream" -t -m m1 --feat u8
refuse 1 "two models|belongs to one model" -m m1 -m m2 --feat u8
refuse 1 "none: .*No such file" -t -m none u8
refuse 1 "u8: .*not a model|u8: " -t -m u8 u8
refuse 1 "A: " -t -m A u8
refuse 1 "lib.sh" -t -m "$top/tests/cli/lib.sh" u8
refuse 1 "none: .*No such file" -t -m m1 none
refuse 1 "A: a folder" -t -m m1 A
refuse 1 "empty stream" -t -m m1 nothing
refuse 1 "a model, not a stream" -t -m m1 m2
cxr-prep -q -s 48 A/*.pgm B/*.pgm >s48
refuse 1 "recipe" -t -m m1 s48
exits "a forced recipe of another size fails item by item" 3 cxr-infer -t -m m1 --force-recipe s48
is "with error rows" "$(sed 1d out | awk -F'\t' '$7 == "" && $9 != "ok"' | wc -l)" 20
cxr-prep -q -s 32 --recipe perimage A/001.pgm >per
refuse 1 "recipe" -t -m m1 per
exits "a forced recipe of the same size" 0 cxr-infer -t -m m1 --force-recipe per
cxr-train -q -a resnet18 -o m48 --epochs 1 s48 >/dev/null
refuse 1 "different recipes" -t -m m1 -m m48 u8
cxr-train -q -a resnet18 -o mcd --epochs 1 other >/dev/null
refuse 1 "different classes" -t -m m1 -m mcd u8
sed 's/"arch":"resnet18:/"arch":"resnet34:/' m1 >m34
refuse 1 "m34: .*missing" -t -m m34 u8
head -c 1000000 m1 >mcut
refuse 1 "mcut: " -t -m mcut u8
size=$(wc -c <u8)
for n in 1 7 100 2000 $((size / 2)) $((size - 500)) $((size - 1)); do
	head -c "$n" u8 >short
	exits "stream cut after $n bytes" 1 bash -c 'cxr-infer -m m1 short >s5'
	not_ok "... and what was written is cut too" cxr-show s5
done
{ cat u8; echo; } >longer
refuse 1 "bytes after the tail" -t -m m1 longer
if [ -w /dev/full ]; then
	exits "full disk, stream" 1 bash -c 'cxr-infer -m m1 u8 >/dev/full'
	exits "full disk, table" 1 bash -c 'cxr-infer -t -m m1 u8 >/dev/full'
else
	skip 2 "no /dev/full"
fi
bash -c 'cxr-infer -m m1 u8; echo $? >code' | head -c 100 >part
is "closed pipe" "$(cat code)" 141

# --- uncertainty
cxr-train -q -a resnet18:head=drop0.5 -o drop --batch 6 --epochs 2 train >/dev/null
exits "draws of dropout" 0 cxr-infer -t -m drop --mc 8 u8
cp out draws
is "sd and mi are columns" "$(head -n 1 draws | cut -f9- | tr '\t' ' ')" "status sd mi"
ok "draws differ, mi is at most ln 2 and mostly below" awk -F'\t' 'NR > 1 { if ($10 <= 0 || $11 < 0 || $11 > .6932) exit 1
	n++ } END { exit n != 20 }' draws
for how in "--batch 1 -j1" "--batch 7 -j3"; do
	# shellcheck disable=SC2086 # a list of words
	exits "$how" 0 cxr-infer -t -m drop --mc 8 $how f32
	ok "the same draws" cmp out draws
done
cxr-prep -q -s 32 --store u8 B/*.pgm A/*.pgm | cxr-infer -t -m drop --mc 8 | sort >backwards
is "whatever the order" "$(sort draws)" "$(cat backwards)"
exits "two models" 0 cxr-infer -t -m m1 -m m2 u8
cut -f-9 out >mean
exits "and how far they are apart" 0 cxr-infer -t -m m1 -m m2 --mc 0 u8
is "the same mean" "$(cut -f-9 out)" "$(cat mean)"
cxr-infer -t -m m1 u8 | cut -f7 >p1
cxr-infer -t -m m2 u8 | cut -f7 | paste p1 - >p12
ok "sd and mi by hand" awk -F'\t' 'function h(p) { return p <= 0 || p >= 1 ? 0 : -p * log(p) - (1 - p) * log(1 - p) }
	NR == FNR { a[NR] = $1; b[NR] = $2; next }
	FNR > 1 { p = a[FNR]; q = b[FNR]; sd = (p > q ? p - q : q - p) / sqrt(2); mi = h((p + q) / 2) - (h(p) + h(q)) / 2
		if ((sd - $10) ^ 2 > 1e-10 || (mi - $11) ^ 2 > 1e-10) exit 1 }' p12 out
exits "a model without dropout" 1 cxr-infer -t -m m1 --mc 4 u8
like "is refused" "$(cat err)" 'has no dropout'
exits "one member" 1 cxr-infer -t -m m1 --mc 0 u8

# --- stress
exits "a battery of shifts" 0 cxr-infer -t -m m1 --stress u8
cp out stress
is "silence on success" "$(cat err)" ""
ok "the plain rows are those of a run without" cmp table <(awk -F'\t' 'NR == 1 || $10 == "none"' stress | cut -f-9)
is "a row for every image and shift" "$(sed 1d stress | cut -f10 | sort | uniq -c | awk '$1 != 20' | wc -l) \
$(sed 1d stress | cut -f10 | sort -u | wc -l)" "0 25"
is "the manual names the shifts" "$(cut -f10 stress | sed -n '3,26p' | sort)" \
	"$(sed -n '/^\.Sh STRESS/,/^\.El/p' "$top/man/cxr-infer.1" | sed -n 's/^\.It Cm //p' | sed 's/ , /\n/g' | sort)"
ok "every shift but blur changes scores of so small images" awk -F'\t' 'NR > 1 && $10 == "none" { z = $5 } NR > 1 && $5 != z { n[$10]++ }
	END { for (k in n) s++; exit s < 22 }' stress
for how in "--batch 1 -j1" "--batch 7 -j3"; do
	# shellcheck disable=SC2086 # a list of words
	exits "$how" 0 cxr-infer -t -m m1 --stress $how u8
	ok "the same bits" cmp out stress
done
cxr-prep -q -s 32 --store u8 B/*.pgm A/*.pgm | cxr-infer -t -m m1 --stress | sort >backwards
is "whatever the order" "$(sort stress)" "$(cat backwards)"
exits "a stream with --stress" 2 cxr-infer -m m1 --stress u8
like "is refused" "$(cat err)" "--stress writes a table: give -t too"
refuse 1 "f32: --stress wants images of 8 bits" -t --stress -m m1 f32
echo junk >junk.pgm
printf '%s\n' junk.pgm A/001.pgm | cxr-prep -q -s 32 --store u8 2>/dev/null >junk.cxr
exits "an item that came as an error" 0 cxr-infer -t -m m1 --stress junk.cxr
is "has one row" "$(grep -c '^junk' out) $(grep -c '^A' out)" "1 25"

# --- images unlike the training images: known to models with enough of both sets
mkdir odd
(cd odd && images 60)
perl -e 'binmode STDOUT; srand 1; print "P5\n32 32\n255\n", map { chr(int rand 256) } 1 .. 1024' >odd/noise.pgm
perl -e 'binmode STDOUT; print "P5\n32 32\n255\n", map { chr($_ & 4 ? 255 : 0) } 0 .. 1023' >odd/stripes.pgm
perl -e 'binmode STDOUT; print "P6\n32 32\n255\n", map { chr(200 - $_ % 60) . chr(40) . chr(90) } 0 .. 1023' >odd/colour.ppm
cxr-prep -q -s 32 --store u8 odd/A/*.pgm odd/B/*.pgm >many
cxr-train -q -a resnet18 -o knows --epochs 1 --allow-seen --val many many >log
like "the model says at what rate" "$(field odd.rate knows)" '^0.01$'
like "and of how many images" "$(field odd.images knows)" '^120,120$'
exits "a table" 0 cxr-infer -m knows -t many
cp out usual
is "has the column" "$(head -n 1 usual | awk -F'\t' '{ print $NF }')" odd
ok "few of its own are odd" awk -F'\t' 'NR > 1 { n += $NF >= 1 } END { exit n > 2 }' usual
exits "in any batch, on any threads" 0 cxr-infer -m knows -t --batch 5 -j3 many
ok "the same" cmp out usual
exits "others" 0 bash -c 'cxr-prep -q -m knows --store u8 odd/noise.pgm odd/stripes.pgm odd/colour.ppm | cxr-infer -m knows -t'
ok "are odd" awk -F'\t' 'NR > 1 && !($NF >= 1) { bad = 1 } END { exit bad || NR != 4 }' out
is "numbers in the metadata are counted" "$(cxr-model info knows | awk -F'\t' '$1 == "odd" { print $2 }')" "8088 numbers"
sed 's/"odd":"[0-9a-f]\{8\}/"odd":"7fc00000/' knows >damaged
exits "no number" 1 cxr-infer -m damaged -t many
like "is refused" "$(cat err)" 'metadata odd'

# --- which training images an answer comes from
cxr-train -q -a resnet18 -o near.m --batch 6 --epochs 1 u8 >/dev/null
cxr-infer -q -m near.m --feat u8 >near.feat
exits "neighbours" 0 cxr-infer -q -m near.m --neighbours near.feat -t u8
is "two columns" "$(head -n 1 out | tr '\t' '\n' | tail -n 2 | tr '\n' ' ')" "x.influential x.nearest "
ok "the nearest is the image itself" awk -F'\t' 'NR > 1 { n++; bad += index($NF, $1 " (" $2 ") 1.000") != 1 } END { exit !n || bad }' out
ok "the most influential has the answer's label" awk -F'\t' 'NR > 1 { n++; bad += $(NF - 1) !~ "^[^;]*[(]" $(NF - 3) "[)]" } END { exit !n || bad }' out
cp out near
exits "in other batches" 0 cxr-infer -q -m near.m --neighbours near.feat --batch 5 -j1 -t u8
ok "the same" cmp out near
cxr-train -q -a resnet18 -o far.m --batch 6 --epochs 1 --seed 9 u8 >/dev/null
exits "of another model" 1 cxr-infer -q -m far.m --neighbours near.feat -t u8
like "says so" "$(cat err)" "near.feat: the features are another model's"
sed 's/"cxr":"model"/"cxr":"modal"/' near.feat >whose.feat
exits "of no model" 1 cxr-infer -q -m near.m --neighbours whose.feat -t u8
like "are not taken for this one's" "$(cat err)" 'whose.feat: not known whose features these are'
exits "without features" 1 cxr-infer -q -m near.m --neighbours u8 -t u8
like "says what makes them" "$(cat err)" 'cxr-infer --feat'
exits "of two models" 2 cxr-infer -q -m near.m -m far.m --neighbours near.feat -t u8
done_testing
