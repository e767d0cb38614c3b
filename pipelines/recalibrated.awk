# What recalibration would give, beside what there is: the measures of both, withheld where a report withholds them, and in
# how many of the two halves nothing could be fitted, so that they are as they were.
#   awk -f recalibrated.awk FIT0 FIT1 METRICS AFTER > recalibrated.tsv
BEGIN { FS = OFS = "\t"; shown = "^(recall|specificity|balanced_accuracy|brier|ece|ece_expected|ici|calibration_intercept|calibration_slope)$" }
FNR == 1 { file++; for (i = 1; i <= NF; i++) column[file, $i] = i; next }
file < 3 { fitted += $1 == "temperature"; next }
$1 !~ shown { next }
{
	k = 3 * (file - 3); few = $column[file, "method"] ~ /^withheld: fewer/ || ($1 ~ /^(recall|specificity)$/ && $column[file, "n"] < 10)
	for (i = split("value lo hi", name, " "); i; i--) x[$1, k + i] = few ? "nan" : $column[file, name[i]]
	note[$1] = few ? "withheld: fewer than 10 of a class; " : ""
}
file == 4 {
	if (!rows++) print "measure", "as_it_is", "as_it_is_lo", "as_it_is_hi", "recalibrated", "recalibrated_lo", "recalibrated_hi", "note"
	note[$1] = note[$1] (fitted < 2 ? "nothing could be fitted to " (fitted ? "one half" : "either half") : "")
	sub(/; $/, "", note[$1])
	print $1, x[$1, 1], x[$1, 2], x[$1, 3], x[$1, 4], x[$1, 5], x[$1, 6], note[$1]
}
