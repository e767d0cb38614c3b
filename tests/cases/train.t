#!/bin/bash
# Training that would be believed without a word: on what it is validated on, on layers that nobody trains, onto its
# own input, or ended before it began. All is made here.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"

# image FILE SEED: a small gray PGM that is unlike any other
image() { mkdir -p "${1%/*}"; perl -e 'srand $ARGV[0]; print "P5 32 32 255\n"; print chr(60 + int rand 120) for 1 .. 1024' "$2" >"$1"; }
# set NAME PATIENTS...: two classes, an image of each patient in either; prepared as NAME.cxr
seed=0
set_of() {
	local name=$1 p
	shift
	for p; do
		image "$name/NORMAL/${p}_1.pgm" $((seed += 1))
		image "$name/PNEUMONIA/${p}_2.pgm" $((seed += 1))
	done
	cxr-list -q --patient '/([a-z0-9]+)_[^/]*$' "$name" | cxr-prep -q -s 32 --store u8 >"$name.cxr"
}
set_of train a1 a2 a3 a4
set_of apart b1 b2
set_of patients a1 b3
train=(cxr-train -a resnet18 --epochs 1 -j1)

# --- validation on what is trained on
exits "validation images that are trained on" 1 "${train[@]}" --val train.cxr -o m train.cxr
like "are refused, counted" "$(cat err)" 'train.cxr: 8 of 8 validation images are also trained on.*--allow-seen'
ok "before anything is trained" test ! -e m
exits "if not wanted" 0 "${train[@]}" --allow-seen --val train.cxr -o m train.cxr
like "and are said all the same" "$(cat err)" '8 of 8 validation images are also trained on'
exits "patients that are trained on" 1 "${train[@]}" --val patients.cxr -o m2 train.cxr
like "are refused, too" "$(cat err)" '2 of 4 validation images are of patients that are trained on'
exits "others" 0 "${train[@]}" --val apart.cxr -o m train.cxr
is "are nothing to speak of" "$(grep -c 'also trained\|patients' err)" 0
mkdir -p unknown/{NORMAL,PNEUMONIA}
image unknown/NORMAL/1.pgm 901
image unknown/PNEUMONIA/1.pgm 902
cxr-list -q unknown | cxr-prep -q -s 32 --store u8 >unknown.cxr
exits "patients that are not known" 0 "${train[@]}" --val unknown.cxr -o m train.cxr
like "are said" "$(cat err)" 'unknown.cxr: whether its patients are also trained on is not known: .* of 2 of all 10 images'

# --- who trains is told what is what
like "the positive class is named" "$(cat err)" 'classes NORMAL, PNEUMONIA, in the order of their names.*: PNEUMONIA is the positive one'
cxr-list -q --classes PNEUMONIA,NORMAL train | cxr-prep -q -s 32 --store u8 >turned.cxr
exits "an order that was given" 0 "${train[@]}" -o m turned.cxr
like "is told as such" "$(cat err)" 'in the order that was given: NORMAL is the positive one, though it is a name of health'
cxr-list -q --only label=NORMAL apart | cxr-prep -q -s 32 --store u8 >half.cxr
exits "a validation set without a class" 1 "${train[@]}" --val half.cxr -o m train.cxr
like "is told which" "$(cat err)" 'validation has no class PNEUMONIA: it has NORMAL'

# --- layers that nobody trains
cxr-model export -o whole.npz m
python=$(command -v python3) && "$python" - <<'END'
import zipfile
a, b = zipfile.ZipFile("whole.npz"), zipfile.ZipFile("part.npz", "w")
for n in a.namelist():
    if not n.startswith(("fc.", "layer4.1.")):
        b.writestr(n, a.read(n))
END
if [ -e part.npz ]; then
	exits "partial weights and a frozen trunk" 0 "${train[@]}" --init part.npz --train fc -o m train.cxr
	like "are warned of, by name" "$(cat err)" 'started at random and never trained: layer4.1.conv1, layer4.1.bn1, layer4.1.conv2'
	exits "which all training makes good" 0 "${train[@]}" --init part.npz -o m train.cxr
	is "without a warning" "$(grep -c 'never trained' err)" 0
else
	skip 4 "no python3"
fi
exits "a random trunk, frozen" 0 "${train[@]}" --train fc -o m train.cxr
like "is warned of" "$(cat err)" 'started at random and never trained: conv1, bn1, .* and [0-9]+ more'

# --- outputs
cp train.cxr in.cxr
exits "onto its own standard input" 1 bash -c '"$@" -o in.cxr <in.cxr' - "${train[@]}"
like "is refused" "$(cat err)" 'in.cxr: is an input, too'
ok "before a byte is lost" cmp in.cxr train.cxr
exits "--last in a folder that is not there" 1 "${train[@]}" -o m3 --last none/last train.cxr
is "is found before the first epoch" "$(wc -l <out)$(ls m3 2>/dev/null)" 0
exits "--keep-last" 0 "${train[@]}" --val apart.cxr --keep-last -o m train.cxr
is "has no best epoch" "$(grep -c best err)" 0

# --- a signal at any moment of the start: 75, whole files or none, and no more than one of them
bad=
for ((i = 0; i < 20; i++)); do
	rm -f late late.ckpt
	env --default-signal=INT,TERM cxr-train -a resnet18 --epochs 60 -q -j1 -o late train.cxr >log 2>said &
	pid=$!
	# from its first line on: while the kernel and the linker load it, nobody catches anything; the shell's own child does
	until grep -q cxr-train /proc/$pid/comm && grep -q '^SigCgt:.*[4-7c-f]...$' /proc/$pid/status; do sleep .01; done
	sleep "$(awk -v i=$i 'BEGIN { print i * i * .005 }')"
	kill -TERM $pid
	wait $pid
	rc=$?
	if [ -e late.ckpt ]; then want='go on with --resume late.ckpt'; else want='run it again'; fi
	if [ $rc != 75 ] || [ -e late ] || ! grep -q -- "$want" said || compgen -G '*.tmp*' >/dev/null; then
		bad="$bad $i: $rc $(tail -n 1 said);"
	fi
done
rc=
is "ends at 20 moments with 75 and says how to go on" "$bad" ""
done_testing
