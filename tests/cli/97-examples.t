#!/bin/bash
# The scripts of examples/, each as its README says, in the order of their numbers.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"

N=100 EPOCHS=1 exits "0-start.sh" 0 "$top/examples/0-start.sh"
for script in "$top"/examples/[1-9]-*.sh; do
	name=${script##*/}
	if [ "$name" = 5-dicom.sh ] && ! command -v dump2dcm >/dev/null; then
		skip 3 "no dump2dcm"
		continue
	fi
	exits "$name" 0 "$script"
	ok "$name: says something" test -s out
	is "$name: and no warning" "$(grep -v 'paired by their bytes' err)" ""
	case $name in
	1-*) ok "$name: an overlay" test -n "$(find maps -name '*.png')" ;;
	5-*) not_ok "$name: no name leaves the header" grep -qE 'Doe|Patient' out films.tsv ;;
	6-*) is "$name: equal" "$(cat out)" "three shards are one run" ;;
	7-*) ok "$name: a model with a threshold" test -s ours.safetensors ;;
	esac
done
for script in "$top"/examples/*.sh; do
	ok "${script##*/} stands in README.md" grep -q "^| ${script##*/} |" "$top/examples/README.md"
done
done_testing
