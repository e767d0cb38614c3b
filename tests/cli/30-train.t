#!/bin/bash
# cxr-train: a ResNet-18 learns two classes; equal work, equal bits; interruption; wrong input.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/train.sh
. "$top/tests/cli/train.sh"

images 12
cxr-prep -q -s 32 --store u8 A/*.pgm B/*.pgm >u8
cxr-prep -q -s 32 A/*.pgm B/*.pgm >f32
cxr-prep -q -s 32 --store u8 A/00[1-4].pgm B/00[1-4].pgm >vals
train=(cxr-train -a resnet18 -o model --batch 8 --epochs 3 --lr 2e-3)

# --- it learns
exits "trains" 0 "${train[@]}" --allow-seen --val vals u8
cp out log
is "log: header" "$(head -n 1 log | tr '\t' ' ')" "epoch train_loss train_acc val_loss val_acc val_auc lr best"
is "log: one line per epoch" "$(cut -f1 log | tr '\n' ' ')" "epoch 1 2 3 "
like "validation images that are trained on are counted" "$(cat err)" "vals: 8 of 8 validation images are also trained on"
ok "the loss falls" awk 'NR == 2 { a = $2 } NR == 4 { b = $2 } END { exit !(b < .7 * a) }' log
is "a line per epoch on standard error" "$(grep -c '^cxr-train: epoch [123]/3: loss .* AUC' err)" 3
is "nothing but the model is left" "$(ls -d model*)" model
like "digest" "$(field digest model)" '^[0-9a-f]{64}$'
is "classes" "$(field classes model)" A,B
like "recipe" "$(field recipe model)" '^size=32x32 channels=3 '
is "counts per split and class" \
	"$(field count.train.A model) $(field count.train.B model) $(field count.val.A model)" "12 12 4"
like "training images" "$(field train.sha256 model)" '^[0-9a-f]{384}$'
like "provenance: the stream's" "$(field pg.0 model)" '^cxr-prep '
like "provenance: ours, without paths, threads" "$(field pg.1 model)" \
	'^cxr-train [0-9.]+ -a resnet18:classes=1:channels=3 --epochs 3 --batch 8 --loss bce --optimizer adam --lr 0.002 .*--seed 0$'
digest=$(field digest model)

# --- equal work, equal bits
exits "one thread" 0 "${train[@]}" -q -j1 --allow-seen --val vals u8
is "-q is silent" "$(cat err)" ""
ok "the same log" cmp out log
is "the same model" "$(field digest model)" "$digest"
exits "three threads, floats, from standard input" 0 bash -c '"$@" -j3 --allow-seen --val vals - <f32' - "${train[@]}"
ok "the same log" cmp out log
is "the same model" "$(field digest model)" "$digest"
exits "another seed" 0 "${train[@]}" -q --seed 1 --allow-seen --val vals u8
not_ok "is another model" [ "$(field digest model)" = "$digest" ]

# --- lung masks: a folder and a stream say the same
mkdir -p masks/A masks/B other
perl -e 'for my $k ("A", "B") { for my $i (1 .. 11) {
	open my $f, ">", sprintf("masks/%s/%03d.pgm", $k, $i) or die; binmode $f;
	print $f "P5\n32 32\n255\n", join "", map { my $x = $_ % 32; chr($x > 4 && $x < 28 ? 255 : 0) } 0 .. 1023; } }'
cp masks/A/001.pgm other/none.pgm
cxr-prep -q -s 32 -c 1 --store u8 masks/*/*.pgm >maskstream
guided=(cxr-train -a resnet18:last=1 -o guided --batch 8 --epochs 1 --evidence-loss .1 --background .5 --augment shift=.1)
exits "trains with masks of a folder" 0 "${guided[@]}" --masks masks u8
like "images without a mask are counted" "$(cat err)" "masks: 2 of 24 images have no lung mask, the first is A/012.pgm"
want=$(field digest guided)
exits "with those of a stream, on three threads" 0 "${guided[@]}" -q -j3 --masks maskstream u8
is "the same model" "$(field digest guided)" "$want"
like "provenance" "$(field pg.1 guided)" ' --evidence-loss 0.1 --background 0.5 '
like "the masks' digest" "$(field train.masks guided)" '^[0-9a-f]{64}$'

