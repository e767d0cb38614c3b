# Parts score tables into two halves by patient (by image where that is not known), each patient always to the same one:
#   awk -v half=0|1 -f halves.awk scores.tsv
# With FITTED, what cxr-metrics calibrate -o wrote, first, the rows get its probabilities and its answers:
#   awk -v half=0 -f halves.awk FITTED scores.tsv
BEGIN { FS = OFS = "\t"; for (i = 32; i < 256; i++) code[sprintf("%c", i)] = i }
function side(name,   i, sum) {
	for (i = 1; i <= length(name); i++) sum = (sum * 31 + code[substr(name, i, 1)]) % 65521
	return int(sum / 16) % 2
}
ARGC > 2 && FILENAME == ARGV[1] { fitted[$1] = $2; next }
FNR == 1 {
	for (i = 1; i <= NF; i++) column[$i] = i
	for (i = 1; i <= NF; i++) if ($i ~ /^p_/) { p[++classes] = i; name[classes] = substr($i, 3) }
	for (i = 1; i <= NF; i++) if ($i ~ /^z_/) { z[++outputs] = i }
	print; next
}
# Of two classes the temperature and the bias go to the log odds, and the threshold decides.
function two(   odds, x) {
	odds = outputs ? outputs == 1 ? $z[1] : $z[2] - $z[1] : log(($p[2] + 1e-16) / ($p[1] + 1e-16))
	x = 1 / (1 + exp(-(odds / fitted["temperature"] + fitted["bias"])))
	$p[2] = sprintf("%.9g", x); $p[1] = sprintf("%.9g", 1 - x)
	$column["pred"] = name[$p[2] + 0 >= (fitted["threshold"] == "" ? .5 : fitted["threshold"] + 0) ? 2 : 1]
}
# Of more the temperature goes to all outputs; the largest stays the largest.
function many(   k, x, top, sum, e) {
	for (k = 1; k <= classes; k++) {
		x[k] = (outputs ? $z[k] : log($p[k] + 1e-16)) / fitted["temperature"]
		if (k == 1 || x[k] > top) top = x[k]
	}
	for (k = 1; k <= classes; k++) sum += e[k] = exp(x[k] - top)
	for (k = 1; k <= classes; k++) $p[k] = sprintf("%.9g", e[k] / sum)
}
{
	who = $column["patient"] != "" ? $column["patient"] : $column["id"]
	if (side(who) != half) next
	if (ARGC > 2 && $p[1] != "") {
		if (!("temperature" in fitted)) fitted["temperature"] = 1 # none could be fitted
		if (classes == 2) two()
		else many()
	}
	print
}
