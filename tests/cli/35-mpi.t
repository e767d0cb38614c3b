#!/bin/bash
# cxr-train as several processes: the bits of one process, interrupted or not; what does not fit; a process that dies.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/train.sh
. "$top/tests/cli/train.sh"

[[ $(cxr-train --version) == *MPI* ]] || skip_all "built without MPI: make check-mpi tests the build with it"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 # in a container, mostly
np=(timeout 120 mpirun --oversubscribe -np)

images 7 # 14 images: the last step of an epoch has not work for all
cxr-prep -q -s 32 --store u8 A/*.pgm B/*.pgm >u8
cxr-prep -q -s 32 --store u8 A/00[1-4].pgm B/00[1-3].pgm >vals
train=(cxr-train -a resnet18 -o model -j1 --batch 2 --replicas 4 --epochs 2 --lr 2e-3 --allow-seen --val vals)

# --- equal bits
exits "one process" 0 "${train[@]}" u8
digest=$(field digest model)
cp out log
cp err lines
for n in 1 2 4; do
	rm -f model
	exits "$n processes" 0 "${np[@]}" $n "${train[@]}" u8
	is "the model of one" "$(field digest model)" "$digest"
	ok "the log of one" cmp out log
	is "the messages of one" "$(sed 's/[^ ]* s$//' err)" "$(sed 's/[^ ]* s$//' lines)"
	is "nothing else is left" "$(echo model*)" model
done
other=(cxr-train -q -a resnet18 -o model -j1 --batch 3 --microbatch 1 --replicas 4 --epochs 1 --ema .9 --augment
	"rotate=5,mixup=.3" --stage train=fc --stage "train=layer4,fc")
exits "stages, parts, changes: one process" 0 "${other[@]}" u8
digest_other=$(field digest model)
exits "four" 0 "${np[@]}" 4 "${other[@]}" u8
is "the same model" "$(field digest model)" "$digest_other"

clip=(cxr-train -q -a resnet18 -o model -j1 --batch 4 --replicas 4 --epochs 1 --clip .5 --l2 fc=.1)
exits "a norm over all ranks' gradients: one process" 0 "${clip[@]}" u8
digest_clip=$(field digest model)
exits "two" 0 "${np[@]}" 2 "${clip[@]}" u8
is "the same model" "$(field digest model)" "$digest_clip"

# --- the stream: mapped, or read where it is compressed
gzip -k u8
exits "a compressed stream" 0 "${np[@]}" 2 "${clip[@]}" u8.gz
is "gives the same model" "$(field digest model)" "$digest_clip"
rm -f model
for at in 3000 30000; do # in one rank's share, and in the other's
	cp u8 hurt
	printf '\377\0\377' | dd of=hurt bs=1 seek=$at conv=notrunc status=none
	exits "an image hurt at $at" 1 "${np[@]}" 2 "${clip[@]}" hurt
	like "is noticed" "$(cat err)" '^cxr-train: hurt: damaged: checksum is '
done
head -c 9000 u8 >hurt
exits "a stream cut short" 1 "${np[@]}" 2 "${clip[@]}" hurt
like "is named" "$(cat err)" '^cxr-train: hurt: (damaged: ends|cut short)'
is "nothing is written" "$(echo model*)" 'model*'

# --- interruption
start() { # start N EPOCHS: in the background, until the first epoch is over; pid is mpirun's
	rm -f model model.ckpt
	: >log1
	mpirun --oversubscribe -np "$1" "${train[@]}" --epochs "$2" u8 >log1 2>err1 &
	pid=$!
	for _ in {1..600}; do
		if [ "$(wc -l <log1)" -ge 2 ] || ! kill -0 $pid 2>err2; then break; fi
		sleep .1
	done
}
rank() { # rank K: its process id
	local p
	for p in $(pgrep -P "$pid" cxr-train); do
		if tr '\0' '\n' <"/proc/$p/environ" | grep -qx "OMPI_COMM_WORLD_RANK=$1"; then echo "$p"; fi
	done
}
exits "three epochs, uninterrupted" 0 "${train[@]}" --epochs 3 u8
cp out log
digest=$(field digest model)
start 2 3
kill -USR1 "$pid"
wait $pid
is "SIGUSR1 to mpirun: exit code" $? 75
ok "checkpoint" test -s model.ckpt
not_ok "no model" test -e model
like "how to go on" "$(cat err1)" 'cxr-train: interrupted: go on with --resume model.ckpt'
exits "resumed by four" 0 "${np[@]}" 4 "${train[@]}" --epochs 3 --resume model.ckpt u8
is "the model of an uninterrupted run" "$(field digest model)" "$digest"
ok "and its log" cmp out log
start 4 3
kill -TERM "$(rank 2)"
wait $pid
is "SIGTERM to one of four: exit code" $? 75
exits "resumed by one" 0 "${train[@]}" --epochs 3 --resume model.ckpt u8
is "the model of an uninterrupted run" "$(field digest model)" "$digest"
start 2 200
begin=$SECONDS
kill -KILL "$(rank 1)"
wait $pid
is "a process dies: exit code" $? 137
ok "all are gone in 10 seconds" test $((SECONDS - begin)) -le 10
like "there is a message" "$(cat err1)" 'exited on signal 9'
is "nothing is written" "$(echo model*)" 'model*'

# --- what does not fit
refuse() { # refuse CODE ERE N ARGS...: N processes of cxr-train ARGS fail so, say so, and write no model
	local code=$1 want=$2 n=$3
	shift 3
	exits "exit $code: $n processes, $*" "$code" "${np[@]}" "$n" cxr-train -a resnet18 -o model -j1 -q "$@"
	like "... and says why" "$(cat err)" "cxr-train: .*$want"
	is "... once" "$(grep -c '^cxr-train: ' err)" 1
	is "... and leaves nothing" "$(echo model*)" 'model*'
}
refuse 2 "3 processes, 4 replicas: their number must be a power of two" 3 --replicas 4 u8
refuse 2 "2 processes, 1 replicas: there must be as many --replicas" 2 u8
refuse 2 "2 processes, 6 replicas: the number of --replicas" 2 --replicas 6 u8
refuse 2 "only one of them has standard input" 2 --replicas 2
refuse 2 "only one of them has standard input" 2 --replicas 2 --val - u8
refuse 2 "show-augment is for one" 2 --replicas 2 --show-augment x.png u8
refuse 1 "the loss is|no longer a number" 2 --replicas 2 --optimizer sgd --lr 1e30 u8
differ() { # differ WHAT [PROGRAM] ARGS...: rank 1 runs another thing than rank 0
	local what=$1
	shift
	exits "another $what" 1 timeout 120 mpirun --oversubscribe -np 1 "${train[@]}" -q u8 : -np 1 "$@"
	like "... is noticed" "$(cat err)" "^cxr-train: rank 1 has another $what than rank 0"
}
cp "$(command -v cxr-train)" program
printf x >>program
differ program ./program "${train[@]:1}" -q u8
differ stream "${train[@]}" -q vals
differ "validation stream" "${train[@]}" -q --allow-seen --val u8 u8
differ "set of options or checkpoint" "${train[@]}" -q --seed 2 u8
exits "a missing stream" 1 "${np[@]}" 2 "${train[@]}" nonesuch
like "is named" "$(cat err)" 'cxr-train: nonesuch: No such file'
is "nothing is written" "$(echo model*)" 'model*'
done_testing
