# Sizes and intensities of the validation images, by class, as rows that cxr-model set --from stores in the model: least,
# median and largest. From cxr-eda's classes.tsv.
BEGIN { FS = OFS = "\t"; n = split("width height mean sd", what, " ") }
NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
$column["label"] != "" {
	for (i = 1; i <= n; i++)
		print "reference." what[i] "." $column["label"], $column[what[i] "_min"] " " $column[what[i] "_median"] " " \
			$column[what[i] "_max"]
}
