#!/bin/bash
# cxr-list: folders, archives, lists; splits and folds; audit; wrong input; exit codes.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"

head='path	label	patient	split'
column() { tail -n +2 out | cut -f"$1" | tr '\n' ' '; }

mkdir -p set/train/NORMAL set/train/PNEUMONIA set/val/NORMAL set/.git
for i in 1 2 3 4 5 6 7 8; do
	echo "n$i" >set/train/NORMAL/IM-000$i-0001.jpeg
	echo "p$i" >set/train/PNEUMONIA/person${i}_virus_$i.jpeg
	echo "q$i" >set/train/PNEUMONIA/person${i}_virus_9$i.jpeg
done
echo v >set/val/NORMAL/NORMAL2-IM-0001-0001.jpeg
touch set/.git/x.png set/train/NORMAL/{._IM-0001-0001.jpeg,Thumbs.db,.DS_Store,notes.txt}

# --- folders
exits "a folder" 0 cxr-list set
is "silence on success" "$(cat err)" ""
is "header" "$(head -n 1 out)" "$head"
is "only images, hidden ones not" "$(wc -l <out)" 26
is "sorted by bytes" "$(cut -f1 out | tail -n +2)" "$(cut -f1 out | tail -n +2 | LC_ALL=C sort)"
is "a row" "$(grep 0003 out)" "set/train/NORMAL/IM-0003-0001.jpeg	NORMAL	IM-0003	train"
is "the val folder" "$(tail -n 1 out)" "set/val/NORMAL/NORMAL2-IM-0001-0001.jpeg	NORMAL	NORMAL2-IM-0001	val"
cp out list
exits "a slash behind it" 0 cxr-list set//
ok "changes nothing" cmp out list
exits "another locale" 0 env LC_ALL=C cxr-list set
ok "changes nothing" cmp out list
exits "one image" 0 cxr-list set/train/NORMAL/IM-0003-0001.jpeg
is "is one row" "$(wc -l <out)" 2
mkdir -p Processed/{train,val}/{0,1}
touch Processed/train/0/a.npy Processed/train/1/b.npy Processed/val/1/c.npy
exits "numpy folders" 0 cxr-list Processed
is "labels 0 and 1" "$(column 2)" "0 1 1 "
is "splits" "$(column 4)" "train train val "
ln -s ../set set/loop
ln -s nowhere set/train/NORMAL/zz.png
exits "links in a circle and to nowhere" 0 cxr-list set
is "the missing image is listed" "$(wc -l <out)" 27
rm set/loop set/train/NORMAL/zz.png
mkdir -p web/{1..9}
for i in {1..9}; do
	touch "web/$i/$i.png"
	for j in {1..9}; do ln -s "../$j" "web/$i/to$j"; done
done
exits "folders that all link to each other" 0 timeout 60 cxr-list web
is "are listed once, by their own names" "$(grep -c '^web/[1-9]/[1-9].png	' out) $(wc -l <out)" "9 10"
like "and the links are counted" "$(cat err)" '81 links to folders that are listed'
mkdir -p 'odd/tab	new
line'
touch "odd/tab	new
line/\\ä.png"
exits "odd names" 0 cxr-list odd
is "are escaped" "$(tail -n 1 out)" 'odd/tab\tnew\nline/\\ä.png	tab\tnew\nline		'
exits "and read back" 0 bash -c 'cxr-list odd | cxr-list - | cxr-list -'
is "unchanged" "$(tail -n 1 out)" 'odd/tab\tnew\nline/\\ä.png	tab\tnew\nline		'

# --- classes
mkdir -p kinds/NORMAL kinds/PNEUMONIA
for n in NORMAL/IM-0001-0001 NORMAL/other PNEUMONIA/person1_bacteria_1 PNEUMONIA/person1_virus_6 PNEUMONIA/VIRUS-7-1 \
	PNEUMONIA/x; do echo "$n" >kinds/$n.png; done
