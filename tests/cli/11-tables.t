#!/bin/bash
# cxr-list: tables in the form of public sets (made up), trees of folders, patients, what is not known.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"

column() { tail -n +2 out | cut -f"$1" | tr '\n' ' '; }
make_files() { local p; for p in "$@"; do mkdir -p "$(dirname "$p")"; echo "$p" >"$p"; done; }

# --- tables
make_files nih/images_001/images/0000000{1,2,3}_000.png
cat >nih/Data_Entry.csv <<'END'
Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age
00000001_000.png,Cardiomegaly|Pneumonia,0,1,58
00000002_000.png,No Finding,0,2,"5,8"
00000003_000.png,Infiltration,0,3,58
00000004_000.png,No Finding,0,4,58
END
exits "NIH, a file missing" 3 cxr-list --columns 'path=Image Index,label=Finding Labels,patient=Patient ID,age=Patient Age' \
	--label-if Pneumonia --else 'No Finding' nih/Data_Entry.csv
is "labels" "$(tail -n +2 out | cut -f2 | tr '\n' '|')" "Pneumonia|No Finding|No Finding|"
is "patients" "$(column 3)" "1 2 3 "
is "further columns, quoted" "$(column 5)" "58 5,8 58 "
is "the missing one is named" "$(cat err)" "cxr-list: 1 files of the table are not there: 00000004_000.png"
exits "without --label-if" 3 cxr-list --columns 'path=Image Index,label=Finding Labels' nih/Data_Entry.csv nih
like "several findings are said" "$(cat err)" '1 images have several findings'
make_files rsna/id{1,2,3}.dcm
printf 'patientId,x,y,width,height,Target\r\nid1,,,,,0\r\nid2,1,2,3,4,1\r\nid2,5,6,7,8,1\r\nid3,,,,,0\r\n' >rsna/labels.csv
exits "RSNA: boxes" 0 cxr-list -q --columns path=patientId,label=Target rsna/labels.csv
is "one row an image, blank boxes are healthy" "$(column 2)" "0 1 0 "
exits "from standard input, with a folder" 0 bash -c 'cxr-list -q --columns path=patientId,label=Target rsna <rsna/labels.csv'
is "the same" "$(column 2)" "0 1 0 "
for i in 1 2 3 4; do make_files chexpert/train/patient0000$i/study1/view1_frontal.jpg; done
{
	echo 'Path,Sex,Pneumonia'
	for row in '1,F,1.0' '2,F,0.0' '3,M,-1.0' '4,M,'; do
		echo "train/patient0000${row%%,*}/study1/view1_frontal.jpg,${row#*,}"
	done
} >chexpert/train.csv
exits "CheXpert: 1, 0, -1, blank" 0 cxr-list --columns path=Path,label=Pneumonia --label-if Pneumonia --else Other chexpert/train.csv
is "what is uncertain or not said is no label" "$(column 2)" "Pneumonia Other "
is "and is counted" "$(cat err)" \
	"cxr-list: 2 images left out: 1 uncertain (-1), 1 of which nothing is said (blank), 0 with other findings"
is "patients" "$(column 3)" "patient00001 patient00002 "
make_files vindr/{aa,bb}.dicom.png vindr/{aa,bb,cc}.dcm
printf 'image_id,class_name,rad_id\naa,No finding,R1\naa,Lung Opacity,R2\nbb,No finding,R1\ncc,Nodule/Mass,R1\n' >vindr/train.csv
exits "VinDr: rows of several readers" 0 cxr-list -q --columns path=image_id,label=class_name --label-if 'Lung Opacity' --else none vindr/train.csv
is "any of them" "$(column 2)" "Lung Opacity none none "
exits "without --else" 0 cxr-list --columns path=image_id,label=class_name --label-if 'Lung Opacity' vindr/train.csv
is "others are left out" "$(column 2)" "Lung Opacity "
printf "ImageID;Labels;PatientID\nid1;['normal'];7\nid2;['pneumonia', 'effusion'];8\nid3;[''];9\n" >rsna/pad.csv
exits "PadChest: lists in cells, semicolons" 0 cxr-list -q --columns path=ImageID,label=Labels,patient=PatientID \
	--label-if pneumonia --else other rsna/pad.csv
