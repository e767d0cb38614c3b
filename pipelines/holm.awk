# The table of compare.mk with one more column: p values corrected for the number of runs that are compared with the
# first, each measure for itself (Holm 1979). Read twice: awk -f holm.awk TABLE TABLE.
BEGIN { FS = OFS = "\t" }
FNR == 1 { pass++; for (i = 1; i <= NF; i++) column[$i] = i }
pass == 1 { if (FNR > 1 && $column["p"] != "nan") p[$column["metric"], ++n[$column["metric"]]] = $column["p"] + 0; next }
FNR == 1 { print $0, "p_holm"; next }
$column["p"] == "nan" { print $0, "nan"; next }
{
	# the largest, over all p not above this one, of p times how many are not below it
	m = $column["metric"]; worst = 0
	for (i = 1; i <= n[m]; i++) {
		if (p[m, i] > $column["p"] + 0) continue
		left = 0
		for (k = 1; k <= n[m]; k++) left += p[m, k] >= p[m, i]
		if (left * p[m, i] > worst) worst = left * p[m, i]
	}
	print $0, (worst < 1 ? worst : 1)
}
