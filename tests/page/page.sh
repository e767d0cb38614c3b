#!/bin/bash
# page.sh BUILD: the page behind busybox httpd and in Chromium. The tools are first in PATH; puppeteer-core and axe-core are
# in BUILD/page/node_modules. Leaves screenshots there.
set -eu -o pipefail
top=$(cd "${0%/*}/../.." && pwd)
work=$(cd "$1" && pwd)/page
port=${CXR_PAGE_PORT:-8093}
tmp=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$tmp"' EXIT
cd "$tmp"
n=0
failed=0
is() {
	n=$((n + 1))
	if [ "$2" = "$3" ]; then echo "ok s$n - $1"; else
		echo "not ok s$n - $1: $2, not $3"
		failed=1
	fi
}

N=60 EPOCHS=1 "$top/examples/0-start.sh"
cxr-infer -q -m model.safetensors -t val.cxr | cxr-metrics calibrate -o fit.tsv >/dev/null
cxr-model set --from fit.tsv -o set.safetensors model.safetensors
"$top/examples/5-dicom.sh" >/dev/null
export CXR_MODEL=$tmp/set.safetensors TMPDIR=$tmp
cp "$top/pipelines/web/examples/pneumonia.png" good.png
cp films/0 good.dcm
# Chromium writes JPEG: its canvas does.
cat >jpeg.mjs <<'END'
import puppeteer from "puppeteer-core";
import {readFileSync, writeFileSync} from "node:fs";
const browser = await puppeteer.launch({executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"]});
const page = await browser.newPage();
const uri = "data:image/png;base64," + readFileSync(process.argv[2]).toString("base64");
const jpeg = await page.evaluate(async u => {
	const image = new Image(); image.src = u; await image.decode();
	const c = document.createElement("canvas"); c.width = image.width; c.height = image.height;
	c.getContext("2d").drawImage(image, 0, 0); return c.toDataURL("image/jpeg").split(",")[1]; }, uri);
writeFileSync(process.argv[3], Buffer.from(jpeg, "base64"));
await browser.close();
END
ln -s "$work/node_modules" node_modules
node jpeg.mjs good.png good.jpg
head -c 2000 good.jpg >cut.jpg
echo 'no image' >text.txt

(cd "$top/pipelines/web" && exec busybox httpd -f -p "127.0.0.1:$port" -h .) &
url=http://127.0.0.1:$port/
for _ in $(seq 50); do curl -s -o /dev/null "$url" && break; sleep .1; done
ask() { curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/octet-stream' "$@" "${url}cgi-bin/index.cgi"; }

is "an image" "$(ask --data-binary @good.png)" 200
is "another page's" "$(ask --data-binary @good.png -H 'Origin: http://there')" 403
is "a form" "$(ask --data-binary @good.png -H 'Content-Type: text/plain')" 415
is "PUT" "$(curl -s -o /dev/null -w '%{http_code}' -X PUT --data-binary @good.png "${url}cgi-bin/index.cgi")" 405
truncate -s 40M large
is "40 MB" "$(ask --data-binary @large)" 413
is "outside the folder" "$(curl -s -o /dev/null -w '%{http_code}' --path-as-is "${url}../full.mk")" 400
is "listens on this machine alone" "$(ss -Hltn "sport = :$port" | awk '{ print $4 }')" "127.0.0.1:$port"
# A client that sends a byte and waits; others are served meanwhile.
slow() {
	exec 3<>"/dev/tcp/127.0.0.1/$port"
	printf 'POST /cgi-bin/index.cgi HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 100\r\n\r\nP' >&3
	head -n 1 <&3
}
slow >slow.out &
slow=$!
sleep 1
is "a slow client does not hold up others" "$(ask --data-binary @good.png)" 200
jobs=()
for i in 1 2 3 4; do
	curl -s -o "answer.$i" -w '%{http_code}' -H 'Content-Type: application/octet-stream' --data-binary @good.png --retry 20 \
		--retry-delay 1 "${url}cgi-bin/index.cgi" >code.$i &
	jobs+=($!)
done
wait "${jobs[@]}" || true
is "four at once: all are answered, some after a while" "$(cat code.?)" 200200200200
wait $slow || true
is "the slow one is told" "$(tr -d '\r' <slow.out)" "HTTP/1.1 408 Request Timeout"
is "nothing is left" "$(find "$tmp"/cxr-page.* -type f)" ""
start=$(date +%s%N)
ask --data-binary @good.png >/dev/null
echo "# from click to answer: $((($(date +%s%N) - start) / 1000000)) ms"

cp "$top/tests/page/browser.mjs" .
node browser.mjs "$url" "$tmp" || failed=1
cp ./*.png "$work/" 2>/dev/null || true
exit $failed