# --- a network whose output is a map: masks in, masks out
map=(cxr-train -a "resnet18:dense=layer1,layer2" -o map --batch 8 --epochs 2 --lr 1e-2 --loss dice --augment shift=.1)
exits "a map" 0 "${map[@]}" --masks masks --allow-seen --val vals u8
cp out maplog
like "its log has the Dice" "$(head -n 1 out)" "^epoch.train_loss.train_dice.val_loss.val_dice.val_auc"
ok "that grows" awk 'NR == 2 { a = $3 } NR == 3 { exit !($3 > a && $5 > .5 && $5 <= 1) }' out
like "the cut architecture" "$(field arch map)" '^resnet18:dense=layer1,layer2:classes=1:channels=3$'
not_ok "without what lies behind" grep -q layer3 map
want=$(field digest map)
exits "masks of a stream, three threads" 0 "${map[@]}" -q -j3 --masks maskstream --allow-seen --val vals u8
ok "the same log" cmp out maplog
is "the same model" "$(field digest map)" "$want"
exits "masks are made" 0 cxr-infer -m map -o made u8
cp out made.cxr
is "of every image, under its name" "$(find made -name '*.png' | sort | head -n 2 | tr '\n' ' ')" "made/A/001.png made/A/002.png "
like "and are in the stream" "$(cxr-show made.cxr)" 'mask.*U8.*32x32|mask U8'
exits "in any batch" 0 cxr-infer -m map --batch 3 -j3 u8
ok "the same" cmp out made.cxr
"${map[@]}" -q --masks made.cxr -o from u8 >out1
"${map[@]}" -q --masks made -o from2 u8 >out2
ok "they train as a stream or a folder" cmp out1 out2
is "to the same model" "$(field digest from)" "$(field digest from2)"
exits "another model's scores go along" 0 bash -c 'cxr-infer -m guided u8 | cxr-infer -m map | cxr-cam -m guided -t'
exits "a map is not explained" 1 cxr-cam -m map -o maps u8
like "which says so" "$(cat err)" 'map: its output is a map already'
exits "a map has no table" 2 cxr-infer -m map -t u8
exits "a class has no mask" 2 cxr-infer -m guided -o made u8

# --- interruption
interrupt() { # interrupt SIGNAL
	rm -f model
	: >log1
	"${train[@]}" --allow-seen --val vals u8 >log1 2>err1 &
	local pid=$!
	for _ in {1..600}; do
		if [ "$(wc -l <log1)" -ge 2 ] || ! kill -0 $pid 2>err2; then break; fi
		sleep .1
	done
	kill "-$1" $pid
	wait $pid
}
for signal in TERM USR1 INT; do
	interrupt $signal
	is "SIG$signal: exit code" $? 75
	ok "SIG$signal: checkpoint" test -s model.ckpt
	not_ok "SIG$signal: no model" test -e model
done
like "says how to go on" "$(cat err1)" 'interrupted: go on with --resume model.ckpt'
exits "resume" 0 "${train[@]}" --allow-seen --val vals --resume model.ckpt u8
ok "the log is the whole one" cmp out log
is "the model is that of an uninterrupted run" "$(field digest model)" "$digest"
not_ok "the checkpoint is gone" test -e model.ckpt
interrupt TERM
exits "resume with other options" 1 "${train[@]}" --allow-seen --val vals --seed 3 --resume model.ckpt u8
like "is refused" "$(cat err)" 'model.ckpt: of another run'
exits "resume on other data" 1 "${train[@]}" --allow-seen --val vals --resume model.ckpt vals
like "is refused" "$(cat err)" 'model.ckpt: of another run'
head -c 1000000 model.ckpt >short
exits "resume from a cut checkpoint" 1 "${train[@]}" --allow-seen --val vals --resume short u8
exits "resume from a model" 1 "${train[@]}" --allow-seen --val vals --resume u8 u8
rm -f model.ckpt

# --- options
exits "two outputs, sgd, cosine, weights, flip" 0 "${train[@]}" -q --loss ce --optimizer sgd --schedule cosine --hflip \
	--class-weights balanced --allow-seen --val vals u8
like "in the architecture" "$(field arch model)" 'classes=2'
exits "classes= in the architecture" 0 cxr-train -q -a resnet18:classes=2 -o two --epochs 1 u8
like "means cross-entropy" "$(field pg.1 two)" '--loss ce '
exits "--init" 0 "${train[@]}" --init two --train fc --epochs 1 u8
like "partly loaded" "$(cat err)" 'two: 100 of 102 tensors loaded; started at random: fc; of another shape: fc.weight 2x512 for 1x512, fc.bias 2 for 1'
like "its digest" "$(field init.sha256 model)" '^[0-9a-f]{64}$'
cp model whole
exits "--init that fits" 0 "${train[@]}" --init whole --train fc --epochs 1 u8
like "completely" "$(cat err)" 'whole: 102 of 102 tensors loaded$|102 of 102 tensors loaded.cxr'
like "the same images are marked once" "$(field train.sha256 model)" '^[0-9a-f]{384}$'
images 14
cxr-prep -q -s 32 --store u8 A/01[34].pgm B/01[34].pgm >others
exits "--init, on other images" 0 cxr-train -q -a resnet18 --init whole --train fc --epochs 1 --batch 8 -o more others
like "those of the weights stay marked" "$(field train.sha256 more)" '^[0-9a-f]{448}$'
is "and are seen" "$(cxr-infer -q -t -m more u8 | cut -f9 | sort -u | tr '\n' ' ')" "seen status "
exits "patience" 0 "${train[@]}" -q --train fc --lr 0 --patience 1 --allow-seen --val vals u8
is "stops early" "$(cut -f1 out | tr '\n' ' ')" "epoch 1 2 "
exits "no epoch is better" 0 "${train[@]}" -q --train fc --lr 0 --allow-seen --val vals u8
is "the first is kept" "$(field train.best model)" 1
exits "but the last is wanted" 0 "${train[@]}" -q --train fc --lr 0 --allow-seen --val vals --keep-last u8
is "and kept" "$(field train.best model)" "$(field train.epochs model)"
like "which the model says" "$(field pg.1 model)" " --keep-last"

