#!/bin/sh
# index.sh PAGE...: an HTML page that names each manual page and what it is about, in the order in which they are read.
set -eu
cat <<'END'
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>cxr-tools: manual</title>
<link rel="stylesheet" href="manual.css">
</head>
<body>
<h1>cxr-tools</h1>
<p>Small tools that read chest X-rays, train and run a network that tells pneumonia from normal, show where it looked,
and measure how far both can be trusted. <strong>Research software, not a medical device.</strong></p>
<p><img src="overlay.png" alt="A synthetic radiograph, and the same under a heat map"></p>
<p>The image is synthetic.</p>
END
rows() { # rows TITLE PAGE...
	echo "<h2>$1</h2>"
	echo "<table>"
	shift
	for page; do
		name=$(basename "$page")
		sed -n 's/^\.Nd //p' "$page" | sed 's/&/\&amp;/g; s/</\&lt;/g' |
			sed "s|.*|<tr><td><a href=\"$name.html\">${name%.*}(${name##*.})</a></td><td>&</td></tr>|"
	done
	echo "</table>"
}
of() { # of SECTION PAGE...: the pages of a section
	section=$1
	shift
	for page; do case $page in *."$section") echo "$page" ;; esac; done
}
# shellcheck disable=SC2046 # names of pages have no spaces
{
	rows "Where to begin, and overviews" $(of 7 "$@" | sort -r)
	rows "Tools" $(of 1 "$@")
	rows "The format between them" $(of 5 "$@")
}
echo "</body></html>"
