# Data sets for eda.gp from a table of cxr-eda: awk -F'\t' -f eda.awk -v what=levels levels.tsv. One for each split and
# class (levels) or class (sizes), two blank lines between; its first line is its title in the key. With what=dashes only
# the number of each set's dashes. Names of classes are data here and in gnuplot, never a part of a script.
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
END {
	for (i = 1; i <= sets; i++) {
		set = order[i]
		if (what == "dashes") {
			printf "%d ", dash[split_of[set]] ? dash[split_of[set]] : 1
			continue
		}
		# a class is named once
		print named[of[set]]++ ? "" : of[set]
		n = split(rows[set], line, "\n")
		for (k = 1; k < n; k++)
			print what == "sizes" ? line[k] OFS count[set] : line[k]
		print "\n"
	}
}
