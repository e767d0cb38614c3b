#!/bin/bash
# cxr-train killed (SIGKILL) at random moments, again and again, and resumed: does it end with the bits of a run that
# nobody touched? KILLS: how many in all; KILLS_SEED: of the moments. A kill counts when the run was still going on.
# KILLS_RANKS: as so many processes instead, one of which is killed, or all (make check-mpi).
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/../cli/lib.sh"
kills=${KILLS:-12}
RANDOM=${KILLS_SEED:-1}

cxr-phantom -q -n 16 -s 64 -o set
cxr-list -q set/chest | cxr-prep -q -s 32 --store u8 >all
train=(cxr-train -q -a mobilenet_v2 --batch 4 --lr 1e-4 --checkpoint-minutes 0)
launch=()
if [ -n "${KILLS_RANKS-}" ]; then
	export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
	launch=(timeout 900 mpirun --oversubscribe -np "$KILLS_RANKS")
fi

# victims PID: the processes to be killed of a run that was started as PID
victims() {
	if [ -z "${KILLS_RANKS-}" ]; then echo "$1"; return; fi
	pgrep -P "$(pgrep -P "$1" mpirun)" cxr-train | shuf -n "$((RANDOM % 3 ? 1 : KILLS_RANKS))"
}

# attempt FILE: one run, from its checkpoint where there is one, killed after a random part of $whole milliseconds
attempt() {
	local from=() pid victim ms=$((RANDOM % whole + 1))
	[ ! -e "$1.ckpt" ] || from=(--resume "$1.ckpt")
	"${launch[@]}" "${run[@]}" "${from[@]}" -o "$1" all >log 2>errors &
	pid=$!
	sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
	mapfile -t victim < <(victims $pid)
	kill -9 "${victim[@]}" 2>/dev/null && killed=$((killed + 1))
	wait $pid 2>/dev/null
}

# survive TEXT OPTION...: as often killed as the others, then left alone
survive() {
	local text=$1 start killed=0 tries=0 rounds=0
	shift
	run=("${train[@]}" "$@")
	rm -f whole hurt hurt.ckpt
	start=$(date +%s%N)
	"${launch[@]}" "${run[@]}" -o whole all >reference 2>err || { ok "$text: the run itself" false; return; }
	whole=$((($(date +%s%N) - start) / 1000000))
	while [ $killed -lt "$each" ] && [ $((tries++)) -lt $((4 * each)) ]; do
		attempt hurt
		[ ! -e hurt ] || { cmp -s hurt whole || break; rm -f hurt; rounds=$((rounds + 1)); }
	done
	[ ! -e hurt.ckpt ] || run+=(--resume hurt.ckpt)
	[ -e hurt ] || "${launch[@]}" "${run[@]}" -o hurt all >log 2>err
	ok "$text: the bits of an untouched run" cmp hurt whole
	ok "$text: and its log" cmp log reference
	is "$text: nothing else is left" "$(echo hurt*)" hurt
	echo "# $text: $killed kills, $rounds runs ended between them"
	total=$((total + killed))
}

total=0
if [ -n "${KILLS_RANKS-}" ]; then
	each=$kills
	survive "$KILLS_RANKS processes" --epochs 3 --replicas 4 --optimizer sgd
elif [ "$kills" -le 12 ]; then
	each=$kills
	survive "stages, average, replicas, stopping" --val all --allow-seen --ema .9 --replicas 2 --patience 3 --stage "train=classifier \
epochs=1 lr=1e-4" --stage "epochs=3 lr=1e-4 optimizer=sgd"
else
	each=$(((kills + 5) / 6))
	survive "plain" --epochs 4 --optimizer sgd
	survive "adam, augmentation" --epochs 2 --augment rotate=5,mixup=.3
	survive "average of the parameters" --epochs 3 --ema .9 --optimizer sgd
	survive "stages and early stopping" --val all --allow-seen --patience 2 --stage "train=classifier epochs=2 lr=1e-4" --stage "epochs=4 lr=1e-4"
	survive "replicas" --epochs 3 --replicas 3 --optimizer sgd
	survive "lung masks and the evidence loss" --epochs 2 --masks set/masks/lung --evidence-loss .5 --background .3
fi
echo "# kill points: $total"
done_testing
