#!/bin/bash
# The jobs of pipelines/cluster in a real Slurm of one node: an array whose tasks are killed, requeued and submitted
# again, training that is stopped and goes on, the merge: all equal, byte for byte, to one run. Synthetic images;
# CXR_CLUSTER_N of them in the array's list (about).
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"
# shellcheck source=tests/cli/train.sh
. "$top/tests/cli/train.sh"
# shellcheck source=tests/cluster/slurm.sh
. "$top/tests/cluster/slurm.sh"

missing=$(slurm_missing)
[ -z "$missing" ] || skip_all "no Slurm here, missing: $missing"
trap 'slurm_stop; cd /; rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
if ! slurm_start; then
	tail -n 5 "$slurm"/*.log "$slurm"/munge/log | sed 's/^/# /'
	skip_all "Slurm does not start here"
fi

# Jobs run from here as from the top of the source tree.
ln -s "$top/pipelines" .
export CLUSTER=pipelines/cluster BIN=${CXR_BIN:?} OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
n=${CXR_CLUSTER_N:-72}
cxr-phantom -q -n $((n * 5 / 3)) -s 64 --test 0.6 -o phantom
export OUT=run DATA=phantom/chest SHARDS=7 SIZE=64 EPOCHS=2 BATCH=4 LR=1e-3 REPLICAS=4 PREP_CPUS=1 MEM=10
export SPLIT=train=0.7,val=0.3 CAM="--layer layer3 --method gradcam,rise --samples ${CXR_CLUSTER_SAMPLES:-200} --batch 1"
# Training by two processes where that can be done.
export RANKS=1
if [[ $(cxr-train --version) == *MPI* ]] && command -v mpirun >/dev/null; then RANKS=2; fi

wait_for() { # wait_for SECONDS COMMAND...: until it succeeds
	local until=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$until" ] || return 1
		sleep .2
	done
}
state() { scontrol show job "$1" 2>/dev/null | sed -n 's/.*JobState=\([A-Z_]*\).*/\1/p' | sort -u | tr '\n' ' '; }
# shellcheck disable=SC2317 # called by wait_for
is_state() { [ "$(state "$1")" = "$2 " ]; }
# shellcheck disable=SC2317
rows() { [ "$(wc -l <"$1")" -ge "$2" ]; }
# Slurm lets what was requeued wait for two minutes: not here. In the second in which it was stopped the node would refuse
# it, though.
# shellcheck disable=SC2317
is_done_at_once() {
	if is_state "$1" PENDING; then
		sleep 2
		scontrol update jobid="$1" StartTime=now
	fi
	sleep .5
	is_state "$1" COMPLETED
}

# --- the chain, submitted by the page's command
block() { # block N: the N-th literal block of the examples
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$top/man/cxr-cluster.7" |
		awk -v n="$1" '/^\.Bd/ { on = ++k == n; next } /^\.Ed/ { on = 0 } on' | sed 's/\\e/\\/g'
}
exits "the chain is submitted" 0 bash -c "$(block 1)"
like "as four jobs" "$(cat out)" '^prep [0-9]+, train [0-9]+, infer [0-9]+ \(1-7\), merge [0-9]+$'
read -r prep train infer merge < <(sed 's/([^)]*)//; s/[a-z,]//g' out)
ok "list and streams" wait_for 900 is_state "$prep" COMPLETED
ok "training ($RANKS processes)" wait_for 900 is_state "$train" COMPLETED

# --- two of the tasks at random: one is killed, one put back into the queue
read -r killed requeued < <(seq 7 | shuf -n 2 | tr '\n' ' ')
diag "task $killed is killed, task $requeued requeued"
hit() { # hit TASK COMMAND...: when it has made some maps
	wait_for 900 rows "$OUT/shards/maps.$1.tsv" 4 && "${@:2}"
}
hit "$killed" scancel --signal=KILL --full "${infer}_$killed" &
first=$!
hit "$requeued" scontrol requeue "${infer}_$requeued" &
second=$!
ok "a task is killed" wait $first
ok "another is requeued" wait $second
ok "and runs again" wait_for 900 is_done_at_once "${infer}_$requeued"
for i in 1 2 3 4 5 6 7; do
	[ "$i" = "$killed" ] || wait_for 900 is_state "${infer}_$i" COMPLETED
