#!/bin/bash
# make install and uninstall; the installed workflow, from a folder of its own; completion in the shells that are here.
# shellcheck source=tests/cli/lib.sh disable=SC2317 # functions called by ok and run
. "${0%/*}/lib.sh"
bin=${CXR_BIN:-$(dirname "$(command -v cxr-list)")}
if grep -qE '__(asan|tsan)_init' "$bin/cxr-train"; then skip_all "of the usual build"; fi
put() { make -C "$top" -s --no-print-directory "$1" PREFIX="$PWD/usr" NEED=check; }

exits "make install" 0 put install
for f in bin/cxr-prep bin/cxr-full share/man/man1/cxr-prep.1 share/cxr-tools/pipelines/full.mk share/cxr-tools/config.mk \
	share/bash-completion/completions/cxr-cam share/zsh/site-functions/_cxr share/fish/vendor_completions.d/cxr-cam.fish; do
	ok "brings $f" test -s "usr/$f"
done
mkdir elsewhere
chmod -R a-w usr
full() (cd elsewhere && env -u CXR_BIN PATH=/usr/bin:/bin "$OLDPWD/usr/bin/cxr-full" "$@")
run full N=30 SIZE=64 EPOCHS=1 out/full/scores-test.tsv
is "cxr-full works in another folder" "$rc" 0
ok "and writes there" test -s elsewhere/out/full/scores-test.tsv
is "and nowhere else" "$(find usr -newer elsewhere/out/full/list.tsv)" ""
chmod -R u+w usr

# --- completion
complete_in_bash() { # TOOL BEFORE WORD
	PATH=$PWD/usr/bin:$PATH bash -c '. "$0"; _cxr "$1" "$3" "$2"; printf "%s\n" "${COMPREPLY[@]}"' \
		"$PWD/usr/share/bash-completion/completions/cxr-list" "$@"
}
is "bash: an option" "$(complete_in_bash cxr-prep cxr-prep --stri)" "--strict"
is "bash: every option of -h" "$(complete_in_bash cxr-prep cxr-prep - | grep -c -- '^--recipe$')" 1
like "bash: values" "$(complete_in_bash cxr-cam --method gradcam,hi)" '^gradcam,hirescam$'
is "bash: a file is left to the shell" "$(complete_in_bash cxr-prep cxr-prep im)" ""
if command -v zsh >/dev/null; then
	ok "zsh: reads it" zsh -fc "fpath=($PWD/usr/share/zsh/site-functions \$fpath); autoload -U compinit && compinit -u -D && (( \$+_comps[cxr-cam] ))"
	cat >type.zsh <<-'END' # what a zsh on a terminal of its own makes of a line and a tab
		zmodload zsh/zpty
		zpty shell zsh -fi
		zpty -w shell "PS1=; fpath=($1 \$fpath); autoload -U compinit; compinit -u -D; echo is''ready"
		zpty -r shell line '*isready*'
		zpty -n -w shell "$2"$'\t'
		zpty -r -m shell line "*$3*" && print -r -- "$line"
	END
	ok "zsh: values" env PATH="$PWD/usr/bin:$PATH" HOME="$PWD" timeout 60 zsh -f type.zsh "$PWD/usr/share/zsh/site-functions" \
		'cxr-cam --method gradcam,hir' gradcam,hirescam
else
	skip 2 "no zsh"
fi
if command -v fish >/dev/null; then
	like "fish: an option with its words" "$(PATH=$PWD/usr/bin:$PATH HOME=$PWD fish --no-config -c \
		". $PWD/usr/share/fish/vendor_completions.d/cxr-prep.fish; complete -C 'cxr-prep --stri'")" '--strict'
	like "fish: values" "$(PATH=$PWD/usr/bin:$PATH HOME=$PWD fish --no-config -c \
		". $PWD/usr/share/fish/vendor_completions.d/cxr-cam.fish; complete -C 'cxr-cam --method gradcam,hi'")" '^gradcam,hirescam'
else
	skip 2 "no fish"
fi

exits "make uninstall" 0 put uninstall
is "removes all of it" "$(find usr ! -type d)" ""
is "and its own folder" "$(find usr -name cxr-tools)" ""
done_testing
