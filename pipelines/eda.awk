# Data sets for eda.gp from a table of cxr-eda: awk -F'\t' -f eda.awk -v what=levels levels.tsv. One for each split and
# class (levels) or class (sizes), two blank lines between; its first line is its title in the key. With what=dashes only
# the number of each set's dashes, with what=named whether it is the one that names its class in the key. Names of classes are data here and in gnuplot, never a part of a script.
BEGIN {
	FS = OFS = "\t"
	dash["train"] = 1
	dash["val"] = 2
	dash["test"] = 3
	dash[""] = 1
}
NR == 1 { next }
what == "sizes" {
	label = $1
	set = $1
	row = $2 OFS $3 OFS $4
	count[set] += $4
}
what != "sizes" {
	label = $2
	set = $1 SUBSEP $2
	row = $3 OFS $4
}
!(label in class) { class[label] = ++classes }
!(set in rows) {
	order[++sets] = set
	of[set] = label
	split_of[set] = what == "sizes" ? "" : $1
}
{ rows[set] = rows[set] row OFS class[label] "\n" }
function dashes(set) { return dash[split_of[set]] ? dash[split_of[set]] : 1 }
END {
	# a class is named once, by its line with the fewest gaps
	for (i = sets; i; i--)
		if (!names[of[order[i]]] || dashes(order[i]) <= dashes(names[of[order[i]]]))
			names[of[order[i]]] = order[i]
	for (i = 1; i <= sets; i++) {
		set = order[i]
		if (what == "dashes") {
			printf "%d ", dashes(set)
			continue
		}
		if (what == "named") {
			printf "%d ", names[of[set]] == set
			continue
		}
		print of[set]
		n = split(rows[set], line, "\n")
		for (k = 1; k < n; k++)
			print what == "sizes" ? line[k] OFS count[set] : line[k]
		print "\n"
	}
}
