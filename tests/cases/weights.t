#!/bin/bash
# Weights as people have them: wrapped, under other keys, with values that are no numbers. All is made here.
# shellcheck source=tests/cli/lib.sh
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
done_testing
