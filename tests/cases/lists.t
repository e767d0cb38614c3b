#!/bin/bash
# Folders, archives and tables that once gave a wrong answer without a word: what must happen instead. All is made here.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"

# image FILE SEED: a small gray PGM that is unlike any other
image() { mkdir -p "$(dirname "$1")"; perl -e 'srand $ARGV[0]; print "P5 48 48 255\n"; print chr(60 + int rand 120) for 1 .. 2304' "$2" >"$1"; }
seed=0
images() { local p; for p in "$@"; do seed=$((seed + 1)); image "$p" $seed; done; }
classes() { head -n 1 out | grep -o 'classes=.* items' | sed 's/classes=//; s/ items//'; }

# --- a class of health is not positive because of its first letter
images covid/COVID/{1,2,3,4}.pgm covid/Normal/{1,2,3,4}.pgm
exits "COVID and Normal" 0 bash -c 'cxr-list -q covid | cxr-prep -s 16 | cxr-show'
is "COVID is the positive one" "$(classes)" "Normal,COVID"
exits "an order that is given" 0 bash -c 'cxr-list -q --classes COVID,Normal covid | cxr-prep -s 16 | cxr-show'
is "reaches the stream" "$(classes)" "COVID,Normal"
exits "and the model" 0 bash -c 'cxr-list -q --classes COVID,Normal covid | cxr-prep -s 32 --store u8 | \
	cxr-train -q -a resnet18 --epochs 1 -o m >/dev/null && cxr-model info m'
like "which names them so" "$(cat out)" 'COVID,Normal'

# --- PATIENT_VISIT
images nih/Pneumonia/0009990{1,3,5}_00{0,1,2}.pgm nih/Normal/0009990{2,4,6}_00{0,1,2}.pgm
exits "names of NIH" 0 cxr-list --split train=0.5,val=0.5 nih
is "6 patients, each on one side" "$(tail -n +2 out | cut -f3,4 | sort -u | wc -l)" 6

# --- 1.png in every folder
images numbers/train/{NORMAL,PNEUMONIA}/{1,2,3,4,5,6,7,8}.pgm numbers/test/{NORMAL,PNEUMONIA}/{1,2,3,4}.pgm
exits "numbers as names" 0 bash -c 'cxr-list --split train=.75,val=.25 --keep test numbers >list; cat list'
is "all 16 stay" "$(cut -f4 out | grep -c -e train -e val)" 16
exits "the audit cannot judge" 4 cxr-list --audit numbers
is "and finds no shared patient" "$(grep -c '^shared_patient	' out)" 0
like "nor says that there is none" "$(grep '^shared_patients' out)" unknown

# --- images beside masks
images masks/{COVID,Normal}/{images,masks}/{1,2,3}.pgm
exits "images and masks" 0 cxr-list masks
is "labels are the classes" "$(tail -n +2 out | cut -f2 | sort -u | tr '\n' ' ')" "COVID Normal "
like "masks are counted" "$(cat err)" '6 masks left out'

# --- a comma in a class
images 'comma/0 normal/1.pgm' 'comma/0 normal/2.pgm' 'comma/1 opacity (effusion, consolidation)/1.pgm' \
	'comma/1 opacity (effusion, consolidation)/2.pgm'
exits "a comma in a class" 0 bash -c 'cxr-list -q comma | cxr-prep -s 32 --store u8 >comma.cxr; cxr-show comma.cxr'
is "two classes" "$(classes)" '0 normal,1 opacity (effusion\x2c consolidation)'
exits "train" 0 bash -c 'cxr-train -q -a resnet18 --epochs 1 -o m comma.cxr >/dev/null && cxr-infer -m m -t comma.cxr'
is "no label is lost" "$(tail -n +2 out | cut -f2 | sort -u | tr '\n' '|')" "0 normal|1 opacity (effusion, consolidation)|"

# --- kinds of files
images many/N/a.pgm
touch many/N/{b.bmp,c.jfif,d.jpe,e.webp}
exits "extensions" 0 cxr-list many
is "what is read is listed" "$(tail -n +2 out | wc -l)" 4
like "what is not is counted" "$(head -n 1 err)" '1 file passed over.*1 bmp'

# --- a table with commas
printf 'path,label,patient\na.png,PNEUMONIA,p1\nb.png,NORMAL,p2\n' >list.csv
exits "a table with commas" 1 bash -c 'cxr-prep -s 8 <list.csv >/dev/null'
is "is one message" "$(wc -l <err)" 1
like "that says what to do" "$(cat err)" 'a table with commas.*--columns'

# --- an output that is an input
images one.pgm
cp one.pgm one.png
before=$(cksum <one.png)
exits "a map beside its image" 1 bash -c 'cxr-prep -m m one.png | cxr-cam -q -m m -o . >/dev/null'
is "does not destroy it" "$(cksum <one.png)" "$before"
done_testing
