#!/bin/bash
# cxr-model: info, import, export, set, and what each refuses.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/train.sh
. "$top/tests/cli/train.sh"

images 4
cxr-prep -q -s 32 --store u8 A/*.pgm B/*.pgm >u8
cxr-train -q -a resnet18 -o m --batch 4 --epochs 1 u8 >/dev/null

# --- info
exits "info" 0 cxr-model info m
like "the digest as a UID" "$(cat out)" $'\nuid\t2.25.[1-9][0-9]{30,38}\n'
is "is silent" "$(cat err)" ""
like "says what it is" "$(cat out)" 'arch	resnet18:classes=1:channels=3'
like "counts parameters" "$(cat out)" 'parameters	11177025'
like "counts training images" "$(cat out)" 'train.pictures	8'
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
exits "two outputs" 0 cxr-model import -a resnet18:classes=2 --classes A,B --seed 3 -o two plain
like "start at random, which is said" "$(cat err)" '100 of 102 .*started at random: fc; of another shape: fc.weight 1x512 for 2x512, fc.bias 1 for 2$'
exits "another head" 1 cxr-model import -a resnet18:head=8,relu -o x plain
like "is not in the file" "$(cat err)" '--partial.*: 100 of 104 .*started at random: fc.0, fc.2; not used: fc.weight, fc.bias'
exits "unless started at random" 0 cxr-model import -a resnet18:head=8,relu --partial -o x plain
like "which is said" "$(cat err)" '100 of 104 tensors loaded; started at random: fc.0, fc.2'
exits "-q" 0 cxr-model import -q -a resnet18 -o x plain
is "says nothing" "$(cat err)" ""
exits "gray" 0 cxr-model import -a resnet18 --recipe gray -o gray plain
like "has one channel" "$(cxr-model info gray)" 'conv1 conv 7x7 .* weight:64x1x7x7'

exits "from a pipe" 0 cxr-model import -a resnet18 -o piped <(cat plain)
is "too" "$(field digest piped)" "$(field digest m)"
cxr-model import -q -a resnet18 -o known m
is "what a model was trained on stays known" "$(field train.sha256 known)" "$(field train.sha256 m)"
is "as does what it started from" "$(field init.sha256 known)" "$(sha256sum <m | cut -d' ' -f1)"
cxr-model import -q -a resnet34 --partial -o deep m
exits "deeper weights" 1 cxr-model import -a resnet18 --partial -o x deep
like "are another architecture's" "$(cat err)" 'another architecture than resnet18:.* which has no layer1.2.conv1.weight'

# --- other forms
exits "export of .npz" 0 cxr-model export -o m.npz m
exits "import of .npz" 0 cxr-model import -a resnet18 -o fromnpz m.npz
is "is the same network" "$(field digest fromnpz)" "$(field digest m)"
cxr-model export -o m2.npz fromnpz
ok "and gives the same bytes again" cmp m.npz m2.npz
exits "weights for a branch that a stack has not" 1 cxr-model import -a stack:resnet18+resnet18 --partial -o x a=plain,z=plain
like "are told" "$(cat err)" 'has no branch z'
exits "a file for each branch" 0 cxr-model import -a stack:resnet18+resnet18 --partial -o stack a=plain,b=plain
like "goes there" "$(cat err)" '^cxr-model: a=plain,b=plain: 200 of .*; not used: a.fc.weight, a.fc.bias, b.fc.weight'

# --- set
exits "set" 0 cxr-model set --threshold 0.25 --temperature 2 --note 'chosen on val' -o new m
like "threshold" "$(cxr-model info new)" 'threshold	0.25'
like "temperature" "$(cxr-model info new)" 'temperature	2'
like "note" "$(cxr-model info new)" 'threshold.note	chosen on val'
is "the digest stays" "$(field digest new)" "$(field digest m)"

exits "set again, onto itself" 0 cxr-model set --threshold 0.75 -o new new
like "changes one value" "$(cxr-model info new | grep '^t[eh]' | tr '\n' ' ')" '^temperature	2 threshold	0.75 $'
like "and drops the old note" "$(cxr-model info new | grep -c note)" '^0$'
cxr-model set --temperature 1 --note $'a\tb\n\xff\x1b' -o new m
like "a note of any bytes is text" "$(cxr-model info new)" 'threshold.note	a.x09b.x0a.xff.x1b'

exits "a bias" 0 cxr-model set --bias 1.5 -o new m
like "is kept" "$(cxr-model info new)" 'bias	1.5'
# odds FILE: log odds of each image
odds() { cxr-infer -q -t -m "$1" u8 | awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	{ printf "%.3f\n", log($at["p_B"] / $at["p_A"]) }'; }
odds m >o1
odds new >o2
ok "is added to the log odds" sh -c 'paste o1 o2 | awk "{ d = \$2 - \$1 - 1.5; if (d > .01 || d < -.01) bad = 1 } END { exit bad || !NR }"'
exits "a prevalence" 1 cxr-model set --prevalence .1 -o x m
like "needs one to start from" "$(cat err)" 'calibrated at is not known'
printf 'name\tvalue\ntemperature\t2\nbias\t0.25\nthreshold\t0.5\nprevalence\t0.5\nnote\tmade up\n' >from.tsv
exits "all that calibrate writes" 0 cxr-model set --from from.tsv -o new m
like "is taken" "$(cxr-model info new | grep -E '^(bias|prevalence|temperature)' | sort | tr '\n' ' ')" \
	'^bias	0.25 prevalence	0.5 temperature	2 $'
exits "another prevalence" 0 cxr-model set --prevalence 0.1 -o new new
ok "shifts bias and threshold by the difference of the log odds" awk -F'\t' '
	$1 == "bias" { b = $2 - .25 + log(9) } $1 == "threshold" { t = $2 - .1 }
	END { exit !(b < 1e-6 && b > -1e-6 && t < 1e-6 && t > -1e-6) }' <(cxr-model info new)
exits "a prevalence of none" 2 cxr-model set --prevalence 0 -o x m

# --- randomise: what is named is drawn anew, with its statistics; all else stays
# differ FILE: the tensors in which it is not m
differ() {
	perl -0777 -e 'my @t = map { open my $f, "<:raw", $_ or die; my $b = <$f>; my $n = unpack("Q<", $b); my %t;
		my ($h, $d) = (substr($b, 8, $n), substr($b, 8 + $n));
		$t{$1} = substr($d, $2, $3 - $2) while $h =~ /"([\w.]+)":\{"data_offsets":\[(\d+),(\d+)\]/g; \%t } @ARGV;
		print map { $t[0]{$_} ne $t[1]{$_} ? "$_\n" : () } sort keys %{$t[0]}' m "$1"
}
exits "randomise" 0 cxr-model randomise --layer fc,layer4.1.bn1 --seed 3 -o forgot m
is "is silent" "$(cat err)" ""
is "only what is named has changed" "$(differ forgot | tr '\n' ' ')" \
	"fc.bias fc.weight layer4.1.bn1.bias layer4.1.bn1.running_mean layer4.1.bn1.running_var layer4.1.bn1.weight "
like "which is said" "$(cxr-model info forgot)" 'randomised	fc,layer4.1.bn1, seed 3, of [0-9a-f]{16}'
not_ok "it is another network" test "$(field digest forgot)" = "$(field digest m)"
cxr-model randomise --layer fc,layer4.1.bn1 --seed 3 -o again m
ok "the same seed, the same bytes" cmp forgot again
exits "the model's own seed" 0 cxr-model randomise --layer fc --seed "$(cxr-model info m | sed -n 's/^seed	//p')" -o own m
like "is warned of" "$(cat err)" 'm: trained with seed .*, too'
exits "a layer and all after it" 0 cxr-model randomise --layer conv1+ -o forgot m
is "from the first: everything" "$(differ forgot | wc -l)" 102
exits "no layer" 2 cxr-model randomise -o x m
exits "a layer that is none" 1 cxr-model randomise --layer layer9 -o x m
like "is named" "$(cat err)" '^cxr-model: m: .*layer9'

# --- a model that somebody else made
perl -0777 -pe 's/"train.epochs":"1"/"a\\nb\\tc":"\\u001b"/' m >evil
exits "control bytes in the metadata" 0 cxr-model info evil
like "are replaced" "$(head -n 1 out)" '^a[?]b[?]c	[?]'
not_ok "all of them" grep -q $'\x1b' out
perl -0777 -pe 's/"temperature":"1"/"temperature":"0"/' m >evil
exits "a temperature of 0" 1 cxr-model info evil
perl -0777 -pe 's/.\z/\x55/s' m >evil
exits "other weights than the digest says" 1 cxr-model info evil
like "are told" "$(cat err)" 'digest'

# --- torchvision takes what is exported
python=/usr/bin/python3
if "$python" -c 'import torch, torchvision' 2>/dev/null; then
	cat >load.py <<'END'
import json, struct, sys, torch, torchvision
b = open(sys.argv[1], 'rb').read()
n, = struct.unpack('<Q', b[:8])
head = json.loads(b[8:8 + n])
assert head.pop('__metadata__') == {'format': 'pt'}
state = {k: torch.frombuffer(bytearray(b[8 + n + t['data_offsets'][0]:8 + n + t['data_offsets'][1]]),
         dtype=torch.float32).reshape(t['shape']) for k, t in head.items()}
print(torchvision.models.resnet18(num_classes=1).load_state_dict(state, strict=True))
END
	exits "strict load_state_dict" 0 "$python" load.py plain
	like "fits" "$(cat out)" 'All keys matched'
	cat >save.py <<'END'
import numpy, torch
state = {'state_dict': {'module.' + k: torch.from_numpy(v) for k, v in numpy.load('m.npz').items()}}
torch.save(state, 'm.pth')
torch.save(state, 'old.pth', _use_new_zipfile_serialization=False)
END
	exits "numpy reads our .npz and torch saves it" 0 "$python" save.py
	cxr-model import -q -a resnet18 -o zip m.pth
	is "what is read back from a zip" "$(field digest zip)" "$(field digest m)"
	cxr-model import -q -a resnet18 -o stream old.pth
	is "and from a stream" "$(field digest stream)" "$(field digest m)"
else
	skip 5 "no torchvision for $python: strict load_state_dict not tried"
fi

# --- what is refused, with nothing left behind
rm -f x
exits "nothing to set" 2 cxr-model set -o x m
exits "no probability" 2 cxr-model set --threshold 1.5 -o x m
exits "temperature 0" 2 cxr-model set --temperature 0 -o x m
exits "a threshold that is no number" 2 cxr-model set --threshold high -o x m
exits "an infinite temperature" 2 cxr-model set --temperature inf -o x m
exits "an empty -o" 2 cxr-model export -o '' m
exits "usage comes before files" 2 cxr-model set -o x nothing
exits "an option of another command" 2 cxr-model info --threshold .5 m
like "is named" "$(cat err)" 'cxr-model info takes no --threshold'
exits "classes that do not fit the outputs" 2 cxr-model import -a resnet18 --classes A,B,C -o x plain
exits "a class twice" 2 cxr-model import -a resnet18 --classes A,A -o x plain
exits "a recipe that is none" 2 cxr-model import -a resnet18 --recipe size=big -o x plain
exits "images too small" 2 cxr-model import -a resnet18 --recipe size=8x8 -o x plain
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
exits "a torch file that is cut" 1 cxr-model import -a resnet18 -o x zip.pth
like "is told" "$(cat err)" '^cxr-model: zip.pth: damaged zip archive'
printf '\200\2\212\12l\374\234F\371 j\250P\31.' >old.pth
exits "an old torch file" 1 cxr-model import -a resnet18 -o x old.pth
like "is told, too" "$(cat err)" 'old.pth: damaged pickle'
printf '\211HDF\r\n\032\n and more' >w.h5
exits "a Keras file" 1 cxr-model import -a vgg16 -o x w.h5
like "is told, as well" "$(cat err)" 'damaged HDF5 file|built without HDF5'
exits "a Keras file for what Keras has differently" 1 cxr-model import -a resnet50 -o x w.h5
like "is refused with the reason" "$(cat err)" 'not for resnet50, it halves'
exits "a malicious one" 1 cxr-model import -a resnet18 -o x "$top/tests/zoo/weights/bad.system"
like "is refused by name" "$(cat err)" 'refused: posix.system '
not_ok "and not executed" test -e executed
: >empty
exits "an empty file" 1 cxr-model import -a resnet18 -o x empty
exits "nothing on standard input" 1 cxr-model import -a resnet18 -o x -
exits "import of a missing file" 1 cxr-model import -a resnet18 -o x nothing
exits "import of a directory" 1 cxr-model import -a resnet18 -o x A
exits "a full disk" 1 cxr-model export -o /dev/full m
exits "a full disk for set" 1 cxr-model set --threshold .3 -o /dev/full m
like "is named with the file" "$(cat err)" '^cxr-model: /dev/full: .*No space'
exits "a full disk for info" 1 bash -c 'cxr-model info m >/dev/full'
exits "no such place" 1 cxr-model set --threshold .3 -o nowhere/x m
exits "a directory to write to" 1 cxr-model set --threshold .3 -o A m
not_ok "nothing was left" test -e x
is "no temporary file either" "$(find . -name '*.tmp*')" ""

done_testing
