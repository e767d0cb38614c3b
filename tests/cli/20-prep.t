#!/bin/bash
# cxr-prep: streams from lists, operands and archives; wrong input; exit codes.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
pics=$top/tests/image/data

# field NAME FILE: the values of a metadata field, one a line
field() { grep -ao "\"$1\":\"[^\"]*\"" "$2" | cut -d'"' -f4; }

mkdir -p set/NORMAL set/PNEUMONIA
cp "$pics/gray.jpeg" set/NORMAL/IM-0001-0001.jpeg
cp "$pics/gray16.png" set/NORMAL/IM-0002-0001.png
cp "$pics/rgb.jpeg" set/PNEUMONIA/person1_bacteria_1.jpeg
cp "$pics/rgb.tif" set/PNEUMONIA/person2_virus_7.tif
cp "$pics/hwc.npy" set/PNEUMONIA/person3_virus_8.npy
find set -type f | LC_ALL=C sort >list

# --- a stream
exits "a list of paths" 0 bash -c "cxr-prep <list"
is "silence on success" "$(cat err)" ""
exits "one thread" 0 bash -c 'cxr-prep -j1 <list >one'
exits "three threads" 0 bash -c 'cxr-prep -j3 <list >three'
ok "the same bytes for any number of threads" cmp one three
is "head: classes" "$(field classes one)" "NORMAL,PNEUMONIA"
is "head: recipe" "$(field recipe one)" \
	"size=224x224 channels=3 fit=squash kernel=linear shrink=full depth=8 mean=0.485,0.456,0.406 std=0.229,0.224,0.225"
is "head: one provenance line without threads and paths" "$(field pg.0 one | sed 's/ [0-9.]* / V /')" "cxr-prep V --store f32"
is "order and ids of the list" "$(field id one)" "$(cat list)"
is "indexes" "$(field index one | tr '\n' ' ')" "0 1 2 3 4 "
is "labels" "$(field label one | tr '\n' ' ')" "NORMAL NORMAL PNEUMONIA PNEUMONIA PNEUMONIA "
is "width and height are the file's" "$(field width one | tr '\n' ' ')$(field height one | tr '\n' ' ')" "61 13 61 13 4 47 9 47 9 5 "
is "sha256 of the file" "$(field sha256 one | head -n 1)" "$(sha256sum <set/NORMAL/IM-0001-0001.jpeg | cut -d' ' -f1)"
is "shape" "$(grep -ao '"dtype":"F32","shape":\[224,224,3\]' one | wc -l)" 5
is "tail counts" "$(field items one | tr '\n' ' ')$(field errors one)" "5 5 0"
# shellcheck disable=SC2016 # expands in the inner shell
exits "operands instead of a list" 0 bash -c 'cxr-prep $(cat list) >operands'
ok "give the same stream" cmp one operands
exits "NUL-separated paths" 0 bash -c 'tr "\n" "\0" <list | cxr-prep -0 >nul'
ok "give the same stream" cmp one nul
exits "a compressed list" 0 bash -c 'gzip <list | cxr-prep >gz'
ok "gives the same stream" cmp one gz
exits "- is standard input" 0 bash -c 'cxr-prep - <list >dash'
ok "the same stream" cmp one dash

# --- sizes, channels, stores, recipes
exits "u8 store" 0 bash -c 'cxr-prep --store u8 -s 32x24 -c 1 <list >u8'
is "shape is height, width, channels" "$(grep -ao '"dtype":"U8","shape":\[24,32,1\]' u8 | wc -l)" 5
like "recipe says size and channels" "$(field recipe u8)" '^size=32x24 channels=1 '
exits "-s N is a square" 0 bash -c 'cxr-prep -s 20 <list >square'
like "recipe says so" "$(field recipe square)" '^size=20x20 '
exits "a recipe by fields" 0 bash -c "cxr-prep --recipe 'gray fit=pad kernel=lanczos3 depth=16' -s 16 <list >fields"
like "stands in the head" "$(field recipe fields)" '^size=16x16 channels=1 fit=pad kernel=lanczos3 shrink=full depth=16 mean=0.49 std=0.248$'
exits "per-image norm" 0 bash -c 'cxr-prep --recipe perimage -s 16 <list >perimage'
exits "u8 cannot hold depth=16" 2 cxr-prep --store u8 --recipe depth=16 set/NORMAL/IM-0001-0001.jpeg

