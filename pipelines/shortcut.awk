# Accuracy of two networks, with and without a mark in their images, and what their audits say; fails unless it is
# told by the mark.
BEGIN {
	FS = OFS = "\t"
	print "model", "images", "accuracy", "lo", "hi", "n", "audit"
}
$3 == "accuracy" { row[++rows] = $1 FS $2 FS $4 FS $5 FS $6 FS $7; model[rows] = $1; lo[$1, $2] = $5; hi[$1, $2] = $6 }
$2 == "audit" && $3 == "audit" { audit[$1] = $8 }
function must(what, says) {
	if (!what) {
		print "shortcut: " says > "/dev/stderr"
		bad = 1
	}
}
END {
	for (i = 1; i <= rows; i++)
		print row[i], audit[model[i]]
	must(hi["marked", "moved"] < lo["marked", "marked"], "the marked network is as good when the mark is moved")
	must(audit["marked"] == "flagged", "the audit does not flag the marked network: " audit["marked"])
	must(audit["clean"] == "passed", "the audit does not pass the clean network: " audit["clean"])
	exit bad
}
