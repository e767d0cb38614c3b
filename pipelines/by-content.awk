# A score table with the digest of each image's bytes in place of its id, so that runs over the same images in other
# places can be paired. The second of the same bytes ends in -2, and so on; an image without a digest keeps its id.
#
#   cxr-show --json test.cxr | awk -f by-content.awk - scores-test.tsv
BEGIN { FS = OFS = "\t" }
NR == FNR {
	if (/^\{"kind":"item"/)
		digest[items++] = match($0, /"sha256":"[0-9a-f]*"/) ? substr($0, RSTART + 10, RLENGTH - 11) : ""
	next
}
FNR == 1 {
	for (i = 1; i <= NF; i++)
		if ($i == "id")
			id = i
	print
	next
}
{
	d = digest[rows++]
	if (d != "")
		$id = d (n[d]++ ? "-" n[d] : "")
	print
}
END {
	if (rows != items) {
		print "by-content.awk: " items " images, " rows " scores" > "/dev/stderr"
		exit 1
	}
}
