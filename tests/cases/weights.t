#!/bin/bash
# Weights as people have them: wrapped, under other keys, with values that are no numbers. All is made here.
# shellcheck source=tests/cli/lib.sh disable=SC2317 # functions called by ok
. "${0%/*}/../cli/lib.sh"

# safetensors from an exported one: names through sed, and one value of a tensor set
cat >edit.py <<'END'
import json, struct, sys
b = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", b[:8])[0]
h, data = json.loads(b[8:8 + n]), bytearray(b[8 + n:])
for name, t in list(h.items()):
    if name == sys.argv[4]:
        struct.pack_into("<f", data, t["data_offsets"][0] + 12, float(sys.argv[5]))
    if name != "__metadata__":
        h[sys.argv[3] + name] = h.pop(name)
j = json.dumps(h).encode()
open(sys.argv[2], "wb").write(struct.pack("<Q", len(j)) + j + data)
END
python=$(command -v python3) || skip_all "no python3"
cxr-phantom -q -n 8 -s 64 -o set
cxr-list -q set/chest | cxr-prep -s 32 --store u8 >train.cxr
cxr-train -q -a resnet18 --epochs 1 -o m train.cxr >/dev/null
cxr-model export -o plain.safetensors m
edit() { "$python" edit.py plain.safetensors "$@"; }

edit nan.safetensors '' layer1.0.bn1.running_mean nan
exits "import of a NaN" 1 cxr-model import -q -a resnet18 -o x nan.safetensors
like "names the tensor" "$(cat err)" 'tensor layer1.0.bn1.running_mean holds what is no finite number'
edit variance.safetensors '' layer1.0.bn1.running_var -1
exits "a negative variance" 1 cxr-model import -q -a resnet18 -o x variance.safetensors
exits "train --init of a NaN" 1 cxr-train -q -a resnet18 --init nan.safetensors --epochs 1 -o x train.cxr
like "names it, too" "$(cat err)" 'tensor layer1.0.bn1.running_mean'
for prefix in module. model.net. backbone.resnet18.; do
	edit wrapped.safetensors $prefix none 0
	exits "a wrapper $prefix" 0 cxr-model import -a resnet18 -o x wrapped.safetensors
	like "is found" "$(cat err)" '([0-9]+) of 102 tensors loaded'
	exits "or given" 0 cxr-model import -q -a resnet18 --prefix $prefix -o x wrapped.safetensors
done
exits "a wrong prefix" 1 cxr-model import -q -a resnet18 --prefix foo. -o x wrapped.safetensors
like "says what there is" "$(cat err)" 'no tensor.s name begins with foo.: they are backbone.resnet18'
exits "another network" 1 cxr-model import -q -a densenet121 -o x wrapped.safetensors
like "names of both" "$(cat err)" 'there are .*backbone.resnet18.*wanted are features.conv0.weight'
exits "export under another format's name" 2 cxr-model export -o x.pth m
ok "writes nothing" test ! -e x.pth
# --- other projects' names, put on a network of ours: what comes back is the same to the last bit
# rename IN OUT PERL: of every tensor, whose name is $_
rename() {
	perl -e 'my ($in, $out, $code) = @ARGV; local $/; open my $f, "<:raw", $in or die; my $b = <$f>;
		my $n = unpack "Q<", $b; my ($h, $d) = (substr($b, 8, $n), substr $b, 8 + $n);
		$h =~ s/"([^"]+)":\{/my $k = $1; local $_ = $k; eval $code if $k ne "__metadata__"; "\"$_\":{"/ge;
		open my $o, ">:raw", $out or die; print $o pack("Q<", length $h), $h, $d' "$@"
}
# back ARCH FILE LIKE: imported again, FILE is LIKE
back() {
	cxr-model import -q -a "$1" -o back "$2" && cxr-model export -o back.safetensors back && cmp back.safetensors "$3"
}
cxr-train -q -a mobilenet_v2 --epochs 1 -o m train.cxr >/dev/null
cxr-model export -o mobilenet.safetensors m
# shellcheck disable=SC2016 # perl
rename mobilenet.safetensors timm.safetensors 's/^features\.0\.0/conv_stem/ or s/^features\.0\.1/bn1/ or
	s/^features\.18\.0/conv_head/ or s/^features\.18\.1/bn2/ or s/^classifier\.1/classifier/ or do {
		my ($f, $p, $end) = /^features\.(\d+)\.conv\.(.*)\.(\w+)$/ or die; my @first = (1, 2, 4, 7, 11, 14, 17);
		my ($s) = grep { $first[$_] <= $f } reverse 0 .. 6;
		my %p = $f == 1 ? qw(0.0 conv_dw 0.1 bn1 1 conv_pw 2 bn2) :
			qw(0.0 conv_pw 0.1 bn1 1.0 conv_dw 1.1 bn2 2 conv_pwl 3 bn3);
		$_ = sprintf "blocks.%d.%d.%s.%s", $s, $f - $first[$s], $p{$p}, $end }'