# --- stages, changes, parts
exits "two stages" 0 "${train[@]}" --allow-seen --val vals --stage 'train=fc epochs=1 lr=3e-3' \
	--stage 'train=layer4+ epochs=2 optimizer=sgd lr=1e-2 clip=1 schedule=step:every=1:factor=0.5' u8
is "rates of both" "$(cut -f7 out | tail -n +2 | tr '\n' ' ')" "0.003 0.01 0.005 "
like "are in the provenance" "$(field pg.1 model)" "--stage 'epochs=2 optimizer=sgd lr=0.01 schedule=step:every=1:factor=0.5 momentum=0.9 clip=1 train=layer4\\+'"
exits "frozen, computed once" 0 "${train[@]}" -q --train fc --allow-seen --val vals u8
digest=$(field digest model)
exits "frozen, computed each time" 0 "${train[@]}" -q --train fc --allow-seen --val vals --augment erase=1e-12 u8
is "the same model" "$(field digest model)" "$digest"
exits "everything else" 0 "${train[@]}" -q --epochs 1 --microbatch 3 --replicas 2 --focal 2 --smoothing .05 --ema .9 \
	--l2 fc=1e-4 --augment rotate=10,crop=0.8,mixup=0.4 --last last u8
ok "the last epoch's model" test -s last
exits "a sheet of changes" 0 cxr-train --augment rotate=10,zoom=0.1 --show-augment sheet.png u8
is "is a PNG" "$(head -c 4 sheet.png | tail -c 3)" PNG

# --- wrong input: message, exit code, nothing written
rm -f model model.ckpt
refuse() { # refuse CODE ERE ARGS...: cxr-train ARGS fails so, and writes no model
	local code=$1 want=$2
	shift 2
	exits "exit $code: $*" "$code" cxr-train -o model "$@"
	like "... and says why" "$(cat err)" "^cxr-train: .*$want"
	is "... and leaves nothing" "$(echo model*)" 'model*'
}
refuse 1 "missing/last: cannot create" -a resnet18 --last missing/last u8
refuse 1 "u8: is an input, too" -a resnet18 --last u8 u8
ok "the input is whole" cxr-show u8
refuse 2 "need --masks" -a resnet18 --evidence-loss .1 u8
refuse 2 "--masks serves" -a resnet18 --masks masks u8
refuse 2 "from masks" -a resnet18:dense=layer2 u8
refuse 1 "'layer9' is no layer" -a resnet18:dense=layer2,layer9 --masks masks u8
refuse 1 "no layer with places" -a resnet18:dense=, --masks masks u8
refuse 1 "without head=" -a resnet18:dense=layer2:head=drop.5 --masks masks u8
refuse 1 "one output for each pixel" -a resnet18:dense=layer2:classes=2 --masks masks u8
refuse 1 "loss bce or dice" -a resnet18:dense=layer2 --loss ce --masks masks u8
refuse 1 "whose output is a map" -a resnet18 --loss dice u8
refuse 1 "one dense layer" -a vgg16 --masks masks --evidence-loss .1 u8
refuse 1 "not a mask" -a resnet18 --masks A --evidence-loss .1 u8
refuse 1 "none is the mask of an image" -a resnet18 --masks other --evidence-loss .1 u8
refuse 1 "8-bit mask" -a resnet18 --masks f32 --evidence-loss .1 u8
refuse 2 "no architecture" u8
like "-a list: names and words" "$(cxr-train -a list | head -n 1)" "^resnet18 +ResNet"
refuse 2 "epochs.*'0'" -a resnet18 --epochs 0 u8
refuse 2 "lr.*'fast'" -a resnet18 --lr fast u8
refuse 2 "no optimizer 'rmsprop': choose one of adam, adamw, sgd" -a resnet18 --optimizer rmsprop u8
refuse 2 "no loss 'mse': choose one of bce, ce" -a resnet18 --loss mse u8
refuse 2 "no schedule 'steps': choose one of constant" -a resnet18 --schedule steps u8
refuse 2 "momentum is for" -a resnet18 --momentum .5 u8
refuse 2 "patience needs" -a resnet18 --patience 2 u8
refuse 2 "patience waits" -a resnet18 --patience 2 --keep-last --allow-seen --val vals u8
refuse 2 "plateau needs" -a resnet18 --schedule plateau u8
refuse 2 "batch.*cannot be set for a stage" -a resnet18 --stage batch=3 u8
refuse 2 "'fc' is not KEY=VALUE" -a resnet18 --stage fc u8
refuse 2 "no change 'turn': choose one of hflip, rotate" -a resnet18 --augment turn=3 u8
refuse 1 "no parameters under 'nose'" -a resnet18 --stage train=fc --stage train=nose u8
refuse 1 "no weights under 'nose'" -a resnet18 --l2 nose=1 u8
for x in nan inf -1 1e999 ''; do
	refuse 2 "l2 'fc=$x' is not PREFIX=X" -a resnet18 --l2 fc="$x" u8
	refuse 2 "class weights '1,$x' are neither" -a resnet18 --class-weights "1,$x" u8
