#!/bin/bash
# cxr-phantom: what a set holds, that it is always the same, settings that differ, wrong input, full and closed disks.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
column() { awk -F '\t' -v c="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i; next } { print $k }' "$2"; }
sums() { (cd "$1" && find . -type f ! -name settings.txt | LC_ALL=C sort | xargs sha256sum); }

# --- a set
exits "a set" 0 cxr-phantom -n 40 -s 64 -o set
is "silence on success" "$(cat out err)" ""
is "as many images as asked for" "$(find set/chest -name '*.png' | wc -l)" 40
is "lung masks under the same names" "$(cd set/masks/lung && find . -name '*.png' | sort)" \
	"$(cd set/chest && find . -name '*.png' | sort)"
is "lesion masks under the same names" "$(cd set/masks/lesion && find . -name '*.png' | sort)" \
	"$(cd set/chest && find . -name '*.png' | sort)"
is "truth has a row for each" "$(column path set/truth.tsv | sort)" \
	"$(cd set/chest && find . -name '*.png' | sed 's|^\./||' | sort)"
is "boxes for PNEUMONIA only" "$(paste <(column label set/truth.tsv) <(column lesions set/truth.tsv) |
	awk -F '\t' '($1 == "PNEUMONIA") != ($2 != "")')" ""
is "8-bit gray PNG of the size" \
	"$(head -c 26 "set/chest/$(column path set/truth.tsv | head -n 1)" | tail -c 10 | od -An -tx1 | tr -d ' ')" "00000040000000400800"
is "nothing temporary is left" "$(find set -type f ! -name '*.png' | LC_ALL=C sort | tr '\n' ' ')" \
	"set/settings.txt set/truth.tsv "

# --- what cxr-list makes of it
exits "cxr-list" 0 cxr-list set/chest
cp out list
is "class, patient and split are in the names" \
	"$(tail -n +2 list | sed 's|^set/chest/||' | cut -f1-4 | LC_ALL=C sort)" \
	"$(tail -n +2 set/truth.tsv | cut -f1-4 | LC_ALL=C sort)"
ok "no patient in two splits" test -z "$(tail -n +2 list | cut -f3,4 | sort -u | cut -f1 | uniq -d)"
ok "some have several images" test -n "$(tail -n +2 list | cut -f3 | sort | uniq -d)"
ok "two classes in both splits" test "$(tail -n +2 list | cut -f2,4 | sort -u | wc -l)" = 4

# --- always the same
sums set >first
exits "repeated" 0 cxr-phantom -n 40 -s 64 -o set
is "the same bytes" "$(sums set | diff - first)" ""
exits "one thread" 0 cxr-phantom -j 1 -n 40 -s 64 -o one
exits "five threads" 0 cxr-phantom -j 5 -n 40 -s 64 -o five
is "one thread: the same bytes" "$(sums one | diff - first)" ""
is "five threads: the same bytes" "$(sums five | diff - first)" ""
rm -r set/chest/train set/truth.tsv
exits "half a set is finished" 0 cxr-phantom -n 40 -s 64 -o set
is "and is whole again" "$(sums set | diff - first)" ""
exits "a shorter set" 0 cxr-phantom -n 15 -s 64 -o short
is "is the beginning of the longer" "$(head -n 16 set/truth.tsv | diff - short/truth.tsv)" ""
exits "another seed" 0 cxr-phantom -n 40 -s 64 --seed 2 -o other
not_ok "gives another set" cmp set/truth.tsv other/truth.tsv

# --- options
exits "no pneumonia" 0 cxr-phantom -n 10 -s 64 --prevalence 0 -o none
is "NORMAL only" "$(column label none/truth.tsv | sort -u)" NORMAL
exits "pneumonia only, all marked" 0 cxr-phantom -n 10 -s 64 --prevalence 1 --shortcut 1 -o all
is "PNEUMONIA only" "$(column label all/truth.tsv | sort -u)" PNEUMONIA
not_ok "every one has the marker" grep -qx none <(column shortcut all/truth.tsv)
exits "no test split" 0 cxr-phantom -n 30 -s 64 --test 0 -o notest
is "train only" "$(column split notest/truth.tsv | sort -u)" train
exits "a moved shortcut" 0 cxr-phantom -n 10 -s 64 --shortcut 1 --moved -o moved
is "is on NORMAL only" "$(paste <(column label moved/truth.tsv) <(column shortcut moved/truth.tsv) | grep -v none | cut -f1 | sort -u)" NORMAL
exits "another set than" 1 cxr-phantom -n 10 -s 64 --shortcut 1 -o moved
exits "a shortcut" 0 cxr-phantom -n 40 -s 64 --shortcut 0.5 -o marked
is "on PNEUMONIA only" "$(paste <(column label marked/truth.tsv) <(column shortcut marked/truth.tsv) |
	awk '$1 == "NORMAL" && $2 != "none"')" ""
