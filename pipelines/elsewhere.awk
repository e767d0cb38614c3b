# How images and measures here are beside those that the model was calibrated on, which it has stored.
#   awk -f elsewhere.awk MODEL-INFO METRICS CLASSES LIST > home.tsv; with -v drift=1: drift.tsv
BEGIN { FS = OFS = "\t"; n = split("auc recall specificity balanced_accuracy ece", measure, " ") }
FNR == 1 { file++; for (i = 1; i <= NF; i++) column[file, $i] = i }
file == 1 && /^(figure|reference)\./ { home[$1] = $2 }
file == 2 {
	here[$1] = $column[2, "value"]; lo[$1] = $column[2, "lo"]; hi[$1] = $column[2, "hi"]
	# as the page withholds it
	if ($column[2, "method"] ~ /^withheld: fewer/ || ($1 ~ /^(recall|specificity)$/ && $column[2, "n"] < 10)) {
		here[$1] = lo[$1] = hi[$1] = "nan"
		note[$1] = "withheld here: fewer than 10 of a class"
	}
}
file == 3 && FNR > 1 && $column[3, "label"] != "" { label[++labels] = $column[3, "label"]; row[labels] = $0 }

file == 4 && FNR > 1 {
	at = (4, "x.view") in column ? column[4, "x.view"] : column[4, "view"]
	if (at) {
		view[$at == "" ? "?" : $at]++
		viewed++
	}
}

function part(text, k,   word) { return split(text, word, " ") >= k ? word[k] : "nan" }

# A median outside all that was seen there, or further from its median than a quarter of the range.
function verdict(median, there,   least, middle, most) {
	if (there == "") return "not known"
	least = part(there, 1) + 0; middle = part(there, 2) + 0; most = part(there, 3) + 0
	if (median + 0 < least || median + 0 > most) return "outside"
	return (median - middle) ^ 2 > ((most - least) / 4) ^ 2 ? "moved" : "alike"
}

# The share of each view, here and there. Outside: a view that was never seen there; moved: the share there is not
# within Wilson's interval of the one here; of images without a view nothing is said.
function views(   v, p, z2, middle, half, there, known, count) {
	for (v in home)
		if (v ~ /^reference\.view\./) {
			known = 1
			view[substr(v, 16)] += 0
		}
	for (v in view) {
		p = viewed ? view[v] / viewed : "nan"
		there = known ? part(home["reference.view." v], 1) : "nan"
		if (known && there == "nan")
			there = 0
		z2 = 1.959964 ^ 2
		if (viewed) {
			middle = (p + z2 / 2 / viewed) / (1 + z2 / viewed)
			half = sqrt(z2 * (p * (1 - p) / viewed + z2 / 4 / viewed ^ 2)) / (1 + z2 / viewed)
		}
		print "view", v, p, there, "nan", "nan", (!viewed || !known || v == "?" ? "not known" : \
			p > 0 && there == 0 ? "outside" : there < middle - half || there > middle + half ? "moved" : "alike") | sort
		count++
	}
	if (!count)
		print "view", "", "nan", "nan", "nan", "nan", "not known"
	close(sort)
}

END {
	sort = "LC_ALL=C sort"
	if (!drift) {
		print "measure", "here", "here_lo", "here_hi", "at_home", "at_home_lo", "at_home_hi", "note"
		for (i = 1; i <= n; i++)
			print measure[i], here[measure[i]], lo[measure[i]], hi[measure[i]], part(home["figure." measure[i]], 1), \
				part(home["figure." measure[i]], 2), part(home["figure." measure[i]], 3), note[measure[i]] \
				(part(home["figure." measure[i]], 1) != "nan" ? "" : (note[measure[i]] ? "; " : "") "not known of the model")
		exit
	}
	print "what", "label", "here", "at_home", "at_home_lo", "at_home_hi", "verdict"
	there = part(home["figure.prevalence"], 1)
	moved = there + 0 < lo["prevalence"] + 0 || there + 0 > hi["prevalence"] + 0
	print "prevalence", "", here["prevalence"] == "" ? "nan" : here["prevalence"], there, "nan", "nan", (there == "nan" ? "not known" : moved ? "moved" : "alike")
	m = split("width height mean sd", what, " ")
	for (k = 1; k <= labels; k++)
		for (i = 1; i <= m; i++) {
			split(row[k], cell, "\t")
			stored = home["reference." what[i] "." label[k]]
			median = cell[column[3, what[i] "_median"]]
			print what[i], label[k], median, part(stored, 2), part(stored, 1), part(stored, 3), verdict(median, stored)
		}
	fflush()
	views()
}