# --- what white is, images without contrast
{ echo P2 4 4 65535; seq 0 64 960; } >dark.pgm
{ echo P5 4 4 255; printf '%016d' 0; } >flat.pgm
exits "an image that uses little of its range" 0 bash -c 'cxr-prep -s 4 -c 1 dark.pgm >dark'
like "is counted on standard error" "$(cat err)" 'cxr-prep: 1 image uses less than a sixteenth of the range: dark.pgm has values from 0 to 960 of 65535 '
is "and in its item" "$(field range dark)" "values from 0 to 960 of 65535"
exits "white= in the recipe" 0 bash -c "cxr-prep --recipe 'white=960' -s 4 -c 1 dark.pgm >white"
is "silence" "$(cat err)" ""
like "stands in the head" "$(field recipe white)" 'depth=8 white=960 mean='
exits "an image without contrast is an error" 3 bash -c 'cxr-prep -s 4 flat.pgm dark.pgm >flat'
is "with its reason" "$(field error flat)" "flat: every pixel is 48"
exits "unless --allow-flat" 0 bash -c 'cxr-prep -s 4 --allow-flat flat.pgm >flat'
is "it is an image" "$(grep -c error: flat)" 0

# --- several pages: the first is read, and that is said
exits "a TIFF of two pages" 0 bash -c "cxr-prep -s 8 $pics/pages.tif >pages"
like "is counted" "$(cat err)" '^cxr-prep: 1 image has several pages or frames, of which the first is read: '
is "and in its item" "$(field pages pages)" 2

# --- further columns, labels that are no class
printf 'path\tlabel\tpatient\tsplit\tage\nset/NORMAL/IM-0001-0001.jpeg\tNORMAL\tp\\t1\ttest\t4 years\n' >columns
exits "a list with columns" 0 bash -c 'cxr-prep -s 8 <columns >x'
is "x.age" "$(field x.age x)" "4 years"
is "patient with a tab, escaped" "$(field patient x)" 'p\\x091'
is "split" "$(field split x)" test