ok "timm's MobileNetV2" back mobilenet_v2 timm.safetensors mobilenet.safetensors
rename timm.safetensors wrapped.safetensors '$_ = "backbone.$_"'
ok "in a wrapper" back mobilenet_v2 wrapped.safetensors mobilenet.safetensors
exits "as another network" 1 cxr-model import -q -a resnet18 -o x timm.safetensors
like "names of both" "$(cat err)" 'there are .*conv_stem.weight|there are .*blocks.*wanted are conv1.weight'
cxr-train -q -a densenet121 --epochs 1 -o m train.cxr >/dev/null
cxr-model export -o densenet.safetensors m
rename densenet.safetensors chexnet.safetensors 's/(denselayer\d+)\.(norm|conv)(\d)/$1.$2.$3/; s/^classifier\./classifier.0./;
	$_ = "module.densenet121.$_"'
ok "CheXNet's DenseNet" back densenet121 chexnet.safetensors densenet.safetensors

# --- what torch.save writes around a state dict; all that is left out here is torch
cat >torchsave.py <<'END'
import collections, json, pickle, struct, sys, types, zipfile

for name in ("torch", "torch._utils"):
    sys.modules[name] = types.ModuleType(name)
def function(module, name):
    f = lambda *a: None
    f.__module__, f.__name__, f.__qualname__ = module, name, name
    setattr(sys.modules[module], name, f)
    return f
rebuild = function("torch._utils", "_rebuild_tensor_v2")
kind = type("FloatStorage", (), {"__module__": "torch"})
sys.modules["torch"].FloatStorage = kind

class Storage:
    def __init__(self, key, n): self.key, self.n = key, n
class Tensor:
    def __init__(self, key, shape):
        self.key, self.shape = key, tuple(shape)
    def __reduce__(self):
        n, stride = 1, []
        for s in reversed(self.shape): stride.insert(0, n); n *= s
        return rebuild, (Storage(self.key, n), 0, self.shape, tuple(stride), False, collections.OrderedDict())
class Pickler(pickle.Pickler):
    def persistent_id(self, o):
        return ("storage", kind, o.key, "cpu", o.n) if isinstance(o, Storage) else None

b = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", b[:8])[0]
head = json.loads(b[8:8 + n])
head.pop("__metadata__", None)
out = zipfile.ZipFile(sys.argv[2], "w")
state = collections.OrderedDict()
for i, (name, t) in enumerate(head.items()):
    state[sys.argv[3] + name] = Tensor(str(i), t["shape"])
with out.open("net/data.pkl", "w") as f:
    Pickler(f, 2).dump(eval(sys.argv[4], {"state": state, "Tensor": Tensor}))
for i, t in enumerate(head.values()):
    out.writestr("net/data/%d" % i, b[8 + n + t["data_offsets"][0]:8 + n + t["data_offsets"][1]])
out.close()
END
save() { "$python" torchsave.py plain.safetensors "$@"; }
save plain.pth '' 'state'
ok "a state dict" back resnet18 plain.pth plain.safetensors
save wrapped.pth module. '{"epoch": 3, "state_dict": state, "best_loss": .3, "optimizer": {"state": {}, "param_groups": [{"lr": .1}]}}'
ok "a checkpoint of several GPUs" back resnet18 wrapped.pth plain.safetensors
save weights.pth '' '{"weights": state, "epoch": 3}'
ok "under another key" back resnet18 weights.pth plain.safetensors
save lightning.ckpt model. '{"epoch": 1, "global_step": 10, "pytorch-lightning_version": "2.1.0", "state_dict": state,
	"loops": {"fit_loop": {"state_dict": {}}}, "callbacks": {"ModelCheckpoint": {"best_k_models": {}}},
	"optimizer_states": [{"state": {}, "param_groups": []}], "lr_schedulers": [], "hparams_name": "kwargs",
	"hyper_parameters": {"lr": .001, "name": "resnet18"}}'
ok "Lightning's" back resnet18 lightning.ckpt plain.safetensors
save none.pth '' '{"epoch": 3, "loss": .1}'
exits "no weights at all" 1 cxr-model import -q -a resnet18 -o x none.pth
like "names the keys" "$(cat err)" 'its keys are epoch, loss'
rename plain.safetensors more.safetensors 's/^bn1\.bias$/op_threshs/'
exits "a tensor of other use" 0 cxr-model import -a resnet18 --partial -o x more.safetensors
like "is named" "$(cat err)" '101 of 102 tensors loaded; started at random: bn1.*not used: op_threshs'
done_testing
