#!/bin/bash
# Submits the whole chain: list and streams, training, the array that scores and explains, the merge. Each waits for the
# one before. Variables: job.sh. Submit it again after something died: what is done stays done.
: "${CLUSTER:=${0%/*}}"
export CLUSTER
# shellcheck source=pipelines/cluster/job.sh
. "$CLUSTER/job.sh"

mkdir -p "$LOGS"
submit() { # submit LOG OPTION... SCRIPT: prints the job's number
	local log=$1
	shift
	sbatch --parsable --output="$LOGS/$log" ${PARTITION:+--partition="$PARTITION"} ${ACCOUNT:+--account="$ACCOUNT"} \
		${CONSTRAINT:+--constraint="$CONSTRAINT"} --mem-per-cpu="$MEM" --time="$TIME" "$@"
}
prep=$(submit prep-%j.log --cpus-per-task="$PREP_CPUS" "$CLUSTER/prep.sbatch")
train=$(submit train-%j.log --dependency="afterok:$prep" --ntasks="$RANKS" --cpus-per-task="$RANK_CPUS" \
	"$CLUSTER/train.sbatch")
infer=$(submit infer-%A_%a.log --dependency="afterok:$train" --array="1-$SHARDS" --cpus-per-task="$SHARD_CPUS" \
	"$CLUSTER/infer.sbatch")
merge=$(submit merge-%j.log --dependency="afterok:$infer" "$CLUSTER/merge.sbatch")
echo "prep $prep, train $train, infer $infer (1-$SHARDS), merge $merge"