is "other images and all masks stay as they are" \
	"$(sums marked | grep -v truth.tsv | diff - <(grep -v truth.tsv first) |
	grep '^>' | sed 's/.*\.\///' | LC_ALL=C sort)" \
	"$(paste <(column path marked/truth.tsv) <(column shortcut marked/truth.tsv) | awk '$2 != "none" {print "chest/" $1}' |
	LC_ALL=C sort)"

# --- what is there already
exits "another set in the way" 1 cxr-phantom -n 41 -s 64 -o set
like "says so" "$(cat err)" 'cxr-phantom: set: holds a set of other settings'
is "and leaves it alone" "$(sums set | diff - first)" ""
mkdir -p foreign/chest
exits "a chest of somebody else" 1 cxr-phantom -n 2 -s 64 -o foreign
is "is left alone" "$(find foreign -type f)" ""
mkdir empty
exits "an empty directory will do" 0 cxr-phantom -n 1 -s 64 -o empty
exits "parents are made" 0 cxr-phantom -n 1 -s 64 -o a/b/$'tab\tnew\nline \xe2\x98\xa0'
: >file
exits "a file in the way" 1 cxr-phantom -n 1 -o file
like "says so" "$(cat err)" '^cxr-phantom: file.*'
exits "below a file" 1 cxr-phantom -n 1 -o file/dir
mkdir -p dirs/masks/lung
: >dirs/masks/lesion
exits "a file where a folder should be" 1 cxr-phantom -n 1 -s 64 -o dirs
mkdir -p blocked/chest/train/PNEUMONIA blocked2
cxr-phantom -n 6 -s 64 -o blocked2
rm -r blocked2/chest/train/PNEUMONIA/IM-0001-0001.png blocked2/truth.tsv
mkdir blocked2/chest/train/PNEUMONIA/IM-0001-0001.png
exits "a directory where an image should be" 1 cxr-phantom -n 6 -s 64 -o blocked2
like "names it" "$(cat err)" 'blocked2/chest/train/PNEUMONIA/IM-0001-0001.png: '
is "one message" "$(wc -l <err)" 1
ok "no truth of an unfinished set" test ! -e blocked2/truth.tsv
is "nothing temporary is left" "$(find blocked2 -type f ! -name 'IM-????-????.png' ! -name settings.txt)" ""
if [ "$(id -u)" != 0 ]; then
	mkdir locked && chmod a-w locked
	exits "a directory that cannot be written" 1 cxr-phantom -n 1 -o locked
else
	skip 1 "root may write everywhere"
fi
exits "a device that takes no files" 1 cxr-phantom -n 1 -o /proc/self/phantom
# shellcheck disable=SC2016 # expands in the inner shell
exits "a disk that is full" 1 bash -c 'ulimit -f 2; trap "" XFSZ; cxr-phantom -n 20 -s 512 -o full'
like "says so" "$(cat err)" 'cxr-phantom: full/.*: .*(large|space)'
is "leaves no half image" "$(find full -type f ! -name settings.txt ! -name 'IM-????-????.png'; find full -type f -size +2k)" ""

# --- usage
for wrong in "" "-n 4" "-o x" "-n 0 -o x" "-n -1 -o x" "-n x -o x" "-n 2000000 -o x" \
	"-n 1 -s 63 -o x" "-n 1 -s 2049 -o x" \
	"-n 1 -s 64x64 -o x" "-n 1 --prevalence 1.5 -o x" "-n 1 --prevalence nan -o x" "-n 1 --shortcut -0.1 -o x" \
	"-n 1 --test x -o x" "-n 1 --seed -1 -o x" "-n 1 -o x operand" "-n 1 -j 0 -o x" "--frobnicate"; do
	# shellcheck disable=SC2086 # words
	exits "usage: '$wrong'" 2 cxr-phantom $wrong
done
exits "usage: empty directory name" 2 cxr-phantom -n 1 -o ""
ok "nothing was made" test ! -e x
exits "-h" 0 cxr-phantom -h
exits "--version" 0 cxr-phantom --version
exits "-h to a full disk" 1 bash -c 'cxr-phantom -h >/dev/full'
done_testing
