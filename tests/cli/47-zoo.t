#!/bin/bash
# Every family of architectures through the tools: trained, scored, mapped; heads, stacks and what is refused.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/train.sh
. "$top/tests/cli/train.sh"

images 3
# shellcheck disable=SC2094 # u8 is none of the images
cxr-prep -q -s 32 --store u8 A/*.pgm B/*.pgm >u8
cxr-prep -q -s 32 -c 1 --store u8 A/*.pgm B/*.pgm >gray
cxr-prep -q -s 75 -c 1 --store u8 A/*.pgm B/*.pgm >gray75
cxr-prep -q -s 299 --store u8 A/001.pgm B/001.pgm >u299

# goes SPEC STREAM [OPTION...]: one epoch, scores, maps
goes() {
	local spec=$1 stream=$2
	shift 2
	exits "$spec is trained" 0 cxr-train -q -a "$spec" -o m --batch 6 --epochs 1 "$@" "$stream"
	exits "scores" 0 cxr-infer -q -t -m m "$stream"
	is "every image" "$(grep -c 'seen$' out)" 6
	exits "and maps" 0 cxr-cam -q -m m "$stream"
}
maps() { cxr-show out | grep -o 'map[a-z0-9._]* F32' | sort -u | tr '\n' ' '; }
# default_is LAYER STREAM: the layer mapped unless another is asked for
default_is() {
	mv out maps.default
	exits "--layer $1" 0 cxr-cam -q -m m --layer "$1" "$2"
	is "is the default" "$(cxr-show --item 2 --npy map out | cksum)" "$(cxr-show --item 2 --npy map maps.default | cksum)"
}

goes vgg19:head=drop0.4,8,relu,drop0.3:classes=2 u8 --train features.28+
default_is features.36 u8
exits "block 5" 0 cxr-cam -q -m m --layer features.28,features.33,features.35 u8
is "by torchvision's numbers" "$(maps)" "map.gradcam.features.28 F32 map.gradcam.features.33 F32 map.gradcam.features.35 F32 "
like "the head, too" "$(cxr-model info m)" 'classifier.1 dense .* weight:8x512 bias:8'
goes densenet121 gray
default_is relu gray
exits "a block" 0 cxr-cam -q -m m --layer features.denseblock3 gray
cxr-model export -o dense.st m
goes mobilenet_v2 u8 --train features.18+
default_is features.18.2 u8
cxr-model export -o mobile.st m
goes mobilenet_v2_onnx gray
goes xception gray
default_is relu4 gray
goes inception_v3 gray75
default_is Mixed_7c gray75
goes stack:mobilenet_v2+resnet18:head=bn,8,relu u8 --train head,b.layer4
is "one map for each branch" "$(maps)" "map.gradcam.a.features.18.2 F32 map.gradcam.b.layer4.1 F32 "
exits "that has an image each" 0 bash -c 'cxr-cam -q -m m -o png u8 >/dev/null'
is "named after the layer" "$(find png -name '*.png' | sed 's/.*gradcam/gradcam/' | sort -u | tr '\n' ' ')" \
	"gradcam.a.features.18.2.png gradcam.b.layer4.1.png "
cxr-cam -q -m m u8 >maps.branches
exits "one branch" 0 cxr-cam -q -m m --layer b u8
is "by its letter" "$(cxr-show --item 2 --npy map out | cksum)" \
	"$(cxr-show --item 2 --npy map.gradcam.b.layer4.1 maps.branches | cksum)"
exits "both in one map" 0 cxr-cam -q -m m --method gradcam,layercam --fuse u8
like "named after both" "$(cxr-show out)" 'map.gradcam.a.features.18.2\+b.layer4.1 F32 '
exits "no feature map of a stack" 1 cxr-infer -q -m m --feat u8
exits "no CAM of it" 1 cxr-cam -q -m m --method cam u8
like "which is told with what it needs" "$(cat err)" 'CAM is not defined at a.features.18.2: it needs .* one dense layer'
cxr-train -q -a stack:mobilenet_v2+resnet18:head=drop0 --train head -o m --batch 6 --epochs 1 u8 >/dev/null
exits "a stack whose averages one dense layer reads" 0 cxr-cam -q -m m --method cam,gradcam u8
is "has the evidence of each branch" "$(cxr-show out | grep -o 'map.cam[a-z0-9._]* F32' | sort -u | tr '\n' ' ')" \
	"map.cam.a.features.18.2 F32 map.cam.b.layer4.1 F32 "

# --- the auxiliary classifier learns
for rate in 0 0.1; do
	exits "aux=1, rate $rate" 0 cxr-train -q -a inception_v3:aux=1 --train AuxLogits.fc --epochs 1 --lr $rate -o m$rate u299
	cxr-model export -o "$rate.st" "m$rate"
done
not_ok "which changes it" cmp 0.st 0.1.st
is "and nothing else" "$(cmp -l 0.st 0.1.st | wc -l | awk '{ print $1 <= 4 * 769 }')" 1

# --- counts and weights
if [ -n "$data" ]; then
	weights=$data/weights/mobilenet_v2-imagenet-features.safetensors
	exits "ImageNet's MobileNetV2" 0 cxr-model import -a mobilenet_v2_onnx --partial -o m "$weights"
	like "but for the head" "$(cat err)" '265 of 267 tensors loaded; started at random: classifier.1$'
else
	skip 2 "no real data"
fi
cxr-train -q -a stack:mobilenet_v2+densenet169 --train head --epochs 1 --lr 0 -o m u8 >/dev/null
is "two backbones and their head" "$(cxr-model info m | awk -F'\t' '/^(parameters|statistics)/ { n += $2 } END { print n }')" 15700609
python=/usr/bin/python3
if "$python" -c 'import torch, torchvision' 2>/dev/null; then
	cat >load.py <<'END'
import json, struct, sys, torch, torchvision
b = open(sys.argv[2], 'rb').read()
n, = struct.unpack('<Q', b[:8])
head = json.loads(b[8:8 + n])
head.pop('__metadata__')
state = {k: torch.frombuffer(bytearray(b[8 + n + t['data_offsets'][0]:8 + n + t['data_offsets'][1]]),
         dtype=torch.float32).reshape(t['shape']) for k, t in head.items()}
net = getattr(torchvision.models, sys.argv[1])(num_classes=1)
if sys.argv[1] == 'densenet121':
    net.features.conv0 = torch.nn.Conv2d(1, 64, 7, 2, 3, bias=False)
print(net.load_state_dict(state, strict=True))
END
	exits "torchvision takes the DenseNet" 0 "$python" load.py densenet121 dense.st
	exits "and the MobileNet" 0 "$python" load.py mobilenet_v2 mobile.st
else
	skip 2 "no torchvision for $python: strict load_state_dict not tried"
fi

# --- what is refused
# refused TEXT SPEC [OPTION...]
refused() {
	local text=$1 spec=$2
	shift 2
	exits "$spec is refused" 2 cxr-model import -a "$spec" --partial "$@" -o x dense.st
	like "clearly" "$(cat err)" "$text"
}
refused "head=: 'tanh' is neither bn, relu, a width" vgg19:head=tanh
refused "head=: 'drop1' is neither" vgg19:head=drop1
refused "head=: '' is neither" densenet121:head=
refused "'depth' is no part of an architecture spec .head=LAYERS" densenet121:depth=3
refused "a stack is no branch of a stack" stack:resnet18+stack
refused "a stack has 2 to 8 branches" stack:resnet18
refused "no architecture 'vgg0': choose one of resnet18, .*, stack:A[+]B" stack:vgg16+vgg0
refused "aux=1: vgg16 has no auxiliary" vgg16:aux=1
refused "inception_v3 needs images of at least 75x75, not 74x80" inception_v3 --recipe size=74x80
refused "aux=1 needs images of at least 299x299" inception_v3:aux=1 --recipe size=256x256
refused "channels=1, but the recipe makes images of 3" xception:channels=1
exits "images too small to train on" 1 cxr-train -q -a inception_v3 -o x gray
like "are told" "$(cat err)" 'at least 75x75, not 32x32'
exits "an unknown prefix" 1 cxr-train -q -a densenet121 --train features.denseblock5 -o x gray
like "is named" "$(cat err)" "no parameters under 'features.denseblock5'"
not_ok "nothing was left" test -e x

done_testing
