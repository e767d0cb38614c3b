# fill.awk VALUES TEMPLATE: the template with each @NAME@ replaced by its value (lines NAME, tab, value). Lines that
# begin with a tab go on with the one before; a line that asks for a value which is empty or not there is left out.
# -v xml=1: values are escaped.
BEGIN { FS = "\t" }
NR == FNR { value[$1] = substr($0, length($1) + 2); next }
/^\t/ { line = line " " substr($0, 2); next }
{ put(line); line = $0 }
END { put(line) }
function put(rest, out, name) {
	while (match(rest, /@[A-Z_]+@/)) {
		name = substr(rest, RSTART + 1, RLENGTH - 2)
		if (value[name] == "")
			return
		out = out substr(rest, 1, RSTART - 1) escaped(value[name])
		rest = substr(rest, RSTART + RLENGTH)
	}
	if (out rest != "")
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
