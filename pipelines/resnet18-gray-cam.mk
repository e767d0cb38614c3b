# ResNet-18 on gray images of one channel (also folders of .npy), one output, Adam with a schedule; class activation
# maps, signed, beside the original. System D.
#
#   make -f pipelines/resnet18-gray-cam.mk [DATA=chest_xray] [WEIGHTS=FILE]
include $(dir $(lastword $(MAKEFILE_LIST)))start.mk

OUT     = out/resnet18-gray-cam

ARCH    = resnet18
RECIPE  = gray
EPOCHS  = $(if $(DATA),8,5)
LR      = $(if $(WEIGHTS),1e-4,1e-3)
TRAIN   = --optimizer adam --schedule cosine --augment rotate=5,shift=0.05,zoom=0.1,crop=0.8
SIZE    = $(if $(DATA),224,160)
N       = 800#             synthetic images
CAM     = --method cam --normalise minmax --style side --colormap jet --paint all

include $(here)rules.mk
