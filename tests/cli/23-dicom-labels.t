#!/bin/bash
# Labels of DICOM files from a table, by whatever tells the images; none of it reaches the stream, nor a message.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/film.sh
. "$top/tests/cli/film.sh"

mkdir films
n=0
shoot() { # NAME PATIENT ACCESSION: a film with UID 1.2.826.999.1.N of study 1.2.826.999.2.ACCESSION
	n=$((n + 1))
	film "films/$1" "(0008,0018) UI [1.2.826.999.1.$n]" "(0008,0050) SH [$3]" "(0010,0020) LO [$2]" \
		"(0020,000d) UI [1.2.826.999.2.${3#ACC555}]"
}
shoot PLANTED1 PLANTEDA ACC55511
shoot PLANTED2 PLANTEDA ACC55511
shoot PLANTED3 PLANTEDB ACC55512
shoot PLANTED4 "" ACC55513
cxr-list --new-key key
labels() { cut -f2 out | tail -n +2 | tr '\n' ' '; }
list() { exits "$1" "$2" cxr-list --key key --columns "$3" table.csv films; }

cat >table.csv <<'X'
uid,file,acc,patient,finding
1.2.826.999.1.1,PLANTED1,ACC55511,PLANTEDA,Normal
1.2.826.999.1.2,PLANTED2,ACC55511,PLANTEDA,Normal
1.2.826.999.1.3,PLANTED3,ACC55512,PLANTEDB,Pneumonia
1.2.826.999.1.4,PLANTED4,ACC55513,,Normal
X
for by in sop=uid path=file path=uid accession=acc; do
	list "a table, by $by" 0 "$by,label=finding"
	is "labels" "$(labels)" "Normal Normal Pneumonia Normal "
	is "nothing is left" "$(grep -c table err)" 0
done
list "by patient" 3 patient=patient,label=finding
like "the row without one is counted" "$(cat err)" '1 rows of the table do not say which image they are of'
is "two images of one, and one" "$(labels)" "Normal Normal Pneumonia "
like "the image whose patient is empty is called by its id" "$(cat err)" 'cxr-list: 1 images have no row in the table: [0-9a-f]{16}$'
id=$(sed 's/.* //' err)
is "by which the list of the folder finds it" "$(cxr-list --key key films 2>/dev/null | grep "$id" | cut -f1)" films/PLANTED4
exits "an archive" 0 bash -c 'zip -qr films.zip films && cxr-list --key key --columns sop=uid,label=finding table.csv films.zip'
is "labels" "$(labels)" "Normal Normal Pneumonia Normal "

printf 'study,site\n1.2.826.999.2.11,A\n1.2.826.999.2.77,B\n1.2.826.999.2.13,B\n' >table.csv
list "by study" 3 study=study,x.site=site
is "a further column" "$(cut -f5 out | tr '\n' ' ')" "x.site A A B "
like "a row without an image is called by its line" "$(cat err)" '1 rows of the table have no image: line 3'
not_ok "UIDs and names stay in the table" grep -aE '1\.2\.826|ACC555' out err
not_ok "and names out of messages" grep -a PLANTED err
sed 1d out | cut -f6 >ids
ok "ids stand where the paths were" bash -c 'cxr-prep <out >stream 2>err2 && grep -aqf ids stream'
not_ok "and nothing planted does" grep -aE "$planted|ACC555" stream err2

# --- who is who: a table knows it where the header was emptied
film films/PLANTED5 '(0010,0020) LO []' '(0020,000d) UI [1.2.826.999.2.14]'
film films/PLANTED6 '(0010,0020) LO []' '(0020,000d) UI [1.2.826.999.2.15]'
printf 'file,who\nPLANTED5,PLANTEDZ\nPLANTED6,PLANTEDZ\nPLANTED4,\n' >table.csv
list "patients of the table" 0 path=file,patient=who
is "are hashed, one who is not known is none" "$(cut -f3 out | sed -E '1d; s/[0-9a-f]{16}/H/')" $'H\nH\nstudy:H'
is "and are one" "$(cut -f3 out | sed -n '2,3p' | uniq | wc -l)" 1

# --- refused
list "two ways at once" 1 path=file,sop=file
list "no way" 1 label=file
film films/PLANTED7 '(0010,0020) LO [PLANTEDB]' '(0010,0021) LO [PLANTED OTHER ISSUER]'
printf 'who,finding\nPLANTEDB,Normal\n' >table.csv
list "one PatientID of two issuers" 1 patient=who,label=finding
like "is nobody's" "$(cat err)" 'line 2: two issuers have given one PatientID'
mkdir films/more
cp films/PLANTED1 films/more
printf 'file\nPLANTED1\n' >table.csv
list "a name of two files" 1 path=file
not_ok "is not said" grep -a PLANTED err
done_testing