exits "findings in names" 0 cxr-list --classes NORMAL,BACTERIA,VIRUS kinds
is "become labels" "$(column 2)" "NORMAL NORMAL VIRUS BACTERIA VIRUS "
like "what is neither is left out" "$(cat err)" '1 images left out: of none of the classes'
exits "some of them" 0 cxr-list -q --classes NORMAL,PNEUMONIA,VIRUS kinds
is "the rest is labelled by its folder" "$(column 2)" "NORMAL NORMAL VIRUS PNEUMONIA VIRUS PNEUMONIA "
exits "a class that is not there" 2 cxr-list --classes NORMAL,FUNGUS kinds
like "is named" "$(cat err)" "no image of class 'FUNGUS'"

exits "an order" 0 cxr-list --classes PNEUMONIA,NORMAL kinds
is "is in every row" "$(tail -n +2 out | cut -f5 | sort -u)" "PNEUMONIA,NORMAL"
exits "and stays" 0 bash -c 'cxr-list --classes PNEUMONIA,NORMAL kinds | cxr-list --only label=NORMAL | cxr-prep -s 8 | cxr-show'
like "in the stream" "$(head -n 1 out)" 'classes=PNEUMONIA,NORMAL '
exits "the positive one" 0 cxr-list --positive NORMAL kinds
is "comes last" "$(tail -n 1 out | cut -f5)" "PNEUMONIA,NORMAL"
exits "a positive one that is not there" 2 cxr-list --positive FUNGUS kinds
like "is named, with those that are" "$(cat err)" "no image of class 'FUNGUS': there are NORMAL \\(2\\), PNEUMONIA \\(4\\)"
exits "other names, at once" 0 cxr-list --relabel NORMAL=PNEUMONIA --relabel PNEUMONIA=NORMAL kinds
is "given" "$(column 2)" "PNEUMONIA PNEUMONIA NORMAL NORMAL NORMAL NORMAL "
exits "several in one" 0 cxr-list --relabel 'NORMAL,PNEUMONIA=a, b' kinds
is "a comma in the new one" "$(tail -n +2 out | cut -f2 | sort -u)" "a, b"
exits "case counts" 2 cxr-list --relabel normal=x kinds
like "and what is unknown is named" "$(cat err)" "no image is labelled 'normal': there are NORMAL \\(2\\), PNEUMONIA \\(4\\)"
exits "unless told" 0 cxr-list --ignore-case --relabel normal=Healthy --classes healthy,pneumonia kinds
is "labels as asked" "$(column 2)" "healthy healthy pneumonia pneumonia pneumonia pneumonia "

# --- archives
tar cf set.tar set
gzip -k set.tar
xz -k set.tar
zstd -q -k set.tar
(cd set && tar cf ../dot.tar .)
for a in set.tar set.tar.gz set.tar.xz set.tar.zst; do
	exits "$a" 0 cxr-list "$a"
	is "$a: as the folder" "$(sort out | sed "s,^$a!/,,")" "$(sort list)"
done
exits "tar of ." 0 cxr-list dot.tar
like "no ./ in members" "$(tail -n 1 out)" '^dot.tar!/(train|val)/'
exits "a folder of an archive" 0 cxr-list set.tar!/set/val
is "one item" "$(wc -l <out)" 2
if type zip >/dev/null 2>&1; then
	zip -q -r set.zip set
	exits "zip" 0 env LC_ALL=C cxr-list set.zip
	is "zip: as the folder" "$(sort out | sed "s,^set.zip!/,,")" "$(sort list)"
	mkdir -p chest_xray/__MACOSX/train/NORMAL
	cp -r set/train set/val chest_xray
	cp -r set chest_xray/chest_xray
	touch chest_xray/__MACOSX/train/NORMAL/._IM-0001-0001.jpeg
	echo n1 >chest_xray/train/NORMAL/IM-0009-0001.jpeg
	echo other >chest_xray/chest_xray/train/NORMAL/IM-0002-0001.jpeg
	zip -q -r kaggle.zip chest_xray
	for what in chest_xray kaggle.zip; do
		exits "$what: the tree twice" 0 cxr-list $what
		is "$what: said" "$(cat err)" "cxr-list: 24 images left out: equal to another in name, split, label and bytes"
		is "$what: once each, another name or other bytes stay" "$(wc -l <out)" 28
		is "$what: the short path stays" "$(grep -c chest_xray/chest_xray out)" 1
		is "$what: no litter" "$(grep -c MACOSX out)" 0
	done
	exits "quiet" 0 cxr-list -q kaggle.zip
	is "says nothing" "$(cat err)" ""
	head -c 3000 set.zip >cut.zip
	exits "a cut zip" 1 cxr-list cut.zip
	is "is named" "$(cat err)" "cxr-list: cut.zip: damaged zip archive: the directory at its end is missing"
