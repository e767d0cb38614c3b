#!/bin/bash
# deb.sh BUILD: the Debian package of HEAD. Built twice in different places, the same bytes; lintian finds nothing; and, as
# root where debootstrap is, installed in a bare Debian by what the container does (pipelines/container), where the
# package's own test goes from synthetic images to a report.
set -eu -o pipefail
work=$(mkdir -p "$1" && cd "$1" && pwd)/deb
version=$(sed -n 's/^VERSION *= *//p' config.mk)
rm -rf "$work"
fail() { echo "not ok $*"; exit 1; }

for place in one two/deeper; do
	mkdir -p "$work/$place"
	git archive --prefix="cxr-tools-$version/" HEAD | tar x -C "$work/$place"
	(cd "$work/$place/cxr-tools-$version" && TZ=$([ $place = one ] && echo UTC || echo Asia/Tokyo) \
		DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage -us -uc -b) >"$work/${place%%/*}.log" 2>&1 ||
		fail "dpkg-buildpackage: see $work/${place%%/*}.log"
done
deb=$(echo "$work"/one/cxr-tools_*.deb)
cmp "$deb" "$work/two/deeper/${deb##*/}" || fail "two builds differ"
echo "ok the same package from two places, $(stat -c %s "$deb") bytes"

found=$(lintian --pedantic --allow-root "$work"/one/*.changes 2>&1 | grep -v 'running with root' || true)
[ -z "$found" ] || fail "lintian: $found"
echo "ok lintian is silent"

if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
	echo "ok installed in a bare Debian # SKIP wants root and debootstrap"
	exit 0
fi
root=$work/root
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | sort | uniq -c | sort -rn | awk 'NR == 1 {print $2}')
debootstrap --variant=minbase bookworm "$root" "$mirror" >"$work/debootstrap.log" || fail "debootstrap: see $work/debootstrap.log"
cp -r /etc/apt/. "$root/etc/apt/"
trap 'umount "$root/proc" "$root/dev" 2>/dev/null || true' EXIT
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
cp "$deb" "$root/tmp/"
cp debian/tests/phantom "$root/root/"
mapfile -t proxy < <(env | grep -i '^[a-z]*_proxy=' || true)
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "${proxy[@]}" chroot "$root" sh -c \
	"set -e; export DEBIAN_FRONTEND=noninteractive; $(sed -n '/^%post/,/^$/{/^%/d; p}' pipelines/container/cxr-tools.def)
	cd /root; ./phantom" >"$work/installed.log" 2>&1 || fail "installed in a bare Debian: see $work/installed.log"
echo "ok installed in a bare Debian: $(tail -n 1 "$work/installed.log")"
