#!/bin/bash
# Every place where a file is named is given what is none: a pipe that nobody is at the other end of, a socket, a device
# without an end, a full one, a folder, nothing. Each tool ends by itself, with a message that names it. And links that
# somebody planted under names that a tool makes up are not followed.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"
# shellcheck source=tests/cli/train.sh
. "$top/tests/cli/train.sh"

images 6
cxr-list -q A B >list
cxr-prep -q -s 32 <list >s.cxr
small=(cxr-train -q -a mobilenet_v2 --epochs 1 --train classifier)
"${small[@]}" -o model s.cxr >/dev/null
cxr-infer -q -t -m model s.cxr >scores
cxr-cam -q -t -m model --measure drop s.cxr >maps 2>/dev/null
printf 'image\tx\ty\twidth\theight\nA/001.pgm\t1\t1\t9\t9\n' >boxes
mkdir run folder
cp scores run/scores-test.tsv
mkfifo pipe
perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Type => SOCK_STREAM(), Local => "socket", Listen => 1) or die'

# begin SOUGHT COMMAND: runs it beside others; SOUGHT stands for what is looked for in its message
n=0
begin() {
	local k=$n
	n=$((n + 1))
	name[k]=$1 command[k]=$2
	while [ "$(jobs -rp | wc -l)" -ge 16 ]; do wait -n; done
	(timeout 120 bash -c "$2" >out.$k 2>err.$k; echo $? >rc.$k) &
}
# begin_each SOUGHT PLACE COMMAND...: the same of each, in which PLACE stands for the place
begin_each() {
	local sought=$1 place=$2 one
	shift 2
	for one; do
		one=${one//SMALL/${small[*]}}
		begin "$sought" "${one/PLACE/$place}"
	done
}
# all: each of those failed by itself and named it
all() {
	wait
	for ((k = 0; k < n; k++)); do
		rc=$(cat rc.$k)
		cp err.$k err
		ok "${command[k]}: exit $rc" [ "$rc" -ge 1 -a "$rc" -le 3 ]
		like "and says so" "$(cat err.$k)" "^cxr-[a-z]+: .*${name[k]}"
	done
	rm -f out.* err.* rc.*
	n=0
}

reads=(
	'cxr-list --columns path=path PLACE' 'cxr-list --key PLACE A' 'cxr-list --pseudonymise PLACE A'
	'cxr-prep -s 32 -m PLACE A/001.pgm' 'cxr-prep -s 32 --strict PLACE'
	'SMALL -o x PLACE' 'SMALL -o x --val PLACE s.cxr' 'SMALL -o x --init PLACE s.cxr' 'SMALL -o x --evidence-loss .5 --masks PLACE s.cxr'
	'SMALL -o x --resume PLACE s.cxr' 'cxr-infer -m model PLACE' 'cxr-infer -m PLACE s.cxr'
	'cxr-infer -t -m model --neighbours PLACE s.cxr' 'cxr-cam -m model PLACE' 'cxr-cam -m PLACE s.cxr'
	'cxr-cam -m model --measure hit --truth PLACE s.cxr' 'cxr-cam -m model --method prior --prior PLACE s.cxr'
	'cxr-cam -t -m model --measure spearman --against PLACE s.cxr' 'cxr-cam -m model --method occlusion --baseline PLACE s.cxr'
	'cxr-cam -m model --original --list PLACE -o d s.cxr' 'cxr-metrics --allow-seen PLACE'
	'cxr-metrics --allow-seen --compare PLACE scores' 'cxr-metrics maps PLACE' 'cxr-metrics froc --truth PLACE maps'
	'cxr-model info PLACE' 'cxr-model set --from PLACE -o x model' 'cxr-model import -a resnet18 -o x PLACE'
	'cxr-model export -o x PLACE' 'cxr-show PLACE' 'cxr-show --cat PLACE' 'cxr-eda PLACE' 'cxr-report PLACE'
	'cxr-report --model PLACE -o x run'
)
for place in pipe socket nothing /dev/zero; do
	begin_each "($place|no such|no key)" "$place" "${reads[@]}"
done
all
cp -r run planted
mkfifo run/metrics.tsv planted/model.safetensors
begin metrics.tsv 'cxr-report -o x run'
begin model.safetensors 'cxr-report -o x planted'
all
rm -r run/metrics.tsv planted

writes=(
	'SMALL -o PLACE s.cxr' 'SMALL -o x --last PLACE s.cxr' 'SMALL -o x --show-augment PLACE --hflip s.cxr'
	'cxr-model set --threshold .4 -o PLACE model' 'cxr-model export -o PLACE model'
	'cxr-metrics calibrate --allow-seen -o PLACE scores' 'cxr-report -o PLACE run' 'cxr-report -o x --numbers PLACE run'
	'cxr-cam -m model --boxes-out PLACE s.cxr'
)
for place in pipe socket folder /dev/full; do
	begin_each "$place" "$place" "${writes[@]}"
done
for one in 'cxr-list A' 'cxr-prep -s 32 A/001.pgm' 'cxr-infer -m model s.cxr' 'cxr-cam -m model s.cxr' 'cxr-show s.cxr' \
	'cxr-metrics --allow-seen scores' 'cxr-model info model' 'cxr-report -o - run' 'cxr-metrics --json --allow-seen scores'; do
	begin 'standard output' "$one >/dev/full"
done
all
is "nothing half is left" "$(find . -name '*tmp*')" ""

# pipes with both ends are as good as ever
cat s.cxr >pipe &
exits "a stream from a pipe" 0 cxr-show pipe
cat model >pipe &
exits "a model from a pipe" 0 cxr-infer -t -m pipe s.cxr
cat pipe >got &
exits "a model into a pipe" 0 cxr-model set --threshold .4 -o pipe model
wait
cxr-model set --threshold .4 -o want model
ok "arrives whole" cmp got want

# links under names that tools make up
echo mine >victim
mkdir eda curves
for link in eda/classes.tsv eda/means.png curves/roc.tsv run/report.html model.ckpt new.ckpt; do
	ln -s "$PWD/victim" $link
done
exits "cxr-eda" 0 cxr-eda -q -o eda s.cxr
exits "cxr-metrics" 0 cxr-metrics --allow-seen -o curves scores
exits "cxr-report" 0 cxr-report run
mkdir -p run/eda && ln -s "$PWD/victim" run/eda/samples.png
exits "a report with a link in place of an image" 1 cxr-report -o x run
like "says so" "$(cat err)" 'run/eda/samples.png: no PNG image: a link has that name'
rm run/eda/samples.png

# what may not be looked at is not absent
for name in commands overlays plots log.tsv; do
	[ ! -e run/$name ] || continue
	ln -s $name run/$name
	exits "a report without a look at $name" 1 cxr-report -o x run
	like "names it" "$(cat err)" "run/$name.*: Too many levels"
	rm run/$name
done
mkdir lost && ln -s settings.txt lost/settings.txt
printf 'path\tlabel\nlost/a.png\tNORMAL\n' >run/list.tsv
exits "a report of images whose folder may not be read" 0 cxr-report -o x --numbers y run
ok "does not say that they are real" grep -q 'Origin not known' x
ok "nor do the numbers" grep -q '"synthetic": null' y
ln -s circle circle
exits "an output that cannot be looked at" 1 cxr-model set --threshold .4 -o circle model
like "names it" "$(cat err)" 'circle: Too many levels'
ok "and is left alone" test -L circle
exits "cxr-train" 1 "${small[@]}" -o new s.cxr
like "says so" "$(cat err)" 'new.ckpt: cannot create: a link has that name'
exits "cxr-phantom" 0 cxr-phantom -q -n 2 -s 64 -o set
mkdir planted && ln -s "$PWD/victim" planted/settings.txt
exits "a set of other settings" 1 cxr-phantom -q -n 2 -s 64 -o planted
is "no link was followed" "$(cat victim)" mine
is "but replaced" "$(find eda curves run -type l)" ""
done_testing