else
	skip 15 "no zip on this machine"
fi
head -c 5000 set.tar >cut.tar
exits "a cut tar" 1 cxr-list cut.tar
like "is named" "$(cat err)" '^cxr-list: cut.tar: .*'
is "and lists nothing" "$(cat out)" ""
head -c 300 set.tar.gz >cut.tar.gz
exits "a cut tar.gz" 1 cxr-list cut.tar.gz

# --- lists
exits "plain paths" 0 bash -c 'find set -name "[!.]*.jpeg" | LC_ALL=C sort | cxr-list -'
ok "give the folder's list" cmp out list
exits "without operand" 0 bash -c 'cxr-list <list'
ok "the same" cmp out list
exits "NUL-separated" 0 bash -c 'find set -name "[!.]*.jpeg" -print0 | LC_ALL=C sort -z | cxr-list -0'
ok "the same" cmp out list
exits "compressed" 0 bash -c 'gzip <list | cxr-list'
ok "the same" cmp out list
exits "further columns" 0 bash -c 'printf "path\tsex\tpatient\na.png\tF\tz\n" | cxr-list'
is "stay, behind the four" "$(tr '\n' '|' <out)" "$head	sex|a.png		z		F|"
exits "--only a further column" 0 bash -c 'printf "path\tsex\na.png\tF\nb.png\tM\n" | cxr-list --only sex=M'
is "filters" "$(column 1)" "b.png "

# --- splits
exits "--split" 0 cxr-list --split train=0.5,val=0.5 set
cp out half
like "shares met, of 25" "$(column 4 | tr ' ' '\n' | grep -c val)" '^1[23]$'
is "patients whole" "$(tail -n +2 out | cut -f3,4 | sort -u | wc -l)" 17
is "paths as before" "$(cut -f1-3 out)" "$(cut -f1-3 list)"
exits "again, from the shuffled list" 0 bash -c '{ head -n 1 list; tail -n +2 list | sort -R; } | cxr-list --split train=0.5,val=0.5'
is "the same split" "$(sort out)" "$(sort half)"
exits "another seed" 0 cxr-list --split train=0.5,val=0.5 --seed 2 set
not_ok "another split" cmp out half
exits "--only after --split" 0 cxr-list --split train=0.5,val=0.5 --only split=val --only label=NORMAL set
is "both filters hold" "$(tail -n +2 out | cut -f2,4 | sort -u)" "NORMAL	val"
exits "--keep" 0 cxr-list --split a=0.5,b=0.5 --keep val,test set
is "the kept one" "$(tail -n 1 out | cut -f4)" val
is "the others" "$(column 4 | tr ' ' '\n' | grep -c '[ab]$')" 24
exits "--keep with a patient on both sides" 0 bash -c \
	'printf "path\tpatient\tsplit\na\tp\ttest\nb\tp\t\nc\tq\t\nd\tr\t\n" | cxr-list --keep test --split x=0.5,y=0.5'
is "leaves the other without" "$(column 4 | cut -d' ' -f1,2)" "test "
is "and says so" "$(cat err)" "cxr-list: 1 images get no split: their patients have others that keep theirs (--keep)"
exits "--by image" 0 cxr-list --split a=0.5,b=0.5 --by image set
for i in 1 2 3; do cxr-list --fold $i/3 set | grep 'val$'; done | sort >folds
is "folds: everything is val once" "$(cut -f1-3 folds)" "$(tail -n +2 list | cut -f1-3 | sort)"
exits "too few patients" 1 bash -c 'echo a.png | cxr-list --split train=0.5,val=0.5'
like "said" "$(cat err)" 'nothing is left for (train|val): only 1 patients to split'

