# ResNet-18 with one output, binary cross-entropy and Adam; images mirrored, turned and cropped at random; Grad-CAM of
# the last layer. System A.
#
#   make -f pipelines/resnet18-gradcam.mk [DATA=chest_xray] [WEIGHTS=FILE]

DATA    =#                 folder or archive; empty: synthetic images
WEIGHTS =#                 ResNet-18 of ImageNet; empty: random
OUT     = out/resnet18-gradcam
J       =#                 threads; empty: all CPUs this process may use
BIN     =#                 where the tools are; empty: they are built first

ARCH    = resnet18
SEED    = 1
BATCH   = 16
EPOCHS  = 5
LR      = $(if $(WEIGHTS),1e-4,1e-3)
TRAIN   = --optimizer adam --class-weights balanced --hflip --augment crop=0.8,rotate=7
SIZE    = $(if $(DATA),224,160)
N       = 800#             synthetic images
CAM     = --method gradcam --layer layer4 --style side

# Shares of the patients: where the data bring a test split, and where they do not.
SPLIT   = train=0.85,val=0.15
SPLIT3  = train=0.7,val=0.15,test=0.15

include $(dir $(lastword $(MAKEFILE_LIST)))rules.mk
