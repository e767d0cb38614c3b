# Does the model look where the disease can be? From the measures of its maps (cxr-metrics --maps), one row for each
# check:
#
#   check value lo hi limit verdict says
#
# A share of the heat is held against the same share of a random map, which knows nothing of the network, and what the
# probability loses without the corners against a tenth. flagged: the whole interval lies above the limit; passed: all
# of it below; unclear: the limit is within; not known: there was nothing to measure with.
#
#   awk -f audit.awk measures.tsv > audit.tsv
BEGIN {
	FS = OFS = "\t"
	print "check", "value", "lo", "hi", "limit", "verdict", "says"
}
NR == 1 { next }
$2 ~ /^random/ { chance[$1] = $3; next }
!($1 in value) { value[$1] = $3; lo[$1] = $4; hi[$1] = $5 }

function check(name, limit, says, verdict) {
	if (!(name in value) || limit == "") {
		print name, "", "", "", limit, "not known", says
		return
	}
	verdict = lo[name] > limit ? "flagged" : hi[name] < limit ? "passed" : "unclear"
	count[verdict]++
	print name, value[name], lo[name], hi[name], limit, verdict, says
}
END {
	check("outside_lungs", chance["outside_lungs"], "share of the heat outside the lungs, beside a random map's")
	check("border", chance["border"], "share of the heat in the outer tenth, beside a random map's")
	check("corners", chance["corners"], "share of the heat in the four corners, beside a random map's")
	check("corner_drop", .1, "share of the probability that is lost when the corners are filled in")
	print "audit", "", "", "", "", count["flagged"] ? "flagged" : count["unclear"] || !count["passed"] ? "unclear" : "passed", \
		"cannot know of marks inside the chest, of differences in exposure, machine or patients between the classes"
}
