# shellcheck shell=bash
# What the jobs of this folder share. All that differs between clusters and pieces of work is a variable here; any can
# be given in the environment instead. Jobs are submitted from the top of the source tree, or with CLUSTER naming this
# folder. One OUT is for one piece of work: new settings, new OUT.

: "${CLUSTER=pipelines/cluster}" # this folder
: "${BIN=$([ ! -d build/bin ] || echo build/bin)}" # the tools, the same build on all nodes; empty: from PATH
: "${DATA=}"                     # folder or archive of class folders; empty: synthetic images are drawn
: "${OUT=out/cluster}"           # everything is written here, on a file system that all nodes see
: "${LOGS=$OUT/logs}"            # of the jobs
: "${LIST=$OUT/test.tsv}"        # what infer.sbatch scores and explains
: "${MODEL=$OUT/model.safetensors}"

: "${PARTITION=}"     # empty: the cluster's default
: "${ACCOUNT=}"       # empty: the user's default
: "${CONSTRAINT=}"    # nodes with the same processor give the same bits
: "${PREP_CPUS=2}"    # one job: list, train and validation stream
: "${RANKS=1}"        # training: processes, a power of two, in a build with MPI=1
: "${RANK_CPUS=1}"    # and threads of each
: "${MPIRUN=mpirun -np $RANKS --bind-to none}" # what starts them; or srun --mpi=pmix
: "${REPLICAS=4}"     # batches of a step: the model does not depend on RANKS, but on this
: "${SHARDS=7}"       # tasks of the array
: "${SHARD_CPUS=1}"   # threads of each
: "${MEM=2G}"         # for each CPU
: "${TIME=04:00:00}"  # of a job; what is not done by then is requeued and goes on

: "${N=1200}"         # synthetic images, where there are no DATA
: "${SIZE=224}"
: "${SEED=1}"
: "${ARCH=resnet18}"
: "${EPOCHS=4}"
: "${BATCH=16}"
: "${LR=1e-4}"
: "${WEIGHTS=}"       # training starts from these; empty: from random ones
: "${TRAIN=}"         # further options of cxr-train (--augment, --class-weights, --masks ...), of
: "${CAM=}"           # cxr-cam
: "${STRESS=}"        # yes: calibration and threshold are chosen on the validation images under shifts
: "${CHOOSE=sensitivity=0.95}" # by this rule
: "${TAR=}"           # yes: the maps of a shard in one file, OUT/shards/maps.N.tar, not in a folder of many
: "${SCRATCH=}"       # a folder of the node's own for the stream of a shard; empty: OUT, where it can be gone on with
: "${REPORT=yes}"     # the merge ends with a page, OUT/report.html; empty: without
: "${SPLIT=train=0.85,val=0.15}"          # where the data bring a test split
: "${SPLIT3=train=0.7,val=0.15,test=0.15}" # and where not

# The task of an array, counted from 1, by whichever scheduler runs it; TASK itself goes before. SGE says `undefined` and
# LSF 0 where there is no array.
: "${TASK=${SLURM_ARRAY_TASK_ID-${SGE_TASK_ID-${PBS_ARRAY_INDEX-${PBS_ARRAYID-${LSB_JOBINDEX-}}}}}}"
: "${JOB=${SLURM_JOB_ID-${PBS_JOBID-${LSB_JOBID-${JOB_ID-none}}}}}"

set -eu -o pipefail
if [ -n "$BIN" ]; then PATH=$(cd "$BIN" && pwd):$PATH; fi
unset CXR_MODEL
export OMPI_MCA_btl_vader_single_copy_mechanism=none # quiet where a container forbids it

say() { printf '%s %s\n' "$(date +%Y-%m-%dT%H:%M:%S)" "$*" >&2; } # standard output is for data

# In a log: who ran what where, and what it was run on, by digests. No path of an image, no label.
about() { # about TOOL... -- FILE...
	say "job $JOB task ${TASK:-none} restart ${SLURM_RESTART_COUNT-0} on $(uname -n)"
	while [ "$1" != -- ]; do
		"$1" --version | sed 's/^/  /' >&2
		shift
	done
	shift
	for f; do say "$(basename "$f") $(sha256sum <"$f" | cut -d' ' -f1)"; done
}

# Runs a step, one program (functions exec it), in the background, so that signals are heard. What it says about images goes to MESSAGES, beside the
# data, as names of files may be names of patients. Exit 3 (some images failed and say so in the output) is no failure.
# SIGUSR1 or SIGUSR2 (SGE, LSF), some time before the time is up, and SIGTERM stop the step, which can be gone on with.
child=
stopped=
trap 'stopped=USR1; [ -z "$child" ] || kill -USR1 "$child"' USR1 USR2
trap 'stopped=TERM; [ -z "$child" ] || kill -TERM "$child"' TERM
step() { # step MESSAGES COMMAND...
	local messages=$1 rc=0
	shift
	[ -z "$stopped" ] || again # the signal came between two steps
	"$@" 2>>"$messages" &
	child=$!
	[ -z "$stopped" ] || kill "-$stopped" "$child" # or just now
	wait "$child" || rc=$?
	while kill -0 "$child" 2>/dev/null; do # a signal ends wait
		rc=0
		wait "$child" || rc=$?
	done
	child=
	[ -z "$stopped" ] || again
	[ "$rc" = 0 ] || say "$1 exits with $rc, see $(basename "$messages")"
	[ "$rc" = 0 ] || [ "$rc" = 3 ] || exit "$rc"
}

# After SIGUSR1 the job is put back into the queue: Slurm is asked to, SGE does so at exit 99, LSF (bsub -Q 75) and
# HTCondor (on_exit_remove) at 75. After SIGTERM that is for whoever sent it.
again() {
	say "stopped by SIG$stopped, to be gone on with"
	if [ "$stopped" = USR1 ]; then
		if [ -n "${SLURM_JOB_ID-}" ]; then scontrol requeue "$SLURM_JOB_ID"; fi
		if [ -n "${SGE_TASK_ID-}" ]; then exit 99; fi
	fi
	exit 75
}
