# The columns of a score table that the list brought along and that have 2 to 20 values, with five
# images or more in the mean, one a line.
BEGIN { FS = "\t" }
NR == 1 {
	for (i = 1; i <= NF; i++)
		if ($i ~ /^x[.]/)
			name[i] = $i
	next
}
{
	for (i in name)
		if (!seen[i, $i]++)
			values[i]++
}
END {
	for (i = 1; i <= NF; i++)
		if (values[i] >= 2 && values[i] <= 20 && 5 * values[i] < NR)
			print name[i]
}
