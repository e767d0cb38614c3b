#!/bin/bash
# receive.sh INBOX PORT OPTION...: takes studies by C-STORE (AE title CXR) into INBOX and runs study.sh with the options
# on each, one after the other, three seconds after its last image. A study whose results could not be made or sent is
# kept, and tried again every RETRY seconds (300); what a kill left is done at the next start. storescp listens on all
# addresses: let only the archive reach the port.
set -euo pipefail
umask 077
shopt -s nullglob
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
inbox=$(cd "$1" && pwd) from=$PWD port=$2
shift 2
cd "$inbox"

# Studies that are whole are called NAME.ready, and NAME.kept once they have failed. Ends with storescp, which has this
# shell's number; the next one waits for the lock, which tools that outlive a kill hold, too.
work() {
	local study studies again=0 rc
	flock 9
	while kill -0 $$ 2>/dev/null; do
		studies=(*.ready)
		if ((SECONDS >= again)); then
			studies+=(*.kept)
			again=$((SECONDS + ${RETRY:-300}))
		fi
		for study in "${studies[@]}"; do
			rc=0
			(cd "$from" && exec "$here/study.sh" "$@" -r "$inbox/$study") || rc=$? # the options' paths are the caller's
			if [ "$rc" != 0 ] && [ "$rc" != 3 ]; then
				echo "receive.sh: a study is kept" >&2
				mv -T "$study" "${study%.*}.kept" 2>/dev/null || true
			fi
		done
		sleep 0.5
	done
}

exec 9>.lock
work "$@" &
exec 9>&-
for study in study_*[0-9]; do mv "$study" "$study.ready"; done
# A study's folder is called by the time, so that nothing of its header gets into a command.
exec storescp -aet CXR +xa -od . -ss study -tos 3 -xs -xcs "mv -T '#p' '#p.ready'" "$port"