# --- audit
exits "--audit" 0 cxr-list --audit set
is "counts" "$(grep -E '^(items|patients|shared_patients|identical_groups)' out | tr '\t\n' ' |')" \
	"items train NORMAL 8 |items train PNEUMONIA 16 |items val NORMAL 1 |patients train  16 |patients val  1 |shared_patients   0 |identical_groups   0 |"
is "says nothing else" "$(cat err)" ""
cp set/train/NORMAL/IM-0001-0001.jpeg set/val/NORMAL/IM-7777-0001.jpeg
exits "identical files across splits" 1 cxr-list --audit set
is "counted" "$(grep -E '^identical_(groups|across)' out | cut -f4 | tr '\n' ' ')" "1 1 0 "
is "named" "$(grep ^identical_file out | cut -f5 | tr '\n' ' ')" "set/train/NORMAL/IM-0001-0001.jpeg set/val/NORMAL/IM-7777-0001.jpeg "
echo new >set/val/NORMAL/IM-7777-0001.jpeg
echo new2 >set/val/NORMAL/IM-0002-0009.jpeg
exits "a shared patient" 1 cxr-list --audit set
is "named" "$(grep '^shared_patient	' out)" "shared_patient	train,val	NORMAL	2	IM-0002"
exits "the two kinds of person1 are two children" 0 bash -c \
	'mkdir -p k/train/P k/val/P; echo 1 >k/train/P/person1_virus_1.jpeg; echo 2 >k/val/P/person1_bacteria_1.jpeg; cxr-list --audit k'
exits "an unreadable image" 3 bash -c 'printf "k/train/P/person1_virus_1.jpeg\nk/person2_virus_1.png\n" | cxr-list --audit'
is "has a row" "$(grep ^unreadable out | cut -f5)" k/person2_virus_1.png
exits "no splits, and a patient who is not known" 4 bash -c 'echo k/none.png | cxr-list --audit'
is "has a row" "$(grep ^unknown_patients out)" "unknown_patients			1	"
if type zip >/dev/null 2>&1; then
	exits "audit of an archive" 0 cxr-list --audit set.zip
else
	skip 1 "no zip on this machine"
fi

# --- wrong input
mkdir empty
echo text >notes.txt
fails() { # fails TEXT EXIT MESSAGE ARG...
	local text=$1 code=$2 message=$3
	shift 3
	exits "$text" "$code" cxr-list "$@"
	is "$text: message" "$(head -n 1 err)" "cxr-list: $message"
	is "$text: no output" "$(cat out)" ""
}
fails "no such folder" 1 "none: No such file or directory" none
fails "no images" 1 "no images found" empty
fails "a text file" 1 "notes.txt: text, not an image or an archive: cxr-prep reads lists of images" notes.txt
fails "empty input" 1 "no images found" -
fails "a device" 1 "/dev/null: neither a folder nor a regular file" /dev/null
fails "shares" 2 "option --split: the shares sum to 1.3, not to 1" --split train=0.8,val=0.5 set
fails "a share of nothing" 2 "option --split: 'train' is not NAME=SHARE" --split train set
fails "a negative share" 2 "option --split: the share of a is '-1': it must be above 0 and at most 1" --split a=-1,b=2 set
fails "a fold too many" 2 "option --fold: '6/5' is not I/K with K from 2 to 1000 and I from 1 to K" --fold 6/5 set
fails "fold and split" 2 "one --split or one --fold, not more" --fold 1/5 --split a=1 set
fails "by" 2 "no --by 'hand': choose one of patient, image" --by hand set
fails "no such column" 2 "option --only: the list has no column sex" --only sex=M set
fails "nothing left" 1 "no images are left by --only" --only split=nope set
fails "keep alone" 2 "--keep goes with --split or --fold" --keep test set
fails "an operand beside -" 2 "a list on standard input (-) cannot be mixed with other operands" set -
exits "unknown option" 2 cxr-list --nope set
exits "several columns without a header" 1 bash -c 'printf "a\tb\n" | cxr-list'
like "line named" "$(cat err)" '^cxr-list: standard input: line 1: several columns, but no header'
if [ -w /dev/full ]; then
	exits "a full disk" 1 bash -c 'cxr-list set >/dev/full'
	like "said" "$(cat err)" 'No space left'
	exits "a full disk, audit" 1 bash -c 'cxr-list --audit set >/dev/full'
