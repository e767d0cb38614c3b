#!/bin/bash
# The jobs of pipelines/cluster without Slurm: the task's number as each scheduler gives it, what they do when told to stop,
# the report at the end, and the same array by Snakemake; all equal to one run.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"

unset SLURM_JOB_ID SLURM_ARRAY_TASK_ID
cxr-phantom -q -n 40 -s 64 --test 0.4 -o phantom
export CLUSTER=$top/pipelines/cluster BIN='' DATA=phantom/chest OUT='the run' SHARDS=3 SIZE=48 EPOCHS=1 BATCH=4 LR=1e-3 STRESS=yes
export TRAIN='--augment rotate=5' CAM='--layer layer3'
exits "list and streams" 0 bash "$CLUSTER/prep.sbatch"
exits "training, and the threshold under shifts" 0 bash "$CLUSTER/train.sbatch"
export CXR_MODEL="$OUT/model.safetensors"
like "is in the model" "$(cxr-model info "$CXR_MODEL")" "$(awk '$1 == "threshold" { print $1 "[ \t]+" $2 }' "$OUT/calibration.tsv")"

# --- the task's number
task() { run env "$@" bash "$CLUSTER/infer.sbatch"; }
n=0
for variable in SLURM_ARRAY_TASK_ID SGE_TASK_ID PBS_ARRAY_INDEX PBS_ARRAYID LSB_JOBINDEX TASK; do
	i=$((n++ % SHARDS + 1))
	[ "$i" != 1 ] || rm -rf "$OUT/shards"
	task "$variable=$i"
	is "$variable counts the task" "$rc $(find "$OUT/shards" -name "scores.$i.tsv" -size +0)" "0 $OUT/shards/scores.$i.tsv"
done
rm "$OUT"/shards/*.2*
mkdir home
task --chdir=home PBS_O_WORKDIR="$tmp" PBS_ARRAY_INDEX=2
ok "a job that PBS starts at home works where it was submitted" test -s "$OUT/shards/scores.2.tsv"
for not in SGE_TASK_ID=undefined LSB_JOBINDEX=0 TASK=; do
	task "$not"
	like "$not is no task of an array" "$rc $(cat err)" '^2 infer.sbatch: this is a task of an array job'
done

# --- together
exits "the merge" 0 bash "$CLUSTER/merge.sbatch"
cxr-prep -q -m "$CXR_MODEL" --store u8 <"$OUT/test.tsv" >one.cxr
cxr-infer -t one.cxr >scores.tsv
cxr-cam --layer layer3 -t -o maps one.cxr >maps.tsv
ok "scores are those of one run" cmp scores.tsv "$OUT/scores.tsv"
ok "maps too" diff -r maps "$OUT/maps"
like "and there is a report" "$(cat "$OUT/report.html")" '</html>'
mkdir scratch
mv "$OUT/shards" kept
SCRATCH=$tmp/scratch task TASK=2
ok "with a folder of the node's own, the same" cmp kept/scores.2.tsv "$OUT/shards/scores.2.tsv"
is "which is left empty" "$(ls scratch) $(ls "$OUT/shards")" " maps.2.tsv
messages.2
scores.2.tsv"

rm -rf "$OUT/shards"
TAR=yes task TASK=2
ok "maps in one file: the same table" cmp kept/maps.2.tsv "$OUT/shards/maps.2.tsv"
mkdir unpacked
tar xf "$OUT/shards/maps.2.tar" -C unpacked
for map in unpacked/*; do ok "so is ${map#*/}" cmp "$map" "maps/${map#*/}"; done
TAR=yes task TASK=2
is "done once" "$rc" 0

# --- told to stop
stopped() { # stopped SIGNAL VARIABLE=VALUE...: the exit code of a task that hears a signal while it prepares
	rm -rf "$OUT/shards"
	mkdir bin
	printf '#!/bin/sh\nexec sleep 5\n' >bin/cxr-prep
	chmod +x bin/cxr-prep
	env "${@:2}" PATH="$tmp/bin:$PATH" bash "$CLUSTER/infer.sbatch" >out 2>err &
	local job=$!
	until [ -e "$OUT/shards/messages.1" ] || ! kill -0 $job 2>/dev/null; do sleep .05; done
	kill -"$1" $job
	wait $job
	rc=$?
	rm -r bin
	echo $rc
}
is "SGE's USR2: exit 99 puts it back" "$(stopped USR2 SGE_TASK_ID=1)" 99
is "LSF's USR2: 75" "$(stopped USR2 LSB_JOBINDEX=1)" 75
is "TERM: 75, and not put back" "$(stopped TERM SGE_TASK_ID=1)" 75

# --- Snakemake
if command -v snakemake >/dev/null; then
	echo no image >bad.pgm
	printf '%s\n' "$(<"$OUT/test.tsv")" "bad.pgm$(head -n 1 "$OUT/test.tsv" | tr -cd '\t')" >list.tsv
	exits "Snakemake, with an image that is none" 0 env HOME="$tmp" snakemake -q -c1 -s "$CLUSTER/Snakefile" \
		--config model="$CXR_MODEL" list=list.tsv out=snake shards=3 cam='--layer layer3'
	cxr-prep -q -m "$CXR_MODEL" --store u8 <list.tsv 2>/dev/null | tee bad.cxr | cxr-infer -t >scores.tsv 2>/dev/null
	ok "scores are those of one run" cmp scores.tsv snake/scores.tsv
	ok "so are the maps" diff -r "$OUT/maps" snake/maps
else
	skip 3 "no snakemake"
fi
done_testing
