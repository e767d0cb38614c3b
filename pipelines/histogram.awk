# From a score table: how many images got a probability of the positive class in each twentieth of 0..1, upwards where
# that class is the truth and downwards elsewhere. It is the one that a table of measures before it names, else the last.
# With more than two classes the largest probability, upwards where its class is the truth. Columns: middle, up, down.
#   awk -f histogram.awk [metrics.tsv] scores.tsv
BEGIN { FS = OFS = "\t" }
FNR == 1 {
	split("", at)
	for (i = 1; i <= NF; i++) {
		at[$i] = i
		if ($i ~ /^p_/) { column[++classes] = i; name[classes] = substr($i, 3) }
	}
	k = positive != "" && name[1] == positive ? 1 : classes
	next
}
!("label" in at) {
	if ("positive" in at) positive = $at["positive"]
	next
}
$at["label"] != "" && ($at["status"] == "ok" || $at["status"] == "seen") {
	if (classes > 2)
		for (k = i = 1; i <= classes; i++)
			if ($column[i] + 0 > $column[k] + 0) k = i
	bin = int($column[k] * 20)
	if (bin > 19) bin = 19
	if ($at["label"] == name[k]) up[bin]++
	else down[bin]++
}
END {
	print "middle", "up", "down"
	for (bin = 0; bin < 20; bin++) print (bin + .5) / 20, up[bin] + 0, 0 - down[bin]
}
