#!/bin/bash
# study.sh [-m MODEL] [-k KEY] [-o DIR] [-s HOST PORT AET] [-r] FOLDER
# The radiographs of a study in FOLDER are scored and explained; what comes of each goes to DIR and, with -s, to an
# archive: the heat map as a Secondary Capture, the answer as a structured report, the hottest box as a presentation
# state. -r: FOLDER is removed when that has worked. Patients' data go from the source to the results through DCMTK's
# tools and a private folder, which is removed on every way out, and through no argument of a command.
# Exit: 0; 3 when some images failed, for which nothing is made; 1 when nothing was sent, and FOLDER is kept.
set -euo pipefail
umask 077
here=$(cd "$(dirname "$0")" && pwd)
PATH=${CXR_BIN:+$CXR_BIN:}$PATH
notice='RESEARCH ONLY, NOT FOR DIAGNOSIS'
key=${CXR_KEY_FILE-} out='' send=() remove=''
usage() { sed -n 's/^# \(study.sh .*\)/usage: \1/p' "$0" >&2; exit 2; }

while [ $# -gt 1 ]; do
	case $1 in
	-m) export CXR_MODEL=$2; shift 2 ;;
	-k) key=$2; shift 2 ;;
	-o) out=$2; shift 2 ;;
	-s) [ $# -gt 4 ] || usage; send=(-aec "$4" "$2" "$3"); shift 4 ;;
	-r) remove=1; shift ;;
	*) usage ;;
	esac
done
if [ $# != 1 ] || [ ! -d "$1" ] || [ -z "${CXR_MODEL-}" ] || [ -z "$key" ]; then usage; fi
folder=$(cd "$1" && pwd)
out=${out:+$(realpath -m "$out")}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$tmp/out"

# The study stays out of the way of what arrives meanwhile; one study at a time.
if [ -n "$remove" ] && [[ $folder != *.taken ]]; then
	mv "$folder" "$folder.$$.taken"
	folder=$folder.$$.taken
fi
exec 9>"${folder%/*}/.lock"
flock 9

info() { cxr-model info "$CXR_MODEL" | awk -F'\t' -v k="$1" '$1 == k && !n++ { print $2 }'; }
digest=$(info digest)
threshold=$(info threshold)
uid() { printf '%s|%s|%s' "$digest" "$threshold" "$*" | sha256sum | awk -f "$here/uid.awk"; }

# elements FILE TAG...: elements of the file itself, not of sequences in it, as dcmdump writes them
elements() {
	local file=$1 tag tags=()
	for tag in "${@:2}"; do tags+=(+P "$tag"); done
	dcmdump -q -Un +L +p "${tags[@]}" "$file" 2>/dev/null | LC_ALL=C sed -n '/^([0-9a-f]\{4\},[0-9a-f]\{4\}) /p'
}
value() { elements "$1" "$2" | LC_ALL=C sed -n '1s/^[^[]*\[\(.*\)\] *#.*/\1/p'; }

# Whose study it is, character set and all.
identity() {
	elements "$1" 0008,0005 0008,0020 0008,0030 0008,0050 0008,0090 0010,0010 0010,0020 0010,0021 0010,0030 0010,0040 \
		0020,000d 0020,0010
}

# merge DUMP KEYS...: a dump in which the elements of KEYS stand in place of its own
merge() {
	LC_ALL=C awk 'FNR == 1 { file++ }
		/^#/ || /^$/ || /^\(0002,/ { next }
		file < ARGC - 1 { if (/^\(....,....\)/ && !/^\(fffe/) new[substr($0, 2, 9)]; keys = keys $0 "\n"; next }
		/^\(....,....\)/ { skip = substr($0, 2, 9) in new }
		!skip { print }
		END { printf "%s", keys }' "${@:2}" "$1"
}

# A line for each image that has an answer: id, path, probability in %, answer, its code, peak, and the hottest box.
answers() {
	awk -F'\t' 'FNR == 1 {
			file++
			for (i = 1; i <= NF; i++) {
				at[file, $i] = i
				if ($i ~ /^p_/) { last = i; name = substr($i, 3) } # the positive class
			}
			next
		}
		function cell(column) { return $at[file, column] }
		file == 1 { path[cell("id")] = $1 }
		file == 2 && !($1 in box) && cell("peak") != "" {
			box[$1] = cell("peak_x") "\t" cell("peak_y") "\t" cell("x") "\t" cell("y") "\t" \
				cell("x") + cell("width") "\t" cell("y") + cell("height")
		}
		file == 3 && cell("status") == "ok" {
			pred = cell("pred")
			answer = pred == "undecided" ? "Undetermined\t373068000" : pred == name ? "Present\t52101004" : "Absent\t2667000"
			printf "%s\t%s\t%.1f\t%s\t%s\n", $1, path[$1], 100 * $last, answer, $1 in box ? box[$1] : "\t\t\t\t\t"
		}' "$tmp/list" "$tmp/boxes" "$tmp/scores"
}

# What the templates of one image say; the line of answers() in the variables of objects().
values() {
	local sop body burned
	sop=$(value "$source" 0008,0018)
	body=$(value "$source" 0018,0015)
	burned=$(value "$source" 0028,0301)
	cat <<-X
		SOURCE	$sop
		SOURCE_CLASS	$(value "$source" 0008,0016)
		SOURCE_SERIES	$(value "$source" 0020,000e)
		STUDY	$(value "$source" 0020,000d)
		UID	$(uid "$1" "$sop")
		SERIES	$(uid "$1" series "$(value "$source" 0020,000d)")
		TRACKING	$(uid tracking "$sop")
		DEVICE	$device
		DIGEST	$digest
		VERSION	$version
		ARCH	$arch
		DATE	$(date +%Y%m%d)
		TIME	$(date +%H%M%S)
		NUMBER	$number
		BODY	$body
		BURNED	$([ "$burned" = YES ] && echo YES || echo NO)
		LOSSY	$(value "$source" 0028,2110)
		PERCENT	$percent
		THRESHOLD	$(awk -v t="$threshold" 'BEGIN { printf "%.1f", 100 * t }')
		ANSWER	$answer
		ANSWER_CODE	$code
		WORDS	Pneumonia $answer: $percent %
		PEAK	${peak_x:+$peak_x/$peak_y}
		LEFT	$left
		TOP	$top
		RIGHT	$right
		BOTTOM	$bottom
	X
}

secondary() {
	local new
	values secondary >"$tmp/values"
	awk -f "$here/fill.awk" "$tmp/values" "$here/secondary.keys" >"$tmp/keys"
	merge /dev/null "$tmp/keys" "$tmp/identity" >"$tmp/dump"
	dump2dcm -q "$tmp/dump" "$tmp/base" || return
	pngtopnm "$tmp/maps/"*"$id.png" | ppmtobmp -bpp 24 >"$tmp/map.bmp" 2>/dev/null
	new=$(awk '$1 == "UID" { print $2 }' "$tmp/values") # img2dcm would draw one
	img2dcm -q -i BMP -df "$tmp/base" -k "SOPInstanceUID=$new" "$tmp/map.bmp" "$tmp/out/$number-secondary.dcm"
}

report() {
	values report >"$tmp/values"
	awk -v xml=1 -f "$here/fill.awk" "$tmp/values" "$here/report.xml" >"$tmp/report.xml"
	xml2dsr -q "$tmp/report.xml" "$tmp/report" || return
	dcmdump -q -Un +L "$tmp/report" >"$tmp/dump"
	merge "$tmp/dump" "$tmp/identity" >"$tmp/new"
	dump2dcm -q "$tmp/new" "$tmp/out/$number-report.dcm"
}

presentation() {
	values presentation >"$tmp/values"
	awk -f "$here/fill.awk" "$tmp/values" "$here/presentation.keys" >"$tmp/keys"
	dcmpsmk -q "$source" "$tmp/state" || return
	dcmdump -q -Un +L "$tmp/state" >"$tmp/dump"
	merge "$tmp/dump" "$tmp/keys" "$tmp/identity" >"$tmp/new"
	dump2dcm -q "$tmp/new" "$tmp/out/$number-presentation.dcm"
}

# Radiographs, and none that came from here. A header that cannot be read may be one of them: it fails, and is counted.
cxr-list -q --key "$key" "$folder" >"$tmp/all"
awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print; next }
	$at["x.modality"] ~ /^(CR|DX|)$/ && $at["x.maker"] != "cxr-tools"' "$tmp/all" >"$tmp/list"
