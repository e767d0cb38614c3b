#!/bin/bash
# study.sh [-m MODEL] [-k KEY] [-o DIR] [-s HOST PORT AET] [-r] FOLDER
# The radiographs of a study in FOLDER are scored and explained; what comes of each goes to DIR and, with -s, to an
# archive: the heat map as a Secondary Capture, the answer as a structured report, and where there is heat its hottest
# part as a presentation state. -r: FOLDER is removed when that has worked. Patients' data go from the source to the
# results through DCMTK's tools and a private folder, which is removed on every way out (after a SIGKILL by the next
# run), and through no argument of a command.
# Exit: 0; 3 when some images failed, for which nothing is made; else nothing was sent, or not all, and FOLDER is kept.
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
folder=$1

# The folder is locked while this run or a tool of it lives: what is not was left by a SIGKILL.
tmp=$(mktemp -d "${TMPDIR:-/tmp}/cxr-study.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
exec 8<"$tmp"
flock 8
for left in "${tmp%.*}".*; do
	if [ -O "$left" ]; then flock -n "$left" rm -rf "$left" || true; fi
done
mkdir "$tmp/out"

cxr-model info "$CXR_MODEL" >"$tmp/model"
info() { awk -F'\t' -v k="$1" '$1 == k && !n++ { print $2 }' "$tmp/model"; }
digest=$(info digest)
threshold=$(info threshold)
classes=$(info classes)
if [[ $classes != *,* || $classes = *,*,* ]]; then
	echo "study.sh: the model's classes are $classes: a report is of two, the last one the finding" >&2
	exit 2
fi
device=$(info uid)
version=$(cxr-model --version | awk 'NR == 1 { print $2 }')
arch=$(info arch | cut -c1-64)
made_by=$(cat - "$here"/*.keys "$here/report.xml" <<<"$digest|$threshold|${CXR_ABSTAIN-}" | sha256sum | cut -c1-64)
uid() { printf '%s|%s' "$made_by" "$*" | sha256sum | awk -f "$here/uid.awk"; }

# What says whose study it is, and how the results have what the source does not have.
declare -A whose=([0008,0005]=absent [0008,0020]='DA []' [0008,0030]='TM []' [0008,0050]='SH []' [0008,0090]='PN []'
	[0010,0010]='PN []' [0010,0020]='LO []' [0010,0021]=absent [0010,0030]='DA []' [0010,0040]='CS []'
	[0020,000d]='UI []' [0020,0010]='SH []')
# The image's header as dcmdump writes it: elements of the file itself, not of sequences in it.
read_header() {
	local tag tags=()
	for tag in "${!whose[@]}" 0008,0016 0008,0018 0018,0015 0020,000e 0020,0060 0028,0301 0028,2110; do
		tags+=(+P "$tag")
	done
	dcmdump -q -Un +L +p "${tags[@]}" "$source" 2>/dev/null |
		LC_ALL=C sed -n '/^([0-9a-f]\{4\},[0-9a-f]\{4\}) /p' >"$tmp/header"
	for tag in "${!whose[@]}"; do
		LC_ALL=C grep -a "^($tag)" "$tmp/header" || echo "($tag) ${whose[$tag]}"
	done | sort >"$tmp/identity"
}
value() { LC_ALL=C sed -n "/^($1)/{s/^[^[]*\[\(.*\)\] *#.*/\1/p;q}" "$tmp/header"; }

# merge DUMP KEYS...: a dump in which the elements of KEYS stand in place of its own
merge() {
	LC_ALL=C awk 'FNR == 1 { file++ }
		/^#/ || /^$/ || /^\(0002,/ { next }
		file < ARGC - 1 && /^\(....,....\)/ && !/^\(fffe/ { new[substr($0, 2, 9)] }
		file < ARGC - 1 { if (!/ absent$/) keys = keys $0 "\n"; next }
		/^\(....,....\)/ { skip = substr($0, 2, 9) in new }
		!skip { print }
		END { printf "%s", keys }' "${@:2}" "$1"
}

# A line for each image that has an answer: id, path, probability in %, answer, its code, how unlike the training images
# it is, and of the hottest part, where the class was called, the peak, the box and the outline.
answers() {
	awk -F'\t' -v class="${classes#*,}" 'FNR == 1 {
			file++
			for (i = 1; i <= NF; i++)
				at[file, $i] = i
			next
		}
		function cell(column) { return (file, column) in at ? $at[file, column] : "" }
		file == 1 { path[cell("id")] = $1 }
		file == 2 && cell("called") == 1 && !($1 in part) && cell("peak") != "" {
			part[$1] = cell("peak_x") "/" cell("peak_y") "\t" cell("x") "\t" cell("y") "\t" \
				cell("x") + cell("width") "\t" cell("y") + cell("height") "\t" cell("outline")
		}
		file == 3 && cell("status") == "ok" {
			pred = cell("pred")
			odd = cell("odd")
			answer = pred == class ? "Present\t52101004" : "Absent\t2667000"
			if (pred == "undecided" || odd >= 1)
				answer = "Undetermined\t373068000"
			odd = odd == "" ? "unknown" : int(1000 * odd) / 1000
			printf "%s\t%s\t%.1f\t%s\t%s\t%s\t%s\n", $1, path[$1], 100 * cell("p_" class), pred, answer, odd, \
				$1 in part ? part[$1] : "\t\t\t\t\t"
		}' "$tmp/list" "$tmp/boxes" "$tmp/scores"
}

is_odd() { [ "$odd" != unknown ] && [[ $odd != 0* ]]; } # from 1 on, cxr-infer(1)

# What the templates say of one image, in the variables of the loop below. What is empty is left out by them.
values() {
	local burned points
	burned=$(value 0028,0301)
	outline=${outline:+$outline ${outline%% *}} # closed
	read -ra points <<<"$outline"
	cat <<-X
		SOURCE	$sop
		SOURCE_CLASS	$(value 0008,0016)
		SOURCE_SERIES	$(value 0020,000e)
		STUDY	$(value 0020,000d)
		TRACKING	$(uid tracking "$sop")
		DEVICE	$device
		DIGEST	$digest
		VERSION	$version
		ARCH	$arch
		DATE	$(date +%Y%m%d)
		TIME	$(date +%H%M%S)
		NUMBER	$number
		BODY	$(value 0018,0015)
		SIDE	$(value 0020,0060)
		BURNED	$([ "$burned" = YES ] && echo YES || echo NO)
		LOSSY	$(value 0028,2110)
		PERCENT	$percent
		THRESHOLD	$(awk -v t="$threshold" 'BEGIN { if (t != "") printf "%.1f", 100 * t }')
		ANSWER	$answer
		ANSWER_CODE	$code
		UNSURE	$([ "$pred" != undecided ] || echo "${CXR_ABSTAIN-}")
		ODD	$(is_odd && echo "$odd")
		LIKE	$([ "$odd" = unknown ] || is_odd || echo "$odd")
		LIKE_WHAT	$([ "$odd" != unknown ] || echo unknown)
		PEAK	$peak
		LEFT	$left
		TOP	$top
		RIGHT	$right
		BOTTOM	$bottom
		POINTS	${#points[@]}
		OUTLINE	${outline//[, ]/\\}
	X
}

# fill KIND TEMPLATE [-v xml=1]: the template with the values, and the UIDs of this kind
fill() {
	new=$(uid "$1" "$sop")
	{
		cat "$tmp/values"
		printf 'UID\t%s\nSERIES\t%s\n' "$new" "$(uid "$1" series "$(value 0020,000d)")"
	} | awk "${@:3}" -f "$here/fill.awk" - "$here/$2"
}

# The heat map, above it in words what must not be overlooked.
drawn() {
	local says='' width
	pngtopnm "$tmp/maps/"*"$id.png" >"$tmp/map.pnm" || return
	[ "$pred" != undecided ] || says='UNDECIDED: THE MODEL IS NOT SURE'
	if is_odd; then says='ODD: UNLIKE THE TRAINING IMAGES, NOT TO BE USED'; fi
	if [ -z "$says" ]; then
		cat "$tmp/map.pnm"
		return
	fi
	width=$(pamfile -size "$tmp/map.pnm" | cut -d ' ' -f 1)
	pbmtext "$says" | pnminvert | pamscale -xsize "$width" | pnmcat -topbottom - "$tmp/map.pnm"
}

secondary() {
	fill secondary secondary.keys >"$tmp/keys"
	merge /dev/null "$tmp/keys" "$tmp/identity" >"$tmp/dump"
	dump2dcm -q "$tmp/dump" "$tmp/base" || return
	drawn | ppmtobmp -bpp 24 >"$tmp/map.bmp" 2>/dev/null || return
	# img2dcm would draw a UID of its own
	img2dcm -q -i BMP -df "$tmp/base" -k "SOPInstanceUID=$new" "$tmp/map.bmp" "$tmp/out/$id-secondary.dcm"
}

report() {
	fill report report.xml -v xml=1 >"$tmp/report.xml"
	xml2dsr -q "$tmp/report.xml" "$tmp/report" || return
	dcmdump -q -Un +L "$tmp/report" >"$tmp/dump" || return
	merge "$tmp/dump" "$tmp/identity" >"$tmp/new"
	dump2dcm -q "$tmp/new" "$tmp/out/$id-report.dcm"
}

presentation() {
	fill presentation presentation.keys >"$tmp/keys"
	dcmpsmk -q "$source" "$tmp/state" || return
	dcmdump -q -Un +L "$tmp/state" >"$tmp/dump" || return
	merge "$tmp/dump" "$tmp/keys" "$tmp/identity" >"$tmp/new"
	dump2dcm -q "$tmp/new" "$tmp/out/$id-presentation.dcm"
}

# The results of one image, all of them or none
results() {
	read_header
	sop=$(value 0008,0018)
	if [ -z "$sop" ] || [ -z "$(value 0020,000d)" ]; then return 1; fi
	values >"$tmp/values"
	secondary && report && { [ -z "$left" ] || presentation; } && [ -s "$tmp/out/$id-secondary.dcm" ] &&
		[ -s "$tmp/out/$id-report.dcm" ] # dump2dcm may fail without a word
}

# dcmsend succeeds where the archive has answered, be it that it has no room: the answers are in its report.
store() {
	dcmsend -q "${send[@]}" +crf "$tmp/sent" "$tmp/out/"* || return
	[ "$(grep -cE '^DIMSE Status *: 0x(0000|b[0-9a-f]{3}) ' "$tmp/sent")" = "$(find "$tmp/out" -type f | wc -l)" ]
}

# Radiographs, and none that came from here. A header that cannot be read may be one of them: it fails, and is counted.
cxr-list -q --key "$key" "$folder" >"$tmp/all"
awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print; next }
	$at["x.modality"] ~ /^(CR|DX|)$/ && $at["x.maker"] != "cxr-tools"' "$tmp/all" >"$tmp/list"
images=$(($(wc -l <"$tmp/list") - 1))
failed=0 number=0
if [ "$images" -gt 0 ]; then
	cxr-prep -q -m "$CXR_MODEL" <"$tmp/list" >"$tmp/stream" || [ $? = 3 ]
	cxr-infer -q -t ${CXR_ABSTAIN:+--abstain "$CXR_ABSTAIN"} <"$tmp/stream" >"$tmp/scores" || [ $? = 3 ]
	cxr-cam -q -o "$tmp/maps" --style side --original --list "$tmp/list" --notice "$notice" --boxes-out "$tmp/boxes" \
		<"$tmp/stream" >/dev/null || [ $? = 3 ]
	answers | tr '\t' '\037' >"$tmp/answers"
	while IFS=$'\037' read -r id source percent pred answer code odd peak left top right bottom outline; do
		number=$((number + 1))
		if ! results 2>"$tmp/why"; then
			echo "study.sh: $id: no result could be made" >&2
			rm -f "$tmp/out/$id-"*
			failed=$((failed + 1))
		fi
	done <"$tmp/answers"
	failed=$((failed + images - number))
fi

if [ -n "$(ls "$tmp/out")" ]; then
	if [ -n "$out" ]; then
		mkdir -p "$out"
		cp "$tmp/out/"* "$out"
	fi
	if [ ${#send[@]} -gt 0 ] && ! store; then
		echo 'study.sh: the archive has not stored all results' >&2
		exit 1
	fi
fi
rm -rf "$tmp"
if [ -n "$remove" ]; then rm -rf "$folder"; fi
[ "$failed" = 0 ] || { echo "study.sh: $failed of $images images have no result" >&2; exit 3; }