# --- a model brings recipe and classes
header='{"__metadata__":{"classes":"NORMAL,SICK","cxr":"net","recipe":"gray size=16x16"}}'
printf -v pad '%*s' $((120 - ${#header})) ''
{ printf '\x78\0\0\0\0\0\0\0'; printf '%s%s' "$header" "$pad"; } >model
exits "-m" 0 bash -c 'cxr-prep -m model <list >m'
is "classes of the model" "$(field classes m)" "NORMAL,SICK"
like "recipe of the model" "$(field recipe m)" '^size=16x16 channels=1 '
is "a label that is no class is emptied" "$(field label m | tr '\n' ' ')" "NORMAL NORMAL    "
exits "\$CXR_MODEL" 0 bash -c 'CXR_MODEL=model cxr-prep <list >env'
ok "does the same" cmp m env
exits "explicit options keep \$CXR_MODEL out" 0 bash -c 'CXR_MODEL=model cxr-prep --recipe imagenet <list >noenv'
ok "so that the stream is as without" cmp one noenv
exits "-m with --recipe" 2 cxr-prep -m model --recipe gray set/NORMAL/IM-0001-0001.jpeg
exits "a stream is no model" 1 cxr-prep -m one set/NORMAL/IM-0001-0001.jpeg
exits "a model that is not there" 1 cxr-prep -m nowhere set/NORMAL/IM-0001-0001.jpeg

# --- archives give what folders give
mkdir zip tar
(cd set && zip -qr ../zip/set.zip . && tar -czf ../tar/set.tgz .)
mkdir dir && cp -r set dir/setAzip+ # ids of equal length: set.zip!
for a in zip/set.zip tar/set.tgz; do
	sed "s|^set/|$a!/|" list >members
	exits "$a: members" 0 bash -c 'cxr-prep -j2 -s 32 <members >archive'
	is "$a: same images as the folder" "$(field sha256 archive)" "$(field sha256 one)"
done
norm() { LC_ALL=C sed -e 's/"crc32":"[^"]*"//' -e 's/"list":"[^"]*"//' -e 's|dir/setAzip+|zip/set.zip!|' "$1"; }
sed "s|^set/|zip/set.zip!/|" list | cxr-prep -s 32 >a 2>/dev/null
sed "s|^set/|dir/setAzip+/|" list | cxr-prep -s 32 >b 2>/dev/null
is "zip and folder: same bytes but for the names" "$(norm a | cksum)" "$(norm b | cksum)"

# --- wrong input
head -c 700 set/NORMAL/IM-0001-0001.jpeg >cut.jpeg
echo 'this is text' >text.jpeg
: >zero.jpeg
mkdir folder.jpeg
cp set/NORMAL/IM-0001-0001.jpeg good.jpeg
printf '%s\n' cut.jpeg text.jpeg zero.jpeg folder.jpeg missing.jpeg good.jpeg 'set.zip!/nothing' >bad
exits "bad images do not stop the batch" 3 bash -c 'cxr-prep -j2 <bad >stream'
is "all are in the stream" "$(field id stream | wc -l)" 7
is "with their errors counted" "$(field errors stream)" 6
is "the good one has pixels" "$(grep -ao '"image":{' stream | wc -l)" 1
like "truncated" "$(cat err)" 'cxr-prep: cut.jpeg: cannot decode: premature end'
like "text" "$(cat err)" 'cxr-prep: text.jpeg: cannot decode: not an image but text'
like "empty file" "$(cat err)" 'cxr-prep: zero.jpeg: cannot decode: empty file'
like "folder" "$(cat err)" 'cxr-prep: folder.jpeg: .*irectory'
like "missing" "$(cat err)" 'cxr-prep: missing.jpeg: .*No such file'
is "one line each" "$(wc -l <err)" 6
exits "--strict" 1 bash -c 'cxr-prep --strict -j2 good.jpeg text.jpeg good.jpeg >strict'
like "names the image" "$(cat err)" 'cxr-prep: text.jpeg: cannot decode'
is "no tail" "$(field errors strict)" ""
exits "empty list" 1 cxr-prep
is "says so" "$(cat err)" "cxr-prep: empty list"
is "and writes nothing" "$(wc -c <out)" 0
exits "list with a wrong row" 1 bash -c 'printf "path\tlabel\nx\n" | cxr-prep'
exits "full disk" 1 bash -c 'cxr-prep <list >/dev/full'
like "says so" "$(cat err)" 'No space left'
exits "closed output" 1 bash -c 'cxr-prep <list >&-'
bash -c 'cxr-prep $(for i in $(seq 50); do cat list; done) | head -c 100 >/dev/null; echo ${PIPESTATUS[0]}' >status 2>err
is "closed pipe: killed by SIGPIPE" "$(cat status)" 141
is "without a word" "$(cat err)" ""
name=$'t\tab\nline \xe2\x98\xa0.jpeg'
cp good.jpeg "$name"
exits "strange names" 0 cxr-prep "$name"
cp out stream
like "are escaped" "$(field id stream)" 't\\\\x09ab\\\\x0aline .*jpeg'
for wrong in "-s 0" "-s 3x" "-s x" "-s -4" "-c 2" "--store f16" "--recipe nonsense" "--recipe size=0x5" "--frobnicate" "-j 0"; do
	# shellcheck disable=SC2086 # words
	exits "$wrong" 2 cxr-prep $wrong good.jpeg
done
exits "- beside images" 2 cxr-prep - good.jpeg
exits "-h" 0 cxr-prep -h
exits "--version" 0 cxr-prep --version

# --- the real data
if [ -n "$data" ] && [ -d "$data/chest_xray" ]; then
	find "$data/chest_xray/train" -name '*.jpeg' | LC_ALL=C sort | head -n 40 >real
	exits "real images" 0 bash -c 'cxr-prep -j1 <real >r1'
	exits "on two threads" 0 bash -c 'cxr-prep -j2 <real >r2'
	ok "the same bytes" cmp r1 r2
else
	skip 3 "no real data (CXR_DATA)"
fi
done_testing
