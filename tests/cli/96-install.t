#!/bin/bash
# make install and uninstall; the installed workflow, from a folder of its own; completion in the shells that are here; what
# packagers ask for; packages that are missing.
# shellcheck source=tests/cli/lib.sh disable=SC2317 # functions called by ok and run
. "${0%/*}/lib.sh"
bin=${CXR_BIN:-$(dirname "$(command -v cxr-list)")}
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
jobs() (
	cd elsewhere || exit
	cxr-list --only split=test - <out/full/list.tsv >test.tsv
	env PATH="$tmp/usr/bin:$PATH" make -f "$tmp/usr/share/cxr-tools/pipelines/cluster/parallel.mk" \
		MODEL=out/full/model.safetensors LIST=test.tsv SHARDS=2 OUT=jobs
)
exits "the installed jobs, on one node" 0 jobs
ok "score as the pipeline does" cmp elsewhere/jobs/scores.tsv elsewhere/out/full/scores-test.tsv
chmod -R u+w usr

# --- completion
complete_in_bash() { # TOOL BEFORE WORD
	PATH=$PWD/usr/bin:$PATH bash -c '. "$0"; _cxr "$1" "$3" "$2"; printf "%s\n" "${COMPREPLY[@]}"' \
		"$PWD/usr/share/bash-completion/completions/cxr-list" "$@"
}
is "bash: an option" "$(complete_in_bash cxr-prep cxr-prep --stri)" "--strict"
is "bash: every option of -h" "$(complete_in_bash cxr-prep cxr-prep - | grep -c -- '^--recipe$')" 1
like "bash: values" "$(complete_in_bash cxr-cam --method gradcam,hi)" '^gradcam,hirescam$'
is "bash: values that only a message names" "$(complete_in_bash cxr-train --optimizer ad)" "adam
adamw"
is "bash: no message is taken for a value" "$(complete_in_bash cxr-list --method '')" ""
is "bash: a file is left to the shell" "$(complete_in_bash cxr-prep cxr-prep im)" ""
# what a bash on a terminal of its own makes of a line and a tab
printf '%s\n' "PATH=$PWD/usr/bin:\$PATH" ". $PWD/usr/share/bash-completion/completions/cxr-list" >bash.rc
if script -qec true /dev/null >/dev/null 2>&1; then
	typed=$(printf 'cxr-prep --stric\t /nowhere\ncxr-cam --method gradcam,hir\t -h\nexit\n' |
		timeout 60 script -qec 'bash --noprofile --rcfile bash.rc -i' /dev/null)
	like "bash on a terminal: an option" "$typed" 'cxr-prep --strict  /nowhere'
	like "bash on a terminal: a value" "$typed" 'cxr-cam --method gradcam,hirescam  -h'
else
	skip 2 "no terminal can be made here"
fi
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
	ok "zsh: values that only a message names" env PATH="$PWD/usr/bin:$PATH" HOME="$PWD" timeout 60 zsh -f type.zsh \
		"$PWD/usr/share/zsh/site-functions" 'cxr-cam --colormap vir' viridis
	ok "zsh: values" env PATH="$PWD/usr/bin:$PATH" HOME="$PWD" timeout 60 zsh -f type.zsh "$PWD/usr/share/zsh/site-functions" \
		'cxr-cam --method gradcam,hir' gradcam,hirescam
else
	skip 3 "no zsh"
fi
if command -v fish >/dev/null; then
	like "fish: an option with its words" "$(PATH=$PWD/usr/bin:$PATH HOME=$PWD fish --no-config -c \
		". $PWD/usr/share/fish/vendor_completions.d/cxr-prep.fish; complete -C 'cxr-prep --stri'")" '--strict'
	like "fish: values that only a message names" "$(PATH=$PWD/usr/bin:$PATH HOME=$PWD fish --no-config -c \
		". $PWD/usr/share/fish/vendor_completions.d/cxr-train.fish; complete -C 'cxr-train --optimizer '")" '^adam
adamw
sgd$'
	like "fish: values" "$(PATH=$PWD/usr/bin:$PATH HOME=$PWD fish --no-config -c \
		". $PWD/usr/share/fish/vendor_completions.d/cxr-cam.fish; complete -C 'cxr-cam --method gradcam,hi'")" '^gradcam,hirescam'
else
	skip 3 "no fish"
fi

exits "make uninstall" 0 put uninstall
is "removes all of it" "$(find usr ! -type d)" ""
is "and its own folder" "$(find usr -name cxr-tools)" ""
exits "DESTDIR" 0 make -C "$top" -s --no-print-directory install DESTDIR="$PWD/pack" PREFIX=/usr NEED=check
ok "goes before PREFIX" test -x pack/usr/bin/cxr-list
is "and is not written down" "$(grep -rl "$PWD/pack" pack | wc -l)" 0
make -C "$top" -s --no-print-directory uninstall DESTDIR="$PWD/pack" PREFIX=/usr NEED=check
is "nor left" "$(find pack ! -type d)" ""

# --- packagers
version=$(sed -n 's/^VERSION *= *//p' "$top/config.mk")
is "the package has the version of config.mk" "$(sed -n '1s/.*(\(.*\)).*/\1/p' "$top/debian/changelog")" "$version"
is "so has the citation" "$(sed -n 's/^version: //p' "$top/CITATION.cff")" "$version"
like "and the tools" "$(cxr-list --version)" "^cxr-list $version"
recipe=$(make -C "$top" -n V=1 CLONES= CPPFLAGS=-DPACKAGER CFLAGS='-O2 -Wformat' LDFLAGS=-Wl,-z,defs NEED=check B="$PWD/build" tools 2>&1)
like "CFLAGS and CPPFLAGS are taken, and -O3 comes last" "$recipe" 'gcc [^
]*-DPACKAGER -O2 -Wformat -O3 [^
]*-o [^
]*gemm\.o'
like "LDFLAGS too" "$recipe" 'gcc [^
]*-Wl,-z,defs [^
]*bin/cxr-prep'
hardened=$(readelf -hldW "$bin/cxr-prep")
like "position independent" "$hardened" 'Type: +DYN'
like "relocations read-only" "$hardened" 'GNU_RELRO'
like "and made at once" "$hardened" 'Flags: NOW|BIND_NOW'
like "with guarded stacks and strings" "$(nm -D "$bin/cxr-prep")" '__stack_chk_fail.*_chk'

# --- packages
missing() { PKG_CONFIG_LIBDIR=/nowhere NEED=$1 sh "$top/lib/need.sh" build; }
exits "NEED=check" 1 missing check
like "names what is missing" "$(cat err)" '^need.sh: missing, please install \(Debian names\): libvips-dev .*nettle-dev$'
mkdir no-root
printf '#!/bin/sh\n[ "$1" = -u ] && echo 1000\n' >no-root/id
printf '#!/bin/sh\necho "a password is required" >&2; exit 1\n' >no-root/sudo
chmod +x no-root/*
PATH=$PWD/no-root:$PATH exits "an ordinary user whom sudo asks for a password" 1 missing ''
like "gets the list, too" "$(cat err)" 'need.sh: installing libvips-dev .*need.sh: missing, please install .*libvips-dev'
done_testing
