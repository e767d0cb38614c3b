# What the validation images were like, as rows that cxr-model set --from stores in the model: sizes and intensities by
# class (least, median and largest; from cxr-eda's classes.tsv), and where the list has a column view or x.view the share
# of each view (and of how many images). Images without one count as the view ?.
#   awk -f reference.awk CLASSES LIST
BEGIN { FS = OFS = "\t"; n = split("width height mean sd", what, " ") }
FNR == 1 { file++; delete column; for (i = 1; i <= NF; i++) column[$i] = i; next }
file == 1 && $column["label"] != "" {
	for (i = 1; i <= n; i++)
		print "reference." what[i] "." $column["label"], $column[what[i] "_min"] " " $column[what[i] "_median"] " " \
			$column[what[i] "_max"]
}
file == 2 && $column["split"] == "val" {
	at = "x.view" in column ? column["x.view"] : column["view"]
	if (at) {
		view[$at == "" ? "?" : $at]++
		viewed++
	}
}
END {
	for (v in view)
		print "reference.view." v, view[v] / viewed " " viewed | "LC_ALL=C sort"
}
