# fill.awk VALUES TEMPLATE: the template with each @NAME@ replaced by its value (lines NAME, tab, value). A line that asks
# for a value which is empty or not there is left out. -v xml=1: values are escaped.
BEGIN { FS = "\t" }
NR == FNR { value[$1] = substr($0, length($1) + 2); next }
{
	out = ""
	rest = $0
	while (match(rest, /@[A-Z_]+@/)) {
		name = substr(rest, RSTART + 1, RLENGTH - 2)
		if (value[name] == "")
			next
		out = out substr(rest, 1, RSTART - 1) escaped(value[name])
		rest = substr(rest, RSTART + RLENGTH)
	}
	print out rest
}
function escaped(s) {
	if (xml) {
		gsub(/&/, "\\&amp;", s)
		gsub(/</, "\\&lt;", s)
		gsub(/>/, "\\&gt;", s)
		gsub(/"/, "\\&quot;", s)
	}
	return s
}
