# What was done to a stream, from its first record (cxr-show --json), as a table: a row for each option of each tool that
# it passed, in their order. The report takes from it whose evidence a heat map shows, and on which scale.
#
#   cxr-show --json stream.cxr | awk -f provenance.awk > provenance.tsv
BEGIN { OFS = "\t"; print "step", "tool", "version", "option", "value" }
NR > 1 { next }
{
	for (step = 0; match($0, "\"pg\\." step "\":\"(\\\\.|[^\"\\\\])*\""); step++) {
		line = substr($0, RSTART, RLENGTH - 1)
		sub(/^"[^"]*":"/, "", line)
		gsub(/\\\\/, "\\", line)
		gsub(/\\"/, "\"", line)
		n = split(line, word, " ")
		option = value = ""
		for (i = 3; i <= n + 1; i++) {
			if (i > n || word[i] ~ /^--?[a-z]/) {
				if (option != "")
					print step, word[1], word[2], option, value
				option = word[i]
				value = ""
			} else
				value = value (value == "" ? "" : " ") word[i]
		}
	}
}