else
	skip 3 "no /dev/full"
fi
exits "a closed pipe" 0 bash -c 'cxr-list set | head -n 1'
is "is no complaint" "$(cat err)" ""

# --- what cxr-prep reads is listed, what looks like it is counted
mkdir -p many/N
touch many/N/{a.png,b.bmp,c.jfif,d.jpe,e.webp,f.gif,g.heic,h.BMP,i.zip,IM0001,notes.txt}
exits "files of many kinds" 0 cxr-list many
is "those that are read are listed" "$(tail -n +2 out | cut -f1 | tr '\n' ' ')" "many/N/a.png many/N/c.jfif many/N/d.jpe many/N/e.webp many/N/f.gif "
is "others are counted by kind" "$(head -n 1 err)" \
	"cxr-list: 5 files passed over, which cxr-prep does not read or which must be named: 1 no extension, 2 bmp, 1 heic, 1 zip"
exits "quietly" 0 cxr-list -q many
is "nothing is said" "$(cat err)" ""

# --- what may not be looked into: root gives up the right to look all the same
if setpriv --bounding-set=-dac_override,-dac_read_search true 2>/dev/null; then
	meek=(setpriv "--bounding-set=-dac_override,-dac_read_search")
else
	meek=()
fi
mkdir -p some/N/closed some/P && touch some/N/{a,closed/b}.png some/P/{c.png,IM0001}
printf 'file,label\nN/a.png,N\nN/closed/b.png,N\nP/c.png,P\n' >some/table.csv
chmod 0 some/N/closed some/P/IM0001
if [ "$(id -u)" != 0 ] || [ ${#meek[@]} != 0 ]; then
	exits "a folder that may not be entered, a file that may not be read" 3 "${meek[@]}" cxr-list -q some
	is "the others are listed" "$(tail -n +2 out | cut -f1 | tr '\n' ' ')" "some/N/a.png some/P/c.png "
	is "and each is named" "$(cat err)" "cxr-list: some/N/closed: Permission denied
cxr-list: some/P/IM0001: Permission denied"
	exits "nor does an audit pass in silence" 3 "${meek[@]}" cxr-list -q --audit --patient '(.)\.png' some/P
	exits "beside a table" 3 "${meek[@]}" cxr-list -q --columns path=file,label=label some/table.csv some
	is "a row whose file is behind a closed door stays" "$(tail -n +2 out | cut -f1 | tr '\n' ' ')" \
		"some/N/a.png some/N/closed/b.png some/P/c.png "
	like "and the door is named" "$(cat err)" "some/N/closed: Permission denied"
	exits "such a folder alone" 1 "${meek[@]}" cxr-list some/N/closed
	exits "such a file alone" 1 "${meek[@]}" cxr-list some/P/IM0001
else
	skip 9 "root may read everything, and setpriv is not there"
fi
chmod 700 some/N/closed some/P/IM0001

# --- the real data
if [ -d "$data/chest_xray" ]; then
	exits "chest_xray" 0 cxr-list "$data/chest_xray"
	is "5,216 + 16 images" "$(tail -n +2 out | cut -f2,4 | sort | uniq -c | tr -s ' \t\n' ' ')" \
		" 1341 NORMAL train 8 NORMAL val 3875 PNEUMONIA train 8 PNEUMONIA val "
	exits "audit" 0 cxr-list --audit "$data/chest_xray"
	is "24 identical groups in train and val, none across" "$(grep -E '^identical_(groups|across)' out | cut -f4 | tr '\n' ' ')" "24 0 0 "
	exits "new split" 0 bash -c "cxr-list --split train=0.85,val=0.15 '$data/chest_xray' | cxr-list --audit -"
	is "shares to the image" "$(grep ^items out | cut -f2-4 | tr '\t\n' ' |')" \
		"train NORMAL 1147|train PNEUMONIA 3300|val NORMAL 202|val PNEUMONIA 583|"
else
	skip 6 "no real data (CXR_DATA)"
fi
done_testing
