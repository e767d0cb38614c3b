# Completion of every cxr tool in bash: options are read from -h, values from what the tool answers to "--method list", be
# it a list or that there is no such name, and which there are.
_cxr() {
	local tool=$1 word=$2 before=$3 words
	COMPREPLY=()
	case $before in
	-a | --arch | --method | --measure | --curve | --style | --format | --interval | --calibrate | --choose-under | --store | \
		--by | --normalise | --colormap | --optimizer | --loss | --schedule)
		words=$("$tool" "$before" list 2>&1 </dev/null | sed '/^Try /d; s/  .*//
			s/^cxr-.*: choose one of //; /^cxr-/d; s/, /\n/g')
		;;
	*)
		[[ $word == -* ]] || return 0 # a file: readline's own
		words=$(COLUMNS=9999 "$tool" -h 2>/dev/null | grep -oE '^ +(-[A-Za-z0-9], )?--[a-z0-9-]+' | grep -oE '\-\-?[A-Za-z0-9-]+')
		;;
	esac
	# A list of values is completed behind its last comma.
	local head=
	[[ $word != *,* || $word == -* ]] || head=${word%,*},
	mapfile -t COMPREPLY < <(compgen -P "$head" -W "$words" -- "${word#"$head"}")
}
complete -o bashdefault -o default -F _cxr cxr-cam cxr-eda cxr-infer cxr-list cxr-metrics cxr-model cxr-page cxr-phantom cxr-prep \
	cxr-report cxr-show cxr-train
