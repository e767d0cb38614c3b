# From a score table: how many images got a probability of the last class in each twentieth of 0..1, upwards where that
# class is the truth and downwards elsewhere. Columns: middle, up, down.
BEGIN { FS = OFS = "\t" }
NR == 1 {
	for (i = 1; i <= NF; i++) {
		if ($i == "label") label = i
		if ($i == "status") status = i
		if ($i ~ /^p_/) { p = i; class = substr($i, 3) }
	}
	next
}
$label != "" && ($status == "ok" || $status == "seen") {
	bin = int($p * 20)
	if (bin > 19) bin = 19
	if ($label == class) up[bin]++
	else down[bin]++
}
END {
	print "middle", "up", "down"
	for (bin = 0; bin < 20; bin++) print (bin + .5) / 20, up[bin] + 0, 0 - down[bin]
}
