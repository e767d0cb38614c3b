# explain.awk SANITY... MEANS DIFFERENCES: the tables of bench/explain.md. MEANS: of cxr-metrics maps, several after one
# another; DIFFERENCES: the same of --against, the name of the other map in front; chosen: the best map.
FILENAME ~ /[.]sanity$/ { split($0, s, " "); sane[s[1]] = sprintf("%.2f (%.2f-%.2f)", s[2], s[3], s[4]); next }
FILENAME ~ /differences[.]tsv$/ {
	if ($3 == chosen)
		than[$1, $2] = sprintf("%+.2f (%+.2f to %+.2f)", $4, $5, $6)
	if ($1 != chosen && !($1 in seen) && $3 == chosen) { seen[$1] = 1; others[++n] = $1 }
	next
}
$1 == "measure" { next }
{
	if (!($2 in known)) { known[$2] = 1; order[++maps] = $2 }
	at[$2, $1] = sprintf("%.3f", $3) ($4 == "nan" ? "" : sprintf(" (%.3f-%.3f)", $4, $5))
}
END {
	print "| map | hit | IoU, tuned | IoU, half | pixel AUC | inside | outside the lungs | agreement without weights |"
	print "|---|---|---|---|---|---|---|---|"
	for (i = 1; i <= maps; i++) {
		m = order[i]
		print "| " (m == chosen ? "**" m "**" : m) " | " at[m, "hit"] " | " at[m, "iou_tuned"] " | " at[m, "iou"] " | " \
			at[m, "pixel_auc"] " | " at[m, "inside"] " | " at[m, "outside_lungs"] " | " sane[m] " |"
	}
	printf "\nChosen on the other half: %s. Its differences, by pairs:\n\n", chosen == "" ? "none passes" : chosen
	print "| to | hit | IoU, tuned | inside | pixel AUC |\n|---|---|---|---|---|"
	for (i = 1; i <= n; i++)
		print "| " others[i] " | " than[others[i], "hit"] " | " than[others[i], "iou_tuned"] " | " \
			than[others[i], "inside"] " | " than[others[i], "pixel_auc"] " |"
}
