# Features of MobileNetV2 and DenseNet-169, frozen, into one head of two hidden layers: only the head is trained, and
# explained as a whole, one map per branch. System B.
#
#   make -f pipelines/stack-mobilenet-densenet.mk [DATA=chest_xray] [WEIGHTS=FILE]
include $(dir $(lastword $(MAKEFILE_LIST)))start.mk

OUT     = out/stack-mobilenet-densenet

ARCH    = stack:mobilenet_v2+densenet169
EPOCHS  = $(if $(DATA),20,4)
LR      = $(if $(WEIGHTS),1e-4,1e-3)
# Random features, frozen, say little: without weights everything is trained.
FROZEN  = $(if $(WEIGHTS),--train head)
TRAIN   = $(FROZEN) --optimizer adam --class-weights balanced --patience 6 --schedule plateau:patience=6:factor=0.01 \
          --hflip --augment rotate=20,shift=0.2,zoom=0.2
SIZE    = $(if $(DATA),224,96)
N       = 400#             synthetic images
CAM     = --method gradcam --style side --colormap jet --scale own --paint all

include $(here)rules.mk
