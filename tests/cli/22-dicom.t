#!/bin/bash
# DICOM from files to streams: gray scale, refusals, keys, ids; nothing that was planted in a header comes out.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/film.sh
. "$top/tests/cli/film.sh"
mkdir -p PLANTED^FOLDER
film PLANTED^FOLDER/two
RAW=inverse.raw film PLANTED^FOLDER/one '(0028,0004) CS [MONOCHROME1]'
film PLANTED^FOLDER/window '(0028,1050) DS [1024]' '(0028,1051) DS [512]'
film lateral '(0018,5101) CS [LL]'

# --- the gray scale
exits "a film is read" 0 bash -c 'cxr-prep --no-sha --store u8 --recipe gray -s 16 PLANTED^FOLDER/two >two.st'
exits "its negative as MONOCHROME1" 0 bash -c 'cxr-prep --no-sha --store u8 --recipe gray -s 16 PLANTED^FOLDER/one >one.st'
ok "is the same image" bash -c 'cmp <(tail -c 384 two.st | head -c 256) <(tail -c 384 one.st | head -c 256)'
exits "a window" 0 bash -c 'cxr-prep --no-sha --store u8 --recipe gray -s 16 PLANTED^FOLDER/window >window.st'
exits "dicom=full" 0 bash -c 'cxr-prep --no-sha --store u8 --recipe "gray dicom=full" -s 16 PLANTED^FOLDER/window >full.st'
ok "ignores the window" bash -c 'cmp <(tail -c 384 two.st | head -c 256) <(tail -c 384 full.st | head -c 256)'
not_ok "which makes a difference" bash -c 'cmp <(tail -c 384 two.st | head -c 256) <(tail -c 384 window.st | head -c 256)'
ok "dicom=full stands in the recipe" grep -aq 'depth=8 dicom=full' full.st
not_ok "dicom=voi does not" grep -aq 'dicom=' window.st

# --- words that are the rest of the file are taken from there, others by way of DCMTK
same() { # TEXT FILE
	exits "$1" 0 bash -c "cxr-prep --no-sha --store u8 --recipe gray -s 16 $2 >same.st"
	ok "is the same image" bash -c 'cmp <(tail -c 384 two.st | head -c 256) <(tail -c 384 same.st | head -c 256)'
}
dcmconv +ti PLANTED^FOLDER/two implied
same "value representations implied" implied
film behind '(fffc,fffc) OB 00\00'
same "an element behind the pixels" behind
dcmconv +tb PLANTED^FOLDER/two turned
same "big-endian words" turned
head -c -2 implied >short.dcm
exits "a word too few" 3 bash -c 'cxr-prep short.dcm >cut.st'
cat implied >long.dcm; printf '\0\0' >>long.dcm
exits "a word too many" 3 bash -c 'cxr-prep long.dcm >cut.st'

# --- refusals: exit 3, the reason, no value of the header
refused() { # TEXT WORDS LINE...
	local text=$1 words=$2
	shift 2
	film bad "$@"
	exits "$text" 3 bash -c 'cxr-prep --no-sha bad >bad.st'
	like "says why" "$(cat err)" "$words"
	cat bad.st err >>everything
}
: >everything
refused "colour" "RGB" '(0028,0004) CS [RGB]'
refused "an unknown interpretation" "neither MONOCHROME1" '(0028,0004) CS [PLANTED]'
refused "several frames" "2 frames" '(0028,0008) IS [2]'
refused "raw detector data" "FOR PROCESSING" '(0008,0068) CS [FOR PROCESSING]'
exits "unless wanted" 0 bash -c 'cxr-prep --for-processing bad >bad.st'
refused "a slope of 0" "slope" '(0028,1053) DS [0]' '(0028,1052) DS [0]'
film burned '(0028,0301) CS [YES]'
exits "burned-in names: read" 0 bash -c 'cxr-prep burned >burned.st'
ok "and marked" grep -aq '"x.burned":"yes"' burned.st
exits "refused when strict" 1 bash -c 'cxr-prep --strict burned >burned.st'
head -c 600 lateral >short.dcm
exits "a cut file" 3 bash -c 'cxr-prep short.dcm >cut.st'

