#!/bin/bash
# receive.sh INBOX PORT OPTION...: takes studies by C-STORE (AE title CXR) into INBOX and runs study.sh with the options on
# each, three seconds after its last image. Studies that an earlier run left are done first. storescp listens on all
# addresses: let only the archive reach the port.
set -euo pipefail
umask 077
here=$(cd "$(dirname "$0")" && pwd)
inbox=$(realpath -m "$1") port=$2
shift 2
mkdir -p "$inbox"
for study in "$inbox"/*/; do
	if [ -d "$study" ]; then "$here/study.sh" "$@" -r "${study%/}" || echo "receive.sh: a study is kept" >&2; fi
done
exec storescp -aet CXR +xa -od "$inbox" -su study -tos 3 -xcs "'$here/study.sh'$(printf " '%s'" "$@") -r '#p'" "$port"
