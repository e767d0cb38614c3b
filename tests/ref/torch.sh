#!/bin/bash
# torch.sh WRITER DIR: whole networks beside PyTorch, where there is one; on real images where there are some.
set -eu
writer=$1 dir=$2 here=${0%/*}
python=
for p in /usr/bin/python3 python3; do
	if [ -z "$python" ] && "$p" -c 'import torch, torchvision' 2>/dev/null; then python=$p; fi
done
if [ -z "$python" ]; then
	echo "skipped: no python3-torch and python3-torchvision"
	exit 0
fi
mkdir -p "$dir"
: >"$dir/stream"
if [ -d "${CXR_DATA:-}/chest_xray" ] && command -v cxr-prep >/dev/null; then
	cxr-list "$CXR_DATA/chest_xray/val" | cxr-prep --store u8 >"$dir/stream"
fi
status=0
for arch in resnet18 resnet34 resnet50 vgg19 vgg16_bn:head=drop0.4,128,relu,drop0.3 densenet169 mobilenet_v2 \
	inception_v3 xception stack:mobilenet_v2+densenet121:head=256,relu,drop0.5; do
	"$python" -B "$here/nn_whole.py" "$arch" "$writer" "$dir" "$dir/stream" || status=1
done
if "$python" -c 'import h5py' 2>/dev/null && ldd "$(command -v cxr-model)" | grep -q hdf5; then
	for arch in vgg19 densenet169 mobilenet_v2 xception; do
		"$python" -B "$here/weights_keras.py" "$arch" "$dir" || status=1
	done
else
	echo "skipped: no python3-h5py, or tools without HDF5: weights of Keras"
fi
# Maps of real images, by a network that has learned a little from them.
methods=gradcam,gradcampp,hirescam,xgradcam,layercam,eigencam
if [ -s "$dir/stream" ]; then
	weights=$CXR_DATA/weights/resnet18-imagenet-layers1to3.safetensors
	if [ ! -e "$weights" ]; then weights=; fi
	cxr-train -q -a resnet18 ${weights:+--init "$weights"} --epochs 4 --batch 8 --seed 1 -o "$dir/m" "$dir/stream" >"$dir/log"
	cxr-model export -o "$dir/plain" "$dir/m"
	cxr-cam -q -m "$dir/m" --method "$methods" --layer layer4.1,layer3.1 --normalise none "$dir/stream" >"$dir/maps"
	"$python" -B "$here/explain_real.py" "$dir/plain" "$dir/maps" || status=1
else
	echo "skipped: no real images: their maps"
fi
rm -rf "$dir"
exit $status
