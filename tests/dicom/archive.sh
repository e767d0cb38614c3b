#!/bin/bash
# pipelines/dicom: objects that validators take, three character sets, the same again, failures, odd and undecided, kills,
# and the round trip through an Orthanc in a network of its own. STUDIES=50 sends that many. For make check-dicom.
# shellcheck source=tests/cli/lib.sh disable=SC2317 # functions called by ok
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
export JAVA_TOOL_OPTIONS='-Djdk.xml.xpathExprOpLimit=0 -Djdk.xml.xpathExprGrpLimit=0 -Djdk.xml.xpathTotalOpLimit=0'
template() { # template WHAT REPORT
	if [ -z "$(command -v DicomSRValidator)" ]; then
		skip 2 "no DicomSRValidator"
		return
	fi
	DicomSRValidator "$2" >seen 2>&1
	is "$1: no error of DicomSRValidator" "$(grep -c ^Error seen)" 0
	like "against its template" "$(cat seen)" TID_1500
}
for f in results/*-report.dcm; do template "$f" "$f"; done
uids() { for f in "$1"/*; do dcmdump +P 0008,0018 +P 0020,000e "$f"; done; }
exits "again" 0 "$dicom/study.sh" -o again one
is "the same UIDs" "$(uids again)" "$(uids results)"
exits "what came from here" 0 "$dicom/study.sh" -o round results
is "is left alone" "$(ls round 2>/dev/null)" ""
head -c 900 one/latin >one/cut
exits "an unreadable film" 3 "$dicom/study.sh" -o some one
is "has no result, the others have" "$(find some -name '*.dcm' | wc -l)" 9
like "and is called by its id" "$(cat err)" 'study.sh: 1 of 4 images'
not_ok "no name in messages" grep -aE "$planted|Yamada|ller" err
rm one/cut
mkdir nobody
cp one/utf8 nobody
dcmodify -nb -ea '(0010,0020)' -ea '(0008,0005)' -ea '(0010,0010)' -ea '(0020,0010)' nobody/utf8
exits "an image that says of no patient" 0 "$dicom/study.sh" -o nameless nobody
is "has results of none" "$(for f in nameless/*; do dcmdump +P 0010,0020 +P 0008,0005 "$f"; done | sort -u | grep -c .)" 1
is "valid ones" "$(for f in nameless/*; do dciodvfy "$f" 2>&1; done | grep -c ^Error)" 0
dcmodify -nb -ea '(0020,000d)' nobody/utf8
exits "nor of a study" 3 "$dicom/study.sh" -o studyless nobody
is "has none" "$(ls studyless 2>/dev/null)" ""

# --- what is not sure is not said to be: a cxr-infer with other words
mkdir said alone
cp one/latin alone
cat >said/cxr-infer <<X
#!/bin/bash
[ "\$3" != --abstain ] || set -- -q -t
"$(command -v cxr-infer)" "\$@" | awk -F'\t' -v OFS='\t' '
	NR == 1 { for (i = 1; i <= NF; i++) if (\$i == "pred") at = i }
	NR > 1 && ENVIRON["PRED"] != "" { \$at = ENVIRON["PRED"] }
	{ print ENVIRON["ODD"] == "" ? \$0 : \$0 OFS (NR == 1 ? "odd" : ENVIRON["ODD"]) }'
X
chmod +x said/cxr-infer
said() { # VARIABLE=VALUE...: what the report says then
	rm -rf unsure
	env CXR_BIN="$tmp/said" "$@" "$dicom/study.sh" -o unsure alone
	dsrdump +Pl unsure/*-report.dcm
}
like "a sure one is present" "$(said)" '\(52101004,SCT,"Present"\)'
like "whether it is odd is not known, and said" "$(said)" 'Whether this image is like those .* is unknown'
like "one like the training images" "$(said ODD=0.4)" 'Present.*Unlikeness to the training images: 0\.4 '
like "an odd one is undetermined" "$(said ODD=1.5)" '\(373068000,SCT,"Undetermined"\)'
like "and why" "$(said ODD=1.5)" 'Odd: this image is unlike those .*\(1\.5; from 1 on\)'
template "an odd one" unsure/*-report.dcm
like "the heat map, too" "$(dcmdump +P 0020,4000 unsure/*-secondary.dcm)" 'Odd: '
like "an undecided one" "$(said PRED=undecided CXR_ABSTAIN=.9)" '"Undetermined"\).*Undecided: the model is not sure'
template "an undecided one" unsure/*-report.dcm
is "all of them valid" "$(for f in unsure/*; do dciodvfy "$f" 2>&1; done | grep -c ^Error)" 0
like "the state has a box and a line" "$(dcmdump +P 0070,0021 unsure/*-presentation.dcm | tr -d '\n')" 'US 5 .*US [0-9]+ '

# --- an archive that answers, but has no room
mkdir full
storescp -od full 11114 2>/dev/null &
storescp=$!
until ss -Hltn 'sport = :11114' | grep -q .; do sleep .1; done
exits "what an archive stores" 0 "$dicom/study.sh" -s localhost 11114 FULL alone
is "is there" "$(find full -type f | wc -l)" 3
rm -r full
cp -r alone refused
exits "what it has no room for" 1 "$dicom/study.sh" -r -s localhost 11114 FULL refused
like "is not said to be stored" "$(cat err)" 'the archive has not stored all results'
ok "and the study is kept" test -e refused/latin
kill $storescp

# --- killed
mkdir temp killed
cp -r one killed/study
for ((k = 0; k < 8; k++)); do
	TMPDIR=$tmp/temp setsid "$dicom/study.sh" -r -o after killed/study 2>/dev/null &
	study=$!
	sleep "$((RANDOM % (k + 1))).$RANDOM"
	kill -KILL -- -$study 2>/dev/null
	wait $study 2>/dev/null
	[ -d killed/study ] || break
done
diag "$k kills at random moments"
if [ -d killed/study ]; then TMPDIR=$tmp/temp "$dicom/study.sh" -r -o after killed/study; fi
is "killed without a warning: all is there in the end" "$(ls after)" "$(ls results)"
is "nothing else is left" "$(ls -A temp killed)" "$(printf 'killed:\n\ntemp:')"
TMPDIR=$tmp/temp timeout -s TERM 1 "$dicom/study.sh" -o none one 2>/dev/null
is "ended half way: no folder is left" "$(ls temp)" ""

# --- the archive
if [ -z "$(command -v Orthanc)" ]; then
	skip 4 "no Orthanc"
	done_testing
fi
# as the README says, in a copy of the folder
mkdir films
cp -r "$dicom" ours
cp key ours
sed -i 's/\("LuaHeartBeatPeriod": \)60/\15/' ours/orthanc.json
unset CXR_MODEL CXR_KEY_FILE
export RETRY=5
start() { # PORT of the archive
	(cd ours && TMPDIR=$tmp/temp exec setsid ./receive.sh ../inbox 11113 -m "$tmp/model" -k key -s localhost "$1" ORTHANC) >>log 2>&1 &
	receiver=$!
	until ss -Hltn 'sport = :11113' | grep -q .; do sleep .1; done
}
Orthanc ours/orthanc.json >orthanc.log 2>&1 &
orthanc=$!
trap 'kill $orthanc; kill -KILL -- -$receiver; cd /; rm -rf "$tmp"' EXIT
start 4242
count() { curl -s http://localhost:8042/statistics | sed -n 's/.*"CountInstances" : \([0-9]*\).*/\1/p'; }
busy() { find inbox -mindepth 1 -not -name .lock | grep -q .; }
settled() { # N: waits for that many instances
	for ((i = 0; i < 600 + 200 * studies; i++)); do
		if [ "$(count)" = "$1" ] && ! busy; then return; fi
		sleep .1
	done
	diag "instances: $(count), not $1; left: $(find inbox)"
	tail -n 3 log | sed 's/^/# /'
	return 1
}
peak() { awk '/VmHWM/ { print $2 }' "/proc/$receiver/status"; }
ok "Orthanc is up" settled 0
shoot films/one 100
ok "a study" dcmsend -aec ORTHANC localhost 4242 films/one
began=$(date +%s%N)
ok "has its results in the archive" settled 4
diag "from the end of its C-STORE to there: $((($(date +%s%N) - began) / 1000000)) ms, of which 3 s wait for more images"
first=$(peak)
for ((k = 1; k < studies; k++)); do shoot "films/$k" $((100 + k)); done
began=$(date +%s%N)
ok "sent" dcmsend -aec ORTHANC localhost 4242 films/*
ok "$studies studies have their results in the archive" settled $((4 * studies))
diag "a study: $((($(date +%s%N) - began) / 1000000 / (studies > 1 ? studies - 1 : 1))) ms"
diag "storescp: $first KiB after the first, $(peak) after the last"
ok "its memory does not grow" test "$(peak)" -lt $((first + 8192))
ok "sent again" dcmsend -aec ORTHANC localhost 4242 films/*
sleep 5
ok "nothing is doubled" settled $((4 * studies))

more=0
for ((k = 0; k < 5; k++)); do
	for ((j = 0; j < 2; j++)); do
		more=$((more + 1))
		shoot "films/more$more" $((1000 + more))
		dcmsend -aec ORTHANC localhost 4242 "films/more$more"
	done
	sleep "$((RANDOM % 5)).$RANDOM"
	kill -KILL -- -$receiver
	wait $receiver 2>/dev/null
	start 4242
done
ok "the receiver killed $k times: nothing is lost, nothing doubled" settled $((4 * (studies + more)))
kill -TERM -- -$receiver
wait $receiver 2>/dev/null
start 4243
shoot films/last 2000
dcmsend -aec ORTHANC localhost 4242 films/last
for ((i = 0; i < 600; i++)); do
	if compgen -G 'inbox/*.kept' >/dev/null; then break; fi
	sleep .1
done
ok "while the archive takes nothing a study is kept" compgen -G 'inbox/*.kept'
kill -TERM -- -$receiver
wait $receiver 2>/dev/null
start 4242
ok "and has its results afterwards" settled $((4 * (studies + more + 1)))
kill -TERM -- -$receiver
wait $receiver 2>/dev/null
is "the temporary folders are gone" "$(ls -A temp)" ""
not_ok "no name in the log" grep -aE "$planted|1\.2\.826" log
done_testing
