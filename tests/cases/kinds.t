#!/bin/bash
# Whoever hands a tool the wrong kind of file is told what it is. All is made here.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"

cxr-phantom -q -n 8 -s 64 -o set
cxr-list -q set/chest >list.tsv
cxr-prep -q -s 32 --store u8 <list.tsv >all.cxr
cxr-train -q -a resnet18 --epochs 1 -o m all.cxr >/dev/null
cxr-infer -q -m m -t all.cxr >scores.tsv
find set/chest -name '*.png' -exec cp {} x.png \; -quit
gzip -c x.png >x.png.gz
gzip -c list.tsv >list.gz
tar -cf x.tar list.tsv
mkdir folder
printf '<!DOCTYPE html>\n<html></html>\n' >x.html
printf '{\n"a": [1, 2]}\n' >x.json
printf 'id,label,patient,p_A,p_B\n1,A,p,.5,.5\n' >x.csv
printf 'PK\5\6%018d' 0 >x.zip
perl -e 'print "\x89HDF\r\n\x1a\n", "\0" x 600' >x.h5
perl -e 'print "PK\3\4", "\0" x 22, "\x0c\0\0\0net/data.pkl", "\0" x 600' >x.pth
perl -e 'print "\0" x 128, "DICM", "\0" x 600' >x.dcm
perl -e 'print "\x93NUMPY\1\0", "\0" x 600' >x.npy

# readers FILE: every tool that reads a stream, a list, a table or a model gets it; what they say goes to `said`
readers() {
	: >said
	for tool in "cxr-infer -m m" "cxr-cam -m m" cxr-show "cxr-eda -o e" "cxr-train -a resnet18 -o n" "cxr-infer -t all.cxr -m" \
		"cxr-model info" "cxr-model import -a resnet18 -o n" "cxr-prep -m" cxr-metrics "cxr-metrics compare scores.tsv" \
		"cxr-list --columns path=a"; do
		run $tool "$1"
		[ "$rc" = 1 ] || [ "$rc" = 2 ] || echo "exit $rc: $tool" >>said
		head -n 1 err >>said
	done
	for tool in cxr-prep "cxr-list -"; do
		run $tool <"$1"
		head -n 1 err >>said
	done
}
# told FILE WHAT COUNT: so many of them say so
told() {
	readers "$1"
	is "$1 is told by $3" "$(grep -c "$2" said)" "$3"
	[ "$(grep -c "$2" said)" = "$3" ] || diag "$(cat said)"
}
told x.png 'a PNG image, not .*: cxr-prep reads images' 14
told x.png.gz 'a PNG image, not a \|a gzip file, not ' 14
told x.html 'an HTML page, not ' 14
told x.json 'a JSON file, not ' 14
told x.dcm 'a DICOM file, not ' 14
told x.npy 'a NumPy array, not \|one numpy array' 14
told x.tar 'a tar archive, not \|a tar archive without' 14
told x.zip 'a ZIP archive, not \|zip archive' 14
told x.h5 'an HDF5 file, not \|x.h5: ' 14
told x.pth 'a file of torch.save, not \|x.pth: ' 14
told folder 'a folder, not a file\|a directory without' 13 # --columns lists its images by a table from standard input
told list.tsv 'a list of images, not ' 9
told list.gz 'a list of images, not \|a gzip file, not ' 9
told x.csv 'a table with commas, not ' 13
told scores.tsv 'a score table, not ' 9
told all.cxr 'a tensor stream, not ' 7
told m 'a model, not ' 9

exits "an HTML page among images" 3 bash -c 'cxr-prep -s 16 x.html x.png >/dev/null'
like "is told, too" "$(cat err)" 'x.html: .*an HTML page, not an image'
exits "a table for a folder of images" 1 cxr-list scores.tsv
exits "a model for an archive" 1 cxr-list m
like "is told what it is" "$(cat err)" 'm: a model, not an image or an archive'
done_testing