# --- keys and ids
exits "DICOM needs a key" 2 cxr-list PLANTED^FOLDER
like "and says how" "$(cat err)" '--new-key FILE'
exits "a key" 0 cxr-list --new-key key
is "of 32 bytes, its owner's" "$(stat -c '%s %a' key)" "32 600"
exits "is not overwritten" 1 cxr-list --new-key key
exits "another key" 0 cxr-list --new-key key2
chmod 644 key2
exits "a key that others may read is refused" 2 cxr-list --key key2 lateral
chmod 600 key2
exits "a list without extensions" 0 bash -c 'cxr-list --key key PLANTED^FOLDER lateral >list'
is "is private" "$(stat -c %a list)" 600
is "three films of one patient, and one" "$(cut -f3 list | tail -n +2 | sort -u | wc -l)" 1
is "ids are 16 hex digits" "$(cut -f5 list | tail -n +2 | grep -cE '^[0-9a-f]{16}$')" 4
is "no label from a folder" "$(cut -f2 list | tail -n +2 | tr -d '\n')" ""
CXR_KEY_FILE=key exits "the key of the environment" 0 bash -c 'CXR_KEY_FILE=key cxr-list PLANTED^FOLDER lateral >again'
ok "gives the same" cmp list again
exits "another key" 0 bash -c 'cxr-list --key key2 PLANTED^FOLDER lateral >other'
is "gives other ids" "$(comm -12 <(cut -f5 list | tail -n +2 | sort) <(cut -f5 other | sort) | wc -l)" 0
exits "--only of a column" 0 bash -c 'cxr-list --key key --only x.view=PA,AP PLANTED^FOLDER lateral >pa'
is "keeps frontal views" "$(tail -n +2 pa | wc -l)" 3
exits "an archive" 0 bash -c 'zip -qr z.zip PLANTED^FOLDER lateral && cxr-list --key key z.zip >zip'
is "has the same ids" "$(cut -f5 zip | sort)" "$(cut -f5 list | sort)"

# --- nothing planted comes out
exits "a stream of the list" 0 bash -c 'cxr-prep --no-sha <list >stream'
exits "on one thread" 0 bash -c 'cxr-prep --no-sha -j 1 <list >stream1'
ok "the same bytes" cmp stream stream1
exits "a damaged film in a list" 3 bash -c 'mkdir p; head -c 900 lateral >p/PLANTED; cxr-list --key key p | cxr-prep >p.st'
cat err p.st stream >>everything
exits "a stream of bare paths" 0 bash -c 'cxr-prep PLANTED^FOLDER/two >bare'
cat bare err >>everything
not_ok "no name, id, UID, date, place" grep -aE "$planted" everything

# --- the set
if [ -n "$data" ] && [ -d "$data/dicom" ]; then
	exits "the set: colour and the truncated file fail" 3 bash -c "cxr-prep -s 32 --recipe gray $data/dicom/*.dcm >set.st"
	is "four of 17" "$(grep -c . err)" 4
	exits "the set through a list" 3 bash -c "cxr-list --key key $data/dicom | cxr-prep -s 32 -c 1 >set.st"
	is "13 images" "$(grep -ao '"shape":\[32,32,1\]' set.st | wc -l)" 13
else
	skip 4 "no DICOM files in \$CXR_DATA"
fi
# --- a JPEG of 8 x 8 pixels under a header that says 16 x 16
run cxr-prep -s 8 "$top/tests/fuzz/corpus/image_dicom/other_size"
is "a JPEG of another size is an error" "$rc" 3
like "that says so" "$(cat err)" 'of another size than the header says'

done_testing
