# Does the model look where the disease can be? From the measures of its maps (cxr-metrics --maps), one row for each
# check:
#
#   check value lo hi limit verdict says
#
# A share of the heat is held against the least that a map has which knows nothing of the network (random, gaussian,
# edges, the lung prior), what the probability loses without the corners against a tenth, and how well images without
# lungs are told apart (the AUC, or 1 less it) against .8, where a report says of its data that they largely are. flagged: the whole interval
# lies above the limit; passed: all of it below; unclear: the limit is within; not known: there was nothing to measure
# with. The audit has passed where every check has.
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

# Where all images have the same share there is no interval, and the share decides; of too few images an AUC has none,
# and nothing is decided. Classes in the wrong order are told apart, too.
function low(name) {
	if (name ~ /_auc$/) return hi[name] < .5 ? 1 - hi[name] : lo[name] == "nan" ? 0 : lo[name] + 0
	return (lo[name] == "nan" ? value[name] : lo[name]) + 0
}
function high(name) {
	if (name ~ /_auc$/) return hi[name] < .5 ? 1 - lo[name] : hi[name] == "nan" ? 1 : hi[name] + 0
	return (hi[name] == "nan" ? value[name] : hi[name]) + 0
}
function check(name, limit, says, verdict) {
	if (!(name in value) || limit == "") {
		count["not known"]++
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
	check("lungless_auc", .8, "AUC of the images whose lungs are filled in: .5 where the rest says nothing of the class")
	print "audit", "", "", "", "", count["flagged"] ? "flagged" : !count["unclear"] && !count["passed"] ? "not known" : \
		count["unclear"] || count["not known"] ? "unclear" : "passed", \
		"cannot know of marks inside the chest, of differences in exposure, machine or patients between the classes"
}
