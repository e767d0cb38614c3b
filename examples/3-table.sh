#!/bin/sh
# A table of a hospital's own: any columns, several findings in a cell, patients in a column. Here it is made up.
set -eu
if ! [ -e films.csv ]; then
	echo 'Image Index,Finding Labels,Patient ID' >films.csv.tmp
	find phantom/chest -name '*.png' | sort | head -n 40 | awk '{
		label = /NORMAL/ ? "No Finding" : "Infiltration|Pneumonia"
		printf "%s,%s,%d\n", $0, label, NR / 2 }' >>films.csv.tmp
	mv films.csv.tmp films.csv
fi
cxr-list -q --columns 'path=Image Index,label=Finding Labels,patient=Patient ID' \
	--label-if Pneumonia --else 'No Finding' --positive Pneumonia films.csv >films.tsv
cxr-list -q --seed 1 --split train=0.7,val=0.3 - <films.tsv | cut -f2,4 | sort | uniq -c
