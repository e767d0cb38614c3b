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
	for (i = 1; i <= NF; i++) if ($i ~ /^p_/) { other = last; last = i }
	for (i = 1; i <= NF; i++) if ($i ~ /^z_/) { z[++outputs] = i }
	positive = substr($last, 3); negative = substr($other, 3)
	print; next
}
{
	who = $column["patient"] != "" ? $column["patient"] : $column["id"]
	if (side(who) != half) next
	if (ARGC > 2 && $last != "") {
		odds = outputs ? outputs == 1 ? $z[1] : $z[2] - $z[1] : log(($last + 1e-16) / ($other + 1e-16))
		p = 1 / (1 + exp(-(odds / fitted["temperature"] + fitted["bias"])))
		$last = sprintf("%.9g", p); $other = sprintf("%.9g", 1 - p)
		$column["pred"] = $last + 0 >= fitted["threshold"] + 0 ? positive : negative
	}
	print
}