images=$(($(wc -l <"$tmp/list") - 1))
device=$(info uid)
version=$(cxr-model --version | awk 'NR == 1 { print $2 }')
arch=$(info arch | cut -c1-64)
failed=0 number=0
if [ "$images" -gt 0 ]; then
	cxr-prep -q <"$tmp/list" >"$tmp/stream" || [ $? = 3 ]
	cxr-infer -q -t ${CXR_ABSTAIN:+--abstain "$CXR_ABSTAIN"} <"$tmp/stream" >"$tmp/scores" || [ $? = 3 ]
	cxr-cam -q -o "$tmp/maps" --style side --original --list "$tmp/list" --notice "$notice" --boxes-out "$tmp/boxes" \
		<"$tmp/stream" >/dev/null || [ $? = 3 ]
	answers >"$tmp/answers"
	while IFS='|' read -r id source percent answer code peak_x peak_y left top right bottom; do
		number=$((number + 1))
		identity "$source" >"$tmp/identity"
		if ! { secondary && report && { [ -z "$left" ] || presentation; }; } 2>"$tmp/why"; then
			echo "study.sh: $id: no result could be made" >&2
			rm -f "$tmp/out/$number-"*
			failed=$((failed + 1))
		fi
	done < <(tr '\t' '|' <"$tmp/answers")
	failed=$((failed + images - number))
fi

cd "$tmp/out"
if [ ${#send[@]} -gt 0 ] && [ "$(ls)" ]; then dcmsend -q "${send[@]}" ./*; fi
if [ -n "$out" ] && [ "$(ls)" ]; then
	mkdir -p "$out"
	cp ./* "$out"
fi
cd /
if [ -n "$remove" ]; then rm -rf "$folder"; fi
[ "$failed" = 0 ] || { echo "study.sh: $failed of $images images have no result" >&2; exit 3; }
