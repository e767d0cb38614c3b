# VGG19 in two stages: a new head on a frozen trunk, then the last block of convolutions as well, slowly. Softmax over two
# classes, smoothed labels, balanced classes; hot spots of Grad-CAM before the last convolution. System E.
#
#   make -f pipelines/vgg19-two-stage.mk [DATA=chest_xray] [WEIGHTS=FILE]
include $(dir $(lastword $(MAKEFILE_LIST)))start.mk

OUT     = out/vgg19-two-stage

ARCH    = vgg19:head=drop0.4,128,relu,drop0.3:classes=2
EPOCHS  = 5
LR      = 3e-4
FIRST   = $(if $(DATA),7,2)#   epochs of each stage, at most
SECOND  = $(if $(DATA),14,2)
PLATEAU = schedule=plateau:patience=2:factor=0.5 patience=5
# Without weights a frozen trunk is noise: the first stage trains everything.
HEAD    = $(if $(WEIGHTS),train=classifier )
TRAIN   = --optimizer adam --loss ce --smoothing 0.05 --class-weights balanced --l2 classifier.1=1e-4 \
          --stage '$(HEAD)lr=3e-4 epochs=$(strip $(FIRST)) $(PLATEAU)' \
          --stage 'train=features.28+ lr=1e-5 clip=1 epochs=$(strip $(SECOND)) $(PLATEAU)'
SIZE    = $(if $(DATA),256,64)
N       = 300#             synthetic images
CAM     = --method gradcam --layer features.33 --normalise p99 --style hotspot --paint all

include $(here)rules.mk
