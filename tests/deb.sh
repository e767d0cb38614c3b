#!/bin/bash
# deb.sh BUILD: the Debian package of HEAD, as root where debootstrap is. pipelines/container/Dockerfile is carried out step
# by step in bare roots instead of containers: the package is built in one that has nothing but what the package asks for,
# twice, in other folders, time zones and locales, to the same bytes, the second time with its unit tests; lintian finds
# nothing. In a second root it is installed, and who is not root runs the package's own test, from synthetic images to a
# report; in a third, by %post of cxr-tools.def, the pipeline by its path.
set -eu -o pipefail
work=$(mkdir -p "$1" && cd "$1" && pwd)/deb
version=$(sed -n 's/^VERSION *= *//p' config.mk)
commit=$(git rev-parse HEAD)
container=pipelines/container
fail() { echo "not ok $*"; exit 1; }
if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
	echo "ok the Debian package # SKIP wants root and debootstrap"
	exit 0
fi

# --- roots
leave() { for r in "$work"/root.*; do umount "$r/proc" "$r/dev" 2>/dev/null || true; done; }
trap leave EXIT
leave
rm -rf "$work"
mkdir -p "$work"
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | sort | uniq -c | sort -rn | awk 'NR == 1 {print $2}')
debootstrap --variant=minbase bookworm "$work/bare" "$mirror" >"$work/debootstrap.log" || fail "debootstrap: see $work/debootstrap.log"
cp -r /etc/apt/. "$work/bare/etc/apt/"
rm -rf "$work"/bare/var/cache/apt/archives/*.deb

bare() { # bare NAME: a new root, root.NAME
	cp -a "$work/bare" "$work/root.$1"
	mount -t proc proc "$work/root.$1/proc"
	mount --bind /dev "$work/root.$1/dev"
}
mapfile -t proxy < <(env | grep -i '^[a-z]*_proxy=' || true)
user=root
inside() { # inside NAME COMMANDS: by sh in a root, as $user
	local log=$work/$1.log
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/tmp DEBIAN_FRONTEND=noninteractive "${proxy[@]}" \
		chroot --userspec="$user:" "$work/root.$1" sh -ec "$2" >>"$log" 2>&1 || fail "$1: see $log"
}

# Carries out the N-th stage of the Dockerfile. COPY brings what is committed, or what the stage before has made.
stage() { # stage NAME N [BEFORE]
	local word rest dir=/
	bare "$1"
	while read -r word rest; do
		case $word in
		RUN) inside "$1" "cd $dir; $rest" ;;
		WORKDIR) dir=$rest && mkdir -p "$work/root.$1$dir" ;;
		USER) user=$rest ;;
		COPY)
			rest=${rest#--from=build }
			mkdir -p "$work/root.$1${rest##* }"
			if [ "${rest%% *}" = . ]; then
				git archive "$commit" | tar x -C "$work/root.$1${rest##* }"
			else
				# shellcheck disable=SC2086 # a pattern
				cp "$work/root.$3"${rest% *} "$work/root.$1${rest##* }"
			fi
			;;
		esac
	done < <(awk -v n="$2" '/^FROM/ { stage++ } stage == n' $container/Dockerfile)
}

# --- built
stage build 1
mkdir -p "$work/root.build/other/deeper"
git archive --prefix="cxr-tools-$version/" "$commit" | tar x -C "$work/root.build/other/deeper"
inside build "cd /other/deeper/cxr-tools-$version
	export TZ=Asia/Tokyo LC_ALL=C; umask 077; dpkg-buildpackage -us -uc -b"
cp "$work"/root.build/src/cxr-tools* "$work/" 2>/dev/null || true # the package and what belongs to it, not the sources
deb=$(echo "$work"/cxr-tools_*.deb)
cmp "$deb" "$work/root.build/other/deeper/${deb##*/}" || fail "two builds differ"
echo "ok built twice in a bare Debian, the same $(stat -c %s "$deb") bytes; unit tests: $(grep ' passed, ' "$work/build.log" | tail -n 1)"

found=$(lintian --pedantic --allow-root "$work"/*.changes 2>&1 | grep -v 'running with root' || true)
[ -z "$found" ] || fail "lintian: $found"
echo "ok lintian is silent"

# --- installed
stage run 2 build
cp debian/tests/phantom "$work/root.run/tmp/"
chmod 755 "$work/root.run/tmp/phantom"
inside run "bash -c 'TIMEFORMAT=\"%R %U %S\"; time /tmp/phantom'"
read -r clock own system < <(tail -n 1 "$work/run.log")
# by processors, as other programs may run
awk -v t="$own" -v s="$system" 'BEGIN { exit (t + s > 120) }' || fail "the package's own test took $own s"
echo "ok installed as the container does, by $user in $clock s: $(grep '^report and' "$work/run.log")"
user=root

bare apptainer
cp "$deb" "$work/root.apptainer/tmp/"
inside apptainer "$(sed -n '/^%post/,/^$/{/^%/d; p}' $container/cxr-tools.def)"
user=nobody
inside apptainer "$(sed -n '/^%test/,/^$/{/^%/d; p}' $container/cxr-tools.def)
	mkdir /tmp/work; cd /tmp/work; make -f /usr/share/cxr-tools/pipelines/full.mk N=60 SIZE=64 EPOCHS=1"
[ -s "$work/root.apptainer/tmp/work/out/full/report.html" ] || fail "no report: see $work/apptainer.log"
user=root
echo "ok installed as Apptainer does, and full.mk by its path"
inside apptainer 'apt-get purge -y cxr-tools'
left=$(find "$work/root.apptainer" -xdev -name '*cxr*' ! -path '*/tmp/*' ! -path '*/var/l*')
[ -z "$left" ] || fail "purged, but there is $left"
echo "ok purged, nothing is left"
