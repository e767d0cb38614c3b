# ResNet-18 with two outputs, cross-entropy and Adam, images mirrored and turned at random. DROPOUT=0 trains it without
# dropout. System C.
#
#   make -f pipelines/resnet18-two-class.mk [DATA=chest_xray] [WEIGHTS=FILE]
include $(dir $(lastword $(MAKEFILE_LIST)))start.mk

OUT     = out/resnet18-two-class

DROPOUT = 0.5
ARCH    = resnet18:head=drop$(DROPOUT):classes=2
BATCH   = 32
EPOCHS  = $(if $(DATA),20,6)
LR      = $(if $(WEIGHTS),1e-4,1e-3)
TRAIN   = --optimizer adam --loss ce --hflip --augment rotate=10
SIZE    = $(if $(DATA),224,160)
N       = 800#             synthetic images
CAM     = --method gradcam --layer layer4 --style side --colormap jet --scale own --paint all

include $(here)rules.mk