done
like "the killed one failed" "$(state "${infer}_$killed")" "^(FAILED|CANCELLED) $"
like "the other started twice" "$(scontrol show job "${infer}_$requeued")" 'Restarts=1'
exits "without it nothing is merged" 1 bash -c 'cxr-show --cat run/shards/maps.*.tsv'
like "and it is named" "$(cat err)" "maps.$killed.tsv"
scancel "$merge"
before=$(stat -c %i-%Y "$OUT/model.safetensors")
cp "$OUT/shards/maps.$killed.tsv" half.tsv

# --- submitted again, alone
again=$(sbatch --parsable --array="$killed" --mem-per-cpu=10 --output="$OUT/logs/again.log" pipelines/cluster/infer.sbatch)
ok "it is submitted again" wait_for 900 is_state "${again}_$killed" COMPLETED
ok "what was whole is as it was" cmp <(sed '$d' half.tsv) <(head -n $(($(wc -l <half.tsv) - 1)) "$OUT/shards/maps.$killed.tsv")

# --- the whole chain again: what is done stays done
exits "the chain once more" 0 bash -c "$(block 1)"
read -r _ train _ merge < <(sed 's/([^)]*)//; s/[a-z,]//g' out)
ok "to the merge" wait_for 900 is_state "$merge" COMPLETED
is "nothing is trained again" "$(stat -c %i-%Y "$OUT/model.safetensors")" "$before"

# --- one run
cxr-prep -q -m "$OUT/model.safetensors" --store u8 <"$OUT/test.tsv" >one.cxr
cxr-infer -m "$OUT/model.safetensors" -t one.cxr >scores.tsv
# shellcheck disable=SC2086 # a list of words
cxr-cam -m "$OUT/model.safetensors" $CAM -t -o maps one.cxr >maps.tsv
diag "$(($(wc -l <scores.tsv) - 1)) images, $(find maps -name '*.png' | wc -l) maps"
ok "scores of the array are those of one run" cmp "$OUT/scores.tsv" scores.tsv
ok "so is the table of maps" cmp "$OUT/maps.tsv" maps.tsv
is "so are all images" "$(diff -rq "$OUT/maps" maps)" ""
ok "so are the streams" cmp <(cxr-show --cat "$OUT"/shards/test.*.cxr) one.cxr
ok "and the measures" cmp "$OUT/metrics.tsv" <(cxr-metrics scores.tsv)
cxr-train -q -j1 -a resnet18 --replicas 4 --epochs 2 --batch 4 --lr 1e-3 --seed 1 --val "$OUT/val.cxr" -o one \
	"$OUT/train.cxr" >one.log
is "the model is that of one process" "$(field digest one)" "$(field digest "$OUT/model.safetensors")"
ok "its log too" cmp one.log "$OUT/log.tsv"

# --- logs
cat "$OUT"/logs/*.log >logs
like "logs name versions" "$(cat logs)" 'cxr-infer [0-9]+\.[0-9]+\.[0-9]+'
like "and digests" "$(cat logs)" "model.safetensors $(sha256sum <"$OUT/model.safetensors" | cut -d' ' -f1)"
is "but no image, label or patient" "$(sed 1d "$OUT/list.tsv" | cut -f1 | sed 's|.*/||; s|\..*||' |
	grep -cFf - logs) $(grep -cE 'NORMAL|PNEUMONIA' logs)" "0 0"

