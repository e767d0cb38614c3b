# Of the table of a model's maps (cxr-cam --measure lungless_p), a score table of the images without their lungs, for
# cxr-metrics. Nothing where there are not two classes, one of them the class that all maps are of.
#
#   awk -f lungless.awk maps.tsv
BEGIN { FS = OFS = "\t" }
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
!("lungless_p" in at) || $at["lungless_p"] == "" || $at["label"] == "" { next }
{
	n++
	id[n] = $at["id"]; label[n] = $at["label"]; patient[n] = $at["patient"]; p[n] = $at["lungless_p"]
	class = $at["class"]
	explained += !(class in explains)
	explains[class]
	labels += !(label[n] in seen)
	seen[label[n]]
}
END {
	if (labels != 2 || explained != 1 || !(class in seen)) exit
	for (other in seen) if (other != class) break
	print "id", "label", "patient", "p_" other, "p_" class
	for (i = 1; i <= n; i++) print id[i], label[i], patient[i], 1 - p[i], p[i]
}
