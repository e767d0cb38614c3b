# shellcheck shell=bash
# A Slurm of one node and two processors with everything of its own (ports, key, state, logs) in the directory $slurm:
# slurm_start, slurm_stop. As root: munged as its user.
slurm=${tmp:?}/slurm
sbin=/usr/sbin:/sbin
slurm_missing() { # what is not there, on one line
	local p
	for p in munged slurmctld slurmd sbatch scontrol squeue scancel; do
		PATH=$PATH:$sbin command -v $p >/dev/null || printf '%s ' $p
	done
	[ "$(id -u)" = 0 ] || printf 'root '
}

# Two ports that nobody listens on.
free_port() {
	local p
	for p in $(shuf -i 20000-29999 -n 50); do
		if ! (: >"/dev/tcp/127.0.0.1/$p") 2>/dev/null; then
			echo "$p"
			return
		fi
	done
}

slurm_start() {
	local user=root host
	host=$(uname -n)
	chmod 755 "$tmp"
	mkdir -p "$slurm"/{munge,state,spool}
	if id munge >/dev/null 2>&1; then user=munge; fi
	head -c 1024 /dev/urandom >"$slurm/munge/key"
	chmod 600 "$slurm/munge/key"
	chown -R $user "$slurm/munge"
	cat >"$slurm/slurm.conf" <<-X
		ClusterName=cxr
		SlurmctldHost=$host(127.0.0.1)
		SlurmUser=root
		SlurmctldPort=$(free_port)
		SlurmdPort=$(free_port)
		AuthType=auth/munge
		AuthInfo=socket=$slurm/munge/socket
		CredType=cred/munge
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		SelectType=select/cons_tres
		SelectTypeParameters=CR_CPU
		StateSaveLocation=$slurm/state
		SlurmdSpoolDir=$slurm/spool
		SlurmctldPidFile=$slurm/slurmctld.pid
		SlurmdPidFile=$slurm/slurmd.pid
		SlurmctldLogFile=$slurm/slurmctld.log
		SlurmdLogFile=$slurm/slurmd.log
		AccountingStorageType=accounting_storage/none
		JobAcctGatherType=jobacct_gather/none
		MpiDefault=none
		MailProg=/bin/true
		ReturnToService=2
		SchedulerParameters=batch_sched_delay=0,sched_interval=2
		KillWait=5
		PreemptType=preempt/partition_prio
		PreemptMode=REQUEUE
		SlurmctldParameters=preempt_send_user_signal
		NodeName=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=2048 State=UNKNOWN
		PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP GraceTime=60
		PartitionName=urgent Nodes=$host MaxTime=INFINITE State=UP PriorityTier=2 PreemptMode=OFF
	X
	export SLURM_CONF=$slurm/slurm.conf
	( # each in a session of its own: after Ctrl-C they are needed to end what runs
		cd /
		PATH=$PATH:$sbin
		setsid setpriv --reuid $user --clear-groups munged --foreground --socket="$slurm/munge/socket" \
			--key-file="$slurm/munge/key" --pid-file="$slurm/munge/pid" --log-file="$slurm/munge/log" \
			--seed-file="$slurm/munge/seed" >"$slurm/munge.out" 2>&1 &
		echo $! >"$slurm/munged.id"
		for _ in {1..50}; do [ -S "$slurm/munge/socket" ] || sleep .1; done
		setsid slurmctld -D >"$slurm/slurmctld.out" 2>&1 &
		echo $! >"$slurm/slurmctld.id"
		setsid slurmd -D >"$slurm/slurmd.out" 2>&1 &
		echo $! >"$slurm/slurmd.id"
	)
	for _ in {1..150}; do
		if [ "$(sinfo -h -o %t 2>/dev/null)" = idle ]; then return 0; fi
		sleep .2
	done
	return 1
}

slurm_stop() {
	local d id
	scancel --user=root >/dev/null 2>&1
	for _ in {1..100}; do
		[ -n "$(squeue -h 2>/dev/null)" ] || break
		sleep .2
	done
	for d in slurmd slurmctld munged; do
		id=$(cat "$slurm/$d.id" 2>/dev/null) || continue
		kill "$id" 2>/dev/null
		for _ in {1..100}; do
			kill -0 "$id" 2>/dev/null || break
			sleep .1
		done
		kill -KILL "$id" 2>/dev/null
	done
	return 0
}
