#!/bin/bash
# pipelines/weights.mk: what a mirror has comes whole and checked, or not at all.
# shellcheck source=tests/cli/lib.sh disable=SC2317 # functions called by exits
. "${0%/*}/lib.sh"
command -v curl >/dev/null || skip_all "no curl: a folder cannot stand in for the mirror"

weights() { make -s -f "$top/pipelines/weights.mk" OUT="out dir" URL="file://$PWD/mirror" "$@"; }
mkdir mirror
printf 'weights' >mirror/x
sum=$(sha256sum mirror/x | cut -c1-8)
mv mirror/x "mirror/resnet18-$sum.pth"
printf 'others' >mirror/resnet34-b627a593.pth

exits "without a name" 0 weights
like "lists the names" "$(cat out)" 'resnet18 .* vgg19 .* densenet169 .* inception_v3'
exits "a name" 0 weights resnet18="resnet18-$sum.pth" resnet18
is "is downloaded" "$(cat out)" "out dir/resnet18-$sum.pth"
ok "whole" cmp "out dir/resnet18-$sum.pth" "mirror/resnet18-$sum.pth"
rm "mirror/resnet18-$sum.pth"
exits "again" 0 weights resnet18="resnet18-$sum.pth" resnet18
printf x >>"out dir/resnet18-$sum.pth"
exits "a damaged one that is there" 2 weights resnet18="resnet18-$sum.pth" resnet18
like "is told" "$(cat err)" 'damaged, remove it'
rm -r "out dir"
exits "another file of that name" 2 weights resnet34
like "is told by its digest" "$(cat err)" 'resnet34-b627a593.pth: its SHA-256 is .*: not kept'
exits "one that is not there" 2 weights resnet50
like "is told" "$(cat err)" 'cannot download; without internet, copy the file to out dir/resnet50-0676ba61.pth'
is "nothing half-written stays" "$(ls -A "out dir")" ""
exits "an unknown name" 2 weights resnet19

done_testing
