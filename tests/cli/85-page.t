#!/bin/bash
# The page as a CGI program, without a server: headers, what is refused and how, the bits of the command line, limits, and
# a folder that is empty after every request.
# shellcheck source=tests/cli/lib.sh disable=SC2317 # functions called by run
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/train.sh
. "$top/tests/cli/train.sh"
export CXR_PAGE=$top/pipelines/web/page.html TMPDIR=$tmp/work CXR_MODEL=$tmp/m CXR_PAGE_CAM='--layer layer2 --measure where'
mkdir work
images 6
cxr-list A B | cxr-prep -q -s 32 | cxr-train -q -a resnet18 -o m --batch 6 --epochs 1 >log

# cgi METHOD FILE VARIABLE=VALUE...: a request as a server passes it on; the answer's status is in $status, its body in `body`
cgi() {
	local bytes
	bytes=$(stat -c %s "$2")
	run env REQUEST_METHOD="$1" CONTENT_TYPE=application/octet-stream CONTENT_LENGTH="$bytes" "${@:3}" cxr-page <"$2"
	status=$(sed -n 's/^Status: \([0-9]*\).*/\1/p' out)
	sed '1,/^\r$/d' out >body
}
left() { find work -type f; }
field() { perl -ne 'print $1 // $2 if /"'"$1"'":(?:"([^"]*)"|([-0-9.e+]*))/' body; }

cgi GET /dev/null
is "GET" "$status" 200
ok "is the page" cmp body "$CXR_PAGE"
like "with a policy that names its script" "$(cat out)" "script-src 'sha256-[A-Za-z0-9+/]{43}='"
for header in 'Cache-Control: no-store' 'X-Content-Type-Options: nosniff' 'Referrer-Policy: no-referrer'; do
	ok "$header" grep -q "^$header" out
done
like "nothing else may load" "$(cat out)" "default-src 'none'"
is "a query is no option" "$(REQUEST_METHOD=GET cxr-page --version | head -c 7)" "Status:"

cgi POST A/001.pgm
is "an image" "$rc $status" "0 200"
cxr-prep -q -m m A/001.pgm >one
is "its probability is the command line's" "$(field p)" "$(cxr-infer -t one | awk -F'\t' 'NR == 2 { print $7 }')"
is "and it says what it is" "$(field notice)" "Research only, not for diagnosis"
is "of this model" "$(field digest)" "$(cxr-model info m | sed -n 's/^digest\t//p')"
cxr-cam -q --layer layer2 --notice 'Research only, not for diagnosis' -o maps one >/dev/null
sed 's/.*"map":"data:image\/png;base64,\([^"]*\)".*/\1/' body | base64 -d >map.png
ok "the map is the command line's" cmp map.png maps/001.png
like "its measures are told in words" "$(cat body)" '"border":"share of the heat in the outer tenth"'
is "nothing is left" "$(left)" ""

is "and of no warning" "$(field warning)" ""
mkdir odd
# shellcheck disable=SC2016 # for awk
printf '#!/bin/sh\n"%s" "$@" | awk -v OFS="\t" '"'"'{ print $0, NR == 1 ? "odd" : 1.5 }'"'"'\n' "$(command -v cxr-infer)" >odd/cxr-infer
chmod +x odd/cxr-infer
cgi POST A/001.pgm PATH="$tmp/odd:$PATH"
like "an image unlike the training images is told to be one" "$(field warning)" 'unlike those .* do not use the answer'

echo 'no image' >text
cgi POST text
is "text" "$status" 422
like "is told in words" "$(field error)" 'not an image but text'
head -c 300 A/001.pgm >cut.pgm
cgi POST cut.pgm
is "a cut image" "$status" 422
not_ok "without a path" grep -q / <(field error)
cgi POST /dev/null
is "nothing" "$status" 411
cgi POST A/001.pgm CONTENT_LENGTH=99000000
is "99 MB announced" "$status" 413
cgi POST A/001.pgm CONTENT_LENGTH=-1
is "less than nothing" "$status" 411
cgi POST A/001.pgm CONTENT_LENGTH=99999
is "less than announced" "$status" 408
cgi PUT A/001.pgm
is "PUT" "$status" 405
for type in text/plain application/x-www-form-urlencoded 'multipart/form-data; boundary=x' ''; do
	cgi POST A/001.pgm CONTENT_TYPE="$type"
	is "a form's type: '$type'" "$status" 415
done
cgi POST A/001.pgm CONTENT_TYPE=image/x-portable-graymap HTTP_ORIGIN=http://here:1 HTTP_HOST=here:1
is "its own page" "$status" 200
for origin in http://there null; do
	cgi POST A/001.pgm HTTP_ORIGIN="$origin" HTTP_HOST=here:1
	is "another page: $origin" "$status" 403
done
cgi POST A/001.pgm CXR_MODEL=absent
is "no model" "$status" 500
is "still nothing is left" "$(left)" ""

# --- several at once, and the end of one
mkfifo slow
REQUEST_METHOD=POST CONTENT_TYPE=image/png CONTENT_LENGTH=100 cxr-page <slow >slow.out &
pid=$!
exec 5>slow
printf P >&5
until [ -n "$(left)" ]; do sleep .05; done
cgi POST A/001.pgm CXR_PAGE_AT_ONCE=1
is "one at once: another has to wait" "$status" 503
ok "and is told how long" grep -q '^Retry-After: ' out
cgi POST A/001.pgm
is "of two there is room" "$status" 200
kill -TERM $pid
wait $pid
like "one that is stopped says so" "$(cat slow.out)" '^Status: 503'
is "and leaves nothing" "$(left)" ""
exec 5>&-
mkdir -p work/cxr-page."$(id -u)"/0
echo left >work/cxr-page."$(id -u)"/0/image
cgi POST A/001.pgm
is "what a killed one left is swept" "$(left)" ""
chmod 755 work/cxr-page."$(id -u)"
cgi POST A/001.pgm
is "a folder that others may enter is refused" "$status" 500
exits "it is no tool for a terminal" 2 cxr-page
done_testing