# --- training that an urgent job preempts; where srun can, it starts the processes
export OUT=stopped
mkdir -p $OUT
cp run/{train,val}.cxr $OUT
export EPOCHS=40 MODEL=$OUT/model.safetensors
if [ $RANKS = 2 ] && srun --mpi=list 2>&1 | grep -q pmix; then export MPIRUN="srun --mpi=pmix"; fi
diag "processes are started by ${MPIRUN:-mpirun}"
job=$(sbatch --parsable --ntasks=$RANKS --mem-per-cpu=10 --output=$OUT/log pipelines/cluster/train.sbatch)
ok "an epoch is trained" wait_for 900 rows $OUT/log.tsv.tmp 2
urgent=$(sbatch --parsable --partition=urgent --ntasks=2 --mem-per-cpu=10 --output=$OUT/urgent --wrap=true)
ok "a checkpoint is written" wait_for 300 test -e $MODEL.ckpt
ok "the urgent job is done" wait_for 300 is_state "$urgent" COMPLETED
ok "the other is put back and goes on" wait_for 900 is_done_at_once "$job"
diag "$(scontrol show job "$job" | grep -o 'Restarts=[0-9]*')"
like "and said so" "$(cat $OUT/log)" 'stopped by SIGUSR1'
cxr-train -q -j1 -a resnet18 --replicas 4 --epochs 40 --batch 4 --lr 1e-3 --seed 1 --val run/val.cxr -o two run/train.cxr >two.log
is "to the model of an uninterrupted run" "$(field digest two)" "$(field digest $MODEL)"
ok "and its log" cmp two.log $OUT/log.tsv
exits "tasks that do not know of each other" 0 timeout 900 srun --mpi=none --ntasks=2 \
	cxr-train -q -j1 -a resnet18 --replicas 4 --epochs 1 --batch 4 -o alone run/train.cxr
is "each says so" "$(grep -c 'do not know of each other trains alone' err)" 2

# --- the page's other commands, on a model and a list
unset EPOCHS
export OUT=by-hand MODEL=run/model.safetensors LIST=run/test.tsv
mkdir by-hand
cd by-hand || exit 1
cp ../run/model.safetensors .
sed "2,\$s|^|$tmp/|" ../run/test.tsv >list.tsv
exits "an array by hand" 0 timeout 900 bash -c "$(block 2)"
cut -f2- scores.tsv >a
cut -f2- ../scores.tsv >b
ok "gives the same scores" cmp a b
exits "a task of it again" 0 timeout 900 bash -c "$(block 3)"
ok "changes nothing" diff <(cut -f2- scores.tsv) b
cp maps.3.tsv before
resume=$(sed -n '/^\.Dl cxr-cam .*--resume/,/>>/{s/^\.Dl //;s/"//g;s/\\e$/\\/;p}' "$top/man/cxr-cluster.7")
exits "a shard that is whole" 0 env CXR_MODEL=model.safetensors SLURM_ARRAY_TASK_ID=3 bash -c "$resume"
ok "stays as it is" cmp maps.3.tsv before
cd ..
export CAM="--layer layer3"
cxr-cam -m $MODEL --layer layer3 -t -o maps-quick one.cxr >maps-quick.tsv
for how in "$(block 4)" "$(block 5)"; do
	rm -rf $OUT
	if [[ $how == *parallel* ]] && ! [[ $how == *parallel.mk* ]] && ! command -v parallel >/dev/null; then
		skip 3 "no GNU parallel"
		continue
	fi
	exits "without a scheduler" 0 timeout 900 bash -c "$how"
	ok "the same scores" cmp $OUT/scores.tsv scores.tsv
	is "the same maps" "$(cmp $OUT/maps.tsv maps-quick.tsv; diff -rq $OUT/maps maps-quick)" ""
done
slurm_stop
for d in munged slurmctld slurmd; do not_ok "$d is stopped" kill -0 "$(cat "$slurm/$d.id")"; done
done_testing