done
refuse 2 "one stream at most" -a resnet18 u8 vals
refuse 2 "cannot both be standard input" -a resnet18 --val -
refuse 2 "unknown or ambiguous option --no-such" -a resnet18 --no-such u8
refuse 1 "nonesuch: .*No such file" -a resnet18 nonesuch
refuse 1 "a folder, not a file" -a resnet18 A
refuse 1 "lib.sh" -a resnet18 "$top/tests/cli/lib.sh"
refuse 1 "a model, not a stream" -a resnet18 two
refuse 1 "empty stream" -a resnet18 /dev/null
refuse 1 "no architecture 'resnet19'" -a resnet19 u8
refuse 1 "three classes|ce with 2 classes|bce" -a resnet18:classes=3 u8
refuse 1 "no parameters under 'nose'" -a resnet18 --train nose u8
refuse 1 "class weights '1,2,3'" -a resnet18 --class-weights 1,2,3 u8
refuse 2 "class weights '1,-2'" -a resnet18 --class-weights 1,-2 u8
refuse 1 "two.*no such|nonesuch" -a resnet18 --init nonesuch u8
header='{"__metadata__":{},"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'
printf -v header '%-120s' "$header"
printf '\x78\0\0\0\0\0\0\0%s' "$header" >nofit
refuse 1 "no tensor fits" -a resnet18 --init nofit u8
refuse 1 "loss is|no longer a number" -a resnet18 --optimizer sgd --lr 1e30 --epochs 3 u8
head -c $(($(wc -c <u8) - 100)) u8 >short
refuse 1 "short: .*(cut|ends inside)" -a resnet18 short
head -c 5000 u8 >short
refuse 1 "short: .*(cut|ends inside)" -a resnet18 short
cxr-prep -q -s 32 A/*.pgm >one
refuse 1 "only one class, A" -a resnet18 one
refuse 1 "validation has no class B: it has A" -a resnet18 --allow-seen --val one u8
printf 'path\tlabel\tpatient\tsplit\nA/001.pgm\t\t\t\n' | cxr-prep -q -s 32 >none
refuse 1 "no classes in the head" -a resnet18 none
cxr-prep -q -s 48 A/*.pgm B/*.pgm >s48
refuse 1 "another recipe" -a resnet18 --allow-seen --val s48 u8
exits "no output named" 2 cxr-train -a resnet18 u8
exits "output in a folder that is not there" 1 cxr-train -a resnet18 -o no/model u8
exits "output is a folder" 1 cxr-train -a resnet18 -o A u8
if cxr-train --version | grep -q MPI; then
	skip 2 "built with MPI"
else
	exits "one of several processes, built without MPI" 2 env OMPI_COMM_WORLD_SIZE=2 cxr-train -a resnet18 -o model u8
	like "is refused" "$(cat err)" 'cxr-train: one of 2 processes, but built without MPI: make MPI=1'
fi
if [ -w /dev/full ]; then
	exits "log on a full disk" 1 bash -c 'cxr-train -q -a resnet18 -o model --epochs 1 u8 >/dev/full'
	exits "model on a full disk" 1 cxr-train -q -a resnet18 -o /dev/full --epochs 1 u8
else
	skip 2 "no /dev/full"
fi
printf 'text' >A/bad.pgm
cxr-prep -q -s 32 --store u8 A/*.pgm B/*.pgm >bad 2>/dev/null
exits "an error record is left out" 0 cxr-train -a resnet18 -o model --epochs 1 bad
like "and counted" "$(cat err)" 'bad: 1 image.* left out'
done_testing
