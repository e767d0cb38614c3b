#!/bin/bash
# Small files that ask for much, made by make.pl: each ends in time, within its memory, with the exit code and the
# message expected. Seconds are the processor's, whatever else runs. Under sanitizers, which need memory and time of
# their own, only code and message count; what would end for want of memory is left out.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"

command -v peak >/dev/null || skip_all "its program is not built (make hostile)"
# shellcheck source=tests/cli/train.sh
. "$top/tests/cli/train.sh"
perl "$top/tests/hostile/make.pl" files && cd files || exit 1
mkfifo pipe
images 2
cxr-list -q A B | cxr-prep -q -s 32 | cxr-train -q -a mobilenet_v2 --epochs 1 -o model >log
sed 's/"train.sha256":"./"train.sha256":"z/' model >marks.model
sanitized=$(nm "$(command -v cxr-show)" 2>/dev/null | grep -cE '__[at]san_init')

# A line: seconds, MiB of resident memory and exit code, what is run => what it says. MAX stands for the option that
# allows 200 MiB; what is resident besides is program and libraries.
survives() { # SECONDS MIB CODE COMMAND ERE
	local used wait=120
	if [ "$sanitized" != 0 ]; then
		case $5 in *'--max-memory'* | *MiB\ allowed*) skip 2 "sanitizers have no limit of memory"; return ;; esac
		wait=900
	fi
	run timeout -s KILL $wait peak used bash -o pipefail -c "exec ${4/MAX/--max-memory 200M}"
	read -r -a used <used || used=(999 99999 137)
	rc=${used[2]}
	is "$4: exit code" "$rc" "$3"
	like "and why" "$(tail -c 1000 "$tmp/err")" "$5"
	if [ "$sanitized" != 0 ]; then return; fi
	ok "in $1 s of the processor: ${used[3]}" awk "BEGIN { exit !(${used[3]} <= $1) }"
	ok "in $2 MiB: ${used[1]}" [ "${used[1]}" -le "$2" ]
}
while IFS= read -r line; do
	limits=${line%%: *} command=${line#*: }
	# shellcheck disable=SC2086 # three words
	survives $limits "${command% => *}" "${command#* => }"
done <<'END'
10 230 1: cxr-show MAX objects.cxr.gz => a record's header wants .* 200.0 MiB allowed \(--max-memory\)
5 100 1: cxr-show MAX deep.cxr => maximum parsing depth
5 100 1: cxr-show MAX digits.cxr => damaged header
5 100 1: cxr-show MAX claims.cxr => ends inside the header
5 100 1: cxr-show MAX data.cxr => ends inside the data
5 100 1: cxr-show /dev/zero => not a stream
5 100 1: cxr-metrics /dev/zero => longer than 16 MiB
5 100 1: cxr-list - </dev/zero => longer than 16 MiB
5 150 1: cxr-model import -a resnet18 -o x /dev/zero => a device
5 100 1: cxr-model info MAX wide.model => damaged: its arch wants 556511169 parameters, it has 0
5 100 1: cxr-model info MAX large.model => size=65536x65536
5 100 1: cxr-infer MAX -m wide.model channels.cxr => wide.model: damaged
10 230 1: cxr-prep MAX - <rows.list.gz => the list wants .* 200.0 MiB allowed \(--max-memory\)
5 100 1: cxr-prep MAX - <line.list.gz => longer than 16 MiB
10 230 1: cxr-metrics MAX scores.tsv.gz => the score table wants .* 200.0 MiB allowed \(--max-memory\)
20 230 3: cxr-prep MAX bomb.tar.gz!/1.png bomb.tar.gz!/2.png => the archive's member wants .* 200.0 MiB allowed
5 100 1: cxr-list behind.tar => damaged tar archive
5 100 0: cxr-list two.tar | cut -f1 >&2 => a.pgm.two.tar!/N/b.pgm
5 100 1: cxr-list behind.tar.gz => bytes after the end of the compressed data
5 100 1: cxr-list behind.tar.bz2 => bytes after the end of the compressed data
5 100 1: cxr-show behind.cxr.gz => ends inside|damaged
5 100 1: cxr-list behind.zip => bytes behind the end of the zip archive
5 100 1: cxr-list two.zip => bytes that do not belong to the zip archive
5 100 1: cxr-list behind.7z => bytes behind the end of the 7z archive
5 150 0: cxr-infer MAX -t -m model boxes.cxr >&2 => ok$
5 150 0: cxr-cam MAX -m model --measure hit --truth boxes.tsv -o maps --style contour boxes.cxr >maps.cxr => ^$
5 150 3: cxr-infer MAX -t -m model channels.cxr => the image is not 32 x 32 x 3
5 150 3: cxr-cam MAX -m model -o maps pixels.cxr >maps.cxr => the image is not 32 x 32 x 3
5 100 1: cxr-eda MAX -o eda channels.cxr => no image in the stream
5 100 2: cxr-prep --recipe 'size=32x32 std=1e-45' A/001.pgm => std must be from
5 100 2: cxr-prep --recipe 'size=32x32 mean=1e38' A/001.pgm => mean must be from
5 100 1: cxr-infer -m marks.model boxes.cxr => damaged: its marks of training images
5 150 1: cxr-train -a mobilenet_v2 --init marks.model -o x boxes.cxr => damaged: its marks of training images|no image of class
5 150 1: cxr-train MAX -a resnet18 -o x pixels.cxr => image is not 32x32x3
5 100 1: cxr-metrics cut.scores => cut.scores: line 3: cut off: the last line has no end
5 100 1: cxr-metrics maps two.maps => two.maps: line 4: the header again
5 100 0: cxr-metrics maps again.maps => again.maps: rows of an image and map that are there before, .*: 1
5 100 0: cxr-metrics maps twice.maps => twice.maps: rows of an image and map that are there before, .*: 1
5 100 1: cxr-metrics maps columns.maps => two columns are called hit
5 100 1: cxr-metrics froc --truth side.boxes cut.maps => side.boxes: line 2: .* is no box
5 100 1: cxr-metrics froc --truth many.boxes cut.maps => many.boxes: a: more than 1000 boxes
5 100 1: cxr-metrics froc --truth ragged.boxes cut.maps => ragged.boxes: line 2: 6 columns, the header has 5
5 100 1: cxr-metrics crc.scores.gz => damaged gzip input: incorrect data check
5 100 1: cxr-list crc.tar.gz => damaged gzip input: incorrect data check
5 100 1: cxr-show items.cxr => damaged: the list had 2 items, here are 1
5 100 1: cxr-show shard.cxr => damaged head record: shard: '3/2' is not i/n
5 100 1: cxr-show commas.cxr => damaged head record: classes: an empty name
5 100 1: cxr-metrics maps cut.maps => cut.maps: line 2: cut off
5 100 1: cxr-prep - <cut.list => line 3: cut off
5 150 1: cxr-cam -m model --measure hit --truth cut.boxes boxes.cxr => cut.boxes: line 2: cut off
5 100 1: cxr-model set --from cut.setting -o x model => cut.setting: line 2: cut off
5 100 1: cxr-list --columns path=path,label=label cut.csv => line 3: cut off
5 150 1: cxr-model MAX import -a resnet18 -o x copies.pth => a pickle of more than
5 150 1: cxr-model MAX import -a resnet18 -o x memo.pth => damaged pickle
5 150 1: cxr-model MAX import -a resnet18 -o x chain.pth => no state dict
5 150 1: cxr-model MAX import -a resnet18 -o x large.npz => refused
5 150 3: cxr-prep MAX scans.jpg => scans: too many
5 100 3: cxr-prep MAX segments.jpg => more than 4096 segments
5 100 3: cxr-prep MAX nested.dcm => nested too deep
10 100 3: cxr-prep -q MAX - <bangs.list => cannot open
5 100 1: cxr-prep MAX - <columns.list.gz => more than 10000 columns
20 100 3: cxr-list links.tar.gz | cxr-prep -q MAX - => too many out of order
5 150 1: cxr-model MAX import -a resnet18 -o x pipe => a pipe, not a regular file
5 100 3: cxr-prep MAX pipe => a pipe, not a regular file
5 100 3: cxr-prep MAX huge.png huge.tif huge.gif huge.webp => huge.webp: .*bad image dimensions
5 100 3: cxr-prep MAX huge.png huge.gif huge.tif => huge.tif: .* more than the allowed 100 million
5 100 3: cxr-prep MAX -s 8 tile.tif strip.tif => strip.tif: .* read error
5 230 0: cxr-prep -q MAX -s 8 --allow-flat icc.png text.png loop.tif >maps.cxr => loop.tif has values from
5 230 0: cxr-prep -q MAX -s 8 --allow-flat frames.gif >maps.cxr => several pages or frames, of which the first is read
5 100 3: cxr-prep MAX frames.dcm => more than the allowed 100 million
5 230 3: cxr-prep MAX deflated.dcm => deflated.dcm: 
5 100 1: cxr-list MAX --columns path=path columns.csv.gz => more than 10000 fields
5 230 1: cxr-list MAX --columns path=path quote.csv.gz => ends inside quotes
5 100 1: cxr-metrics MAX classes.tsv.gz => at most 1000 are handled
5 100 3: cxr-prep MAX huge.jpg huge.pgm huge.npy => huge.npy: .* too large
END
is "nothing was written" "$(find . -name x -o -name '*tmp*')" ""
done_testing
