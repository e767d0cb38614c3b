# From the agreement of maps with those of the trained network (sanity.mk): does each depend on what was learned?
#
#   map weights lo hi labels lo hi verdict
#
# weights: mean rank correlation where everything was drawn anew, labels: where labels were permuted. pass: both whole
# intervals below the limit; fail: one above; unclear: else. Exits 1 unless edges, which never changes, fails.
BEGIN {
	FS = OFS = "\t"
	print "map", "weights", "lo", "hi", "labels", "lo", "hi", "verdict"
}
NR > 1 && $2 == "spearman" {
	if (!($3 in seen)) {
		seen[$3]
		map[++n] = $3
	}
	value[$3, $1] = $4; lo[$3, $1] = $5; hi[$3, $1] = $6 # nan where all images have the same value, which decides then
}
function below(m, step) { return (m, step) in hi && (hi[m, step] == "nan" ? value[m, step] : hi[m, step]) + 0 < limit }
function above(m, step) { return (m, step) in lo && (lo[m, step] == "nan" ? value[m, step] : lo[m, step]) + 0 >= limit }
END {
	for (i = 1; i <= n; i++) {
		m = map[i]
		verdict = below(m, last) && below(m, "labels") ? "pass" : above(m, last) || above(m, "labels") ? "fail" : "unclear"
		print m, value[m, last], lo[m, last], hi[m, last], value[m, "labels"], lo[m, "labels"], hi[m, "labels"], verdict
		if (m == "edges")
			edges = verdict
	}
	if (edges != "fail") {
		print "sanity: edges, which know nothing of the network, do not fail: " (edges ? edges : "not among the maps") > "/dev/stderr"
		exit 1
	}
}