is "labels" "$(column 2)" "other pneumonia "
printf 'path,label,patient\nrsna/id1.dcm,PNEUMONIA,p1\n' >list.csv
exits "a table as a list" 1 bash -c 'cxr-list <list.csv'
like "one message says what to do" "$(cat err)" '^cxr-list: standard input: a table with commas, not a list: cxr-list --columns [^
]*$'
exits "a table as an operand" 1 cxr-list list.csv
like "the same" "$(cat err)" '^cxr-list: list.csv: a table: --columns [^
]*$'
exits "no such column" 1 cxr-list --columns path=path,label=finding list.csv
is "those that there are" "$(cat err)" "cxr-list: list.csv: no column 'finding': there are path, label, patient"
exits "--else alone" 2 cxr-list --columns path=path --else x list.csv
printf 'path,label\n"a,b\n' >open.csv
exits "open quotes" 1 cxr-list --columns path=path open.csv
printf 'path,label,patient\nN/a.png,a\n,b,p\n,,\n\nN/b.png,b,p\n' >short.csv
mkdir -p N && touch N/{a,b}.png
exits "rows cut short, and without a path" 3 cxr-list -q --columns path=path,label=label,patient=patient short.csv
like "are counted" "$(cat err)" '1 rows of the table do not say which image they are of'
like "both" "$(cat err)" '1 rows of the table have fewer fields than its first line'
is "the others are there" "$(column 2)" "a b "

# --- trees
reads() { # reads TEXT DIR LABELS
	exits "$1" 0 cxr-list -q "$2"
	is "$1: labels" "$(column 2)" "$3"
}
make_files a/{hospA,hospB}/{NORMAL,TB}/1.png b/{hospA,hospB}/{COVID,TB}/1.png c/{train,test}/{NORMAL,TB}/{s1,s2}/1.png \
	e/files/p10/p1000003{2,3}/s50414267/x.jpg f/images/{COVID,Normal}/1.png f/masks/{COVID,Normal}/1.png \
	g/{COVID,Normal}/{images,'lung masks'}/1.png h/images/{1,2}.png
reads "SITE/CLASS" a "NORMAL TB NORMAL TB "
reads "SPLIT/CLASS/SITE" c "NORMAL NORMAL TB TB NORMAL NORMAL TB TB "
is "splits" "$(column 4)" "test test test test train train train train "
reads "MIMIC" e "  "
is "patients" "$(column 3)" "p10000032 p10000033 "
reads "CheXpert" chexpert "    "
is "splits" "$(column 4)" "train train train train "
reads "images beside masks" f "COVID Normal "
reads "images and masks in the classes" g "COVID Normal "
exits "masks" 0 cxr-list g
like "are counted and offered" "$(cat err)" '2 masks left out: g/COVID/lung masks.*--truth'
reads "a folder called images" h "  "
exits "two readings" 1 cxr-list b
is "are told, with the options" "$(cat err)" "cxr-list: b: two levels of folders could be the classes: hospA, hospB ... (--label folder:1) or COVID, TB ... (--label folder:2)"
exits "the second" 0 cxr-list -q --label folder:2 --patient folder:1 b
is "labels" "$(column 2)" "COVID TB COVID TB "
is "patients" "$(column 3)" "hospA hospA hospB hospB "
exits "a pattern" 0 cxr-list -q --label folder:-1 --patient '(hosp[A-Z])/[A-Z]+/\d' b
is "patients" "$(column 3)" "hospA hospA hospB hospB "
exits "a pattern without a group" 2 cxr-list --patient x b
exits "unknown patients in two splits" 4 cxr-list --audit c
like "cannot be judged" "$(cat err)" 'patients are not known of 8 of 8 images'
is "nor is it called none" "$(grep ^shared_patients out)" "shared_patients			unknown	"
exits "a pipe in a list" 3 bash -c 'mkfifo p; echo p | cxr-prep -s 8 >/dev/null'
is "is refused" "$(cat err)" "cxr-prep: p: a pipe, not a regular file"

# --- linear time: names that are runs of !
perl -e 'print "!/" x 100000, "a.png\n" for 1 .. 20' >bangs
exits "a list of !" 0 bash -c 'ulimit -t 20; cxr-list -q - <bangs' # seconds of a processor
done_testing
