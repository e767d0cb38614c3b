# Does the model look where the disease can be? From the measures of its maps (cxr-metrics --maps), one row for each
# check:
#
#   check value lo hi limit verdict says
#
# A share of the heat is held against the least that a map has which knows nothing of the network (random, gaussian,
# edges, the lung prior), and what the probability loses without the corners against a tenth. flagged: the whole interval
# lies above the limit; passed: all of it below; unclear: the limit is within; not known: there was nothing to measure with.
#
#   awk -f audit.awk measures.tsv > audit.tsv
BEGIN {
	FS = OFS = "\t"
	print "check", "value", "lo", "hi", "limit", "verdict", "says"
}
NR == 1 { next }
$2 ~ /^(random|gaussian|edges|prior)([.]|$)/ {
	if (!($1 in best) || $3 < best[$1]) best[$1] = $3
	next
}
!($1 in value) { value[$1] = $3; lo[$1] = $4; hi[$1] = $5 }

# Where all images have the same value there is no interval, and the value decides.
function low(name) { return (lo[name] == "nan" ? value[name] : lo[name]) + 0 }
function high(name) { return (hi[name] == "nan" ? value[name] : hi[name]) + 0 }
function check(name, limit, says, verdict) {
	if (!(name in value) || limit == "") {
		print name, "", "", "", limit, "not known", says
		return
	}
	verdict = low(name) > limit ? "flagged" : high(name) < limit ? "passed" : "unclear"
	count[verdict]++
	print name, value[name], lo[name], hi[name], limit, verdict, says
}
END {
	check("outside_lungs", best["outside_lungs"], "share of the heat outside the lungs, beside the best baseline's")
	check("border", best["border"], "share of the heat in the outer tenth, beside the best baseline's")
	check("corners", best["corners"], "share of the heat in the four corners, beside the best baseline's")
	check("corner_drop", .1, "share of the probability that is lost when the corners are filled in")
	print "audit", "", "", "", "", count["flagged"] ? "flagged" : count["unclear"] ? "unclear" : \
		count["passed"] ? "passed" : "not known", \
		"cannot know of marks inside the chest, of differences in exposure, machine or patients between the classes"
}
