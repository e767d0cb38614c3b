#!/bin/bash
# cxr-model: info, import, export, set, and what each refuses.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/train.sh
. "$top/tests/cli/train.sh"

pictures 4
cxr-prep -q -s 32 --store u8 A/*.pgm B/*.pgm >u8
cxr-train -q -a resnet18 -o m --batch 4 --epochs 1 u8 >/dev/null

# --- info
exits "info" 0 cxr-model info m
is "is silent" "$(cat err)" ""
like "says what it is" "$(cat out)" 'arch	resnet18:classes=1:channels=3'
like "counts parameters" "$(cat out)" 'parameters	11177025'
like "counts training pictures" "$(cat out)" 'train.pictures	8'
not_ok "without their digests" grep -q train.sha256 out
like "lists nodes" "$(cat out)" 'layer4.1.conv2 conv 3x3 pad 1,1,1,1 .* weight:512x512x3x3'

# --- export and import
exits "export" 0 cxr-model export -o plain m
is "102 tensors" "$(grep -ao '"dtype":"F32"' plain | wc -l)" 102
not_ok "no recipe in it" grep -aq recipe= plain
exits "import" 0 cxr-model import -a resnet18 --classes A,B --recipe 'size=32x32' -o back plain
like "says what was loaded" "$(cat err)" '102 of 102 tensors loaded$'
is "the same network" "$(field digest back)" "$(field digest m)"
cxr-infer -q -t -m m u8 | sed 's/seen$/ok/' >t1
cxr-infer -q -t -m back u8 >t2
ok "that gives the same scores" cmp t1 t2
exits "two outputs" 1 cxr-model import -a resnet18:classes=2 --classes A,B -o x plain
like "do not fit one" "$(cat err)" 'nothing for fc'
exits "unless started at random" 0 cxr-model import -a resnet18:classes=2 --classes A,B --partial --seed 3 -o x plain
like "which is said" "$(cat err)" 'started at random: fc; not used: fc.weight,fc.bias'
exits "-q" 0 cxr-model import -q -a resnet18 -o x plain
is "says nothing" "$(cat err)" ""
exits "gray" 0 cxr-model import -a resnet18 --recipe gray -o gray plain
like "has one channel" "$(cxr-model info gray)" 'conv1 conv 7x7 .* weight:64x1x7x7'

# --- set
exits "set" 0 cxr-model set --threshold 0.25 --temperature 2 --note 'chosen on val' -o new m
like "threshold" "$(cxr-model info new)" 'threshold	0.25'
like "temperature" "$(cxr-model info new)" 'temperature	2'
like "note" "$(cxr-model info new)" 'chosen	chosen on val'
is "the digest stays" "$(field digest new)" "$(field digest m)"

# --- what is refused, with nothing left behind
rm -f x
exits "nothing to set" 2 cxr-model set -o x m
exits "no probability" 2 cxr-model set --threshold 1.5 -o x m
exits "temperature 0" 2 cxr-model set --temperature 0 -o x m
exits "a threshold that is no number" 2 cxr-model set --threshold high -o x m
exits "an option of another command" 2 cxr-model info --threshold .5 m
exits "no command" 2 cxr-model
exits "an unknown command" 2 cxr-model frob m
exits "no file" 2 cxr-model info
exits "two files" 2 cxr-model info m m
exits "no -o" 2 cxr-model export m
exits "import without -a" 2 cxr-model import -o x plain
exits "an unknown architecture" 2 cxr-model import -a resnet19 -o x plain
like "lists those there are" "$(cat err)" 'resnet18'
exits "another architecture" 1 cxr-model import -a resnet50 -o x plain
exits "a missing file" 1 cxr-model info nothing
exits "a directory" 1 cxr-model info A
exits "a stream" 1 cxr-model info u8
exits "plain weights" 1 cxr-model info plain
like "are no model" "$(cat err)" 'not a model'
head -c 1000000 m >short
exits "a cut model" 1 cxr-model info short
exits "import of a cut one" 1 cxr-model import -a resnet18 -o x short
printf 'PK\3\4 and more bytes' >zip.pth
exits "a torch file" 1 cxr-model import -a resnet18 -o x zip.pth
like "is named" "$(cat err)" 'zip file .torch'
exits "an .npz" 2 cxr-model export -o x.npz m
exits "a full disk" 1 cxr-model export -o /dev/full m
not_ok "nothing was left" test -e x

done_testing
