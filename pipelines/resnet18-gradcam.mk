# ResNet-18 with one output, binary cross-entropy and Adam; images mirrored, turned and cropped at random; Grad-CAM of
# the last layer. System A.
#
#   make -f pipelines/resnet18-gradcam.mk [DATA=chest_xray] [WEIGHTS=FILE]
include $(dir $(lastword $(MAKEFILE_LIST)))start.mk

OUT     = out/resnet18-gradcam

ARCH    = resnet18
EPOCHS  = 5
LR      = $(if $(WEIGHTS),1e-4,1e-3)
TRAIN   = --optimizer adam --class-weights balanced --hflip --augment crop=0.8,rotate=7
SIZE    = $(if $(DATA),224,160)
N       = 800#             synthetic images
CAM     = --method gradcam --layer layer4 --style side --colormap jet --scale own --paint all

include $(here)rules.mk
