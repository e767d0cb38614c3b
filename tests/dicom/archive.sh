#!/bin/bash
# pipelines/dicom: objects that validators take, three character sets, the same again, failures, kills, and the round
# trip through an Orthanc in a network of its own. STUDIES=50 sends that many. For make check-dicom.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"
# shellcheck source=tests/cli/film.sh
. "$top/tests/cli/film.sh"
if [ -z "${ALONE-}" ]; then
	ALONE=1 unshare -n "$(realpath "$top/tests/dicom/archive.sh")" && exit || exit 1
fi
ip link set lo up
dicom=$top/pipelines/dicom
studies=${STUDIES:-50}

cxr-phantom -q -n 24 -s 64 -o phantom
cxr-list -q phantom | cxr-prep -q -s 64 --store u8 | cxr-train -q -a resnet18 -o fresh --batch 8 --epochs 2 >/dev/null
cxr-model set --threshold 1e-9 -o model fresh # all are called, so that all have heat
cxr-list --new-key key
export CXR_MODEL=$tmp/model CXR_KEY_FILE=$tmp/key
perl -e 'for my $y (0 .. 63) { for my $x (0 .. 63) { print pack "v", 400 + 40 * $y + ($x - 32) ** 2 } }' >big.raw
# shoot NAME N LINE...: a film of study N
shoot() {
	RAW=$tmp/big.raw film "$1" "(0008,0018) UI [1.2.826.999.1.$2]" "(0020,000d) UI [1.2.826.999.2.$2]" \
		"(0020,000e) UI [1.2.826.999.3.$2]" '(0028,0010) US 64' '(0028,0011) US 64' '(0018,0015) CS [CHEST]' \
		'(0008,0070) LO [MAKER]' '(0010,0040) CS [O]' '(0008,0030) TM [101010]' '(0020,0011) IS [1]' '(0020,0013) IS [1]' \
		'(0020,0020) CS [L\F]' '(0018,1400) LO []' '(0018,5101) CS [PA]' '(0008,0008) CS [ORIGINAL\PRIMARY]' "${@:3}"
}

# --- objects
mkdir one
shoot one/latin 1 '(0008,0005) CS [ISO_IR 100]' "$(printf '(0010,0010) PN [M\374ller^J\366rg]')"
shoot one/utf8 2 '(0008,0005) CS [ISO_IR 192]' '(0010,0010) PN [Müller & <Söhne>^渚]'
# shellcheck disable=SC2016 # escape sequences
shoot one/japan 3 '(0008,0005) CS [\ISO 2022 IR 87]' "$(printf '(0010,0010) PN [Yamada^Tarou=\033$B;3ED\033(B^\033$BB@O:\033(B]')"
exits "a study" 0 "$dicom/study.sh" -o results one
is "three objects of each" "$(find results -name '*.dcm' | wc -l)" 9
for f in results/*; do
	is "$f: no error of dciodvfy" "$(dciodvfy "$f" 2>&1 | grep -c ^Error)" 0
	like "$f: a computed UID" "$(dcmdump +P 0008,0018 "$f")" '\[2\.25\.[1-9][0-9]{20,38}\]'
	ok "$f: research only" bash -c "dcmdump +P 0008,103e +P 0070,0081 '$f' | grep -qi 'research only'"
done
name() { dcmdump -q +L +P 0008,0005 +P 0010,0010 "$1" | sort; }
for f in one/*; do
	name "$f"
	name "$f"
	name "$f"
done | sort >want
for f in results/*; do name "$f"; done | sort >got
ok "names in three character sets, byte for byte" cmp want got
if [ -n "$(command -v DicomSRValidator)" ]; then
	export JAVA_TOOL_OPTIONS='-Djdk.xml.xpathExprOpLimit=0 -Djdk.xml.xpathExprGrpLimit=0 -Djdk.xml.xpathTotalOpLimit=0'
	for f in results/*-report.dcm; do
		DicomSRValidator "$f" >seen 2>&1
		is "$f: no error of DicomSRValidator" "$(grep -c ^Error seen)" 0
		like "against its template" "$(cat seen)" TID_1500
	done
else
	skip 6 "no DicomSRValidator"
fi
uids() { for f in "$1"/*; do dcmdump +P 0008,0018 +P 0020,000e "$f"; done; }
exits "again" 0 "$dicom/study.sh" -o again one
is "the same UIDs" "$(uids again)" "$(uids results)"
exits "what came from here" 0 "$dicom/study.sh" -o round results
is "is left alone" "$(ls round 2>/dev/null)" ""
head -c 900 one/latin >one/cut
exits "an unreadable film" 3 "$dicom/study.sh" -o some one
is "has no result, the others have" "$(find some -name '*.dcm' | wc -l)" 9
like "and is called by its id" "$(cat err)" '^study.sh: 1 of 4 images'
not_ok "no name in messages" grep -aE "$planted|Yamada|ller" err
mkdir temp
TMPDIR=$tmp/temp timeout -s TERM 1 "$dicom/study.sh" -o none one 2>/dev/null
is "ended half way: no folder is left" "$(ls temp)" ""

# --- the archive
if [ -z "$(command -v Orthanc)" ]; then
	skip 4 "no Orthanc"
	done_testing
fi
mkdir db films
cat >orthanc.json <<X
{"StorageDirectory": "$tmp/db", "IndexDirectory": "$tmp/db", "HttpPort": 8042, "DicomPort": 4242, "DicomAet": "ORTHANC",
 "AuthenticationEnabled": false, "OverwriteInstances": false, "LuaScripts": ["$dicom/route.lua"],
 "DicomModalities": {"cxr": ["CXR", "localhost", 11113]}, "Plugins": []}
X
start() { "$dicom/receive.sh" inbox 11113 -s localhost 4242 ORTHANC >>log 2>&1 & receiver=$!; }
Orthanc orthanc.json >orthanc.log 2>&1 &
orthanc=$!
trap 'kill $orthanc $receiver; cd /; rm -rf "$tmp"' EXIT
start
count() { curl -s http://localhost:8042/statistics | sed -n 's/.*"CountInstances" : \([0-9]*\).*/\1/p'; }
settled() { # N: waits for that many instances
	for ((i = 0; i < 60 + 20 * studies; i++)); do
		if [ "$(count)" = "$1" ] && [ ! "$(find inbox -name 'study*')" ]; then return; fi
		sleep 1
	done
	diag "instances: $(count), left: $(find inbox | wc -l)"
	tail -n 3 log | sed 's/^/# /'
	return 1
}
settled 0 || true
for ((k = 1; k <= studies; k++)); do shoot "films/$k" $((100 + k)); done
ok "sent" dcmsend -aec ORTHANC localhost 4242 films/*
ok "$studies studies have their results in the archive" settled $((4 * studies))
ok "sent again" dcmsend -aec ORTHANC localhost 4242 films/*
sleep 5
ok "nothing is doubled" settled $((4 * studies))
shoot films/last 999
dcmsend -aec ORTHANC localhost 4242 films/last
for ((i = 0; i < 30; i++)); do
	if [ "$(find inbox -name '*.taken')" ]; then break; fi
	sleep 0.3
done
pkill -TERM -P "$receiver"
kill "$receiver"
wait "$receiver"
start
ok "killed half way, started again: nothing is lost" settled $((4 * studies + 4))
is "the temporary folders are gone" "$(find inbox -mindepth 1 -not -name .lock)" ""
done_testing
