# From what cxr-show prints of a stream: how many of its images failed, into `file` as "FAILED ALL" (no such file where
# none did), and a line that says so. Exit 1 where they are more than `max`, a number or a share in %.
$1 == "tail" {
	for (i = 3; i <= NF; i++)
		if (split($i, pair, "=") == 2)
			count[pair[1]] = pair[2]
}
END {
	bad = count["errors"] + 0
	all = count["items"] + 0
	limit = max ~ /%$/ ? max / 100 * all : max + 0
	if (max != "" && bad > limit) {
		print name ": " bad " of " all " images failed: more than MAX_ERRORS=" max > "/dev/stderr"
		exit 1
	}
	if (!bad) {
		system("rm -f '" file "'")
		exit
	}
	print bad, all > file
	print "         " name ": " bad " of " all " images failed; the next call tries them again"
}
