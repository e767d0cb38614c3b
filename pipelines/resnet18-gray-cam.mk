# ResNet-18 on gray images of one channel (also folders of .npy), one output, Adam with a schedule; class activation
# maps, signed, beside the original. System D.
#
#   make -f pipelines/resnet18-gray-cam.mk [DATA=chest_xray] [WEIGHTS=FILE]

DATA    =#                 folder or archive; empty: synthetic images
WEIGHTS =#                 ResNet-18 of ImageNet, its first layer summed over colours; empty: random
OUT     = out/resnet18-gray-cam
J       =#                 threads; empty: all CPUs this process may use
BIN     =#                 where the tools are; empty: they are built first

ARCH    = resnet18
RECIPE  = gray
SEED    = 1
BATCH   = 16
EPOCHS  = $(if $(DATA),8,5)
LR      = $(if $(WEIGHTS),1e-4,1e-3)
TRAIN   = --optimizer adam --schedule cosine --augment rotate=5,shift=0.05,zoom=0.1,crop=0.8
SIZE    = $(if $(DATA),224,160)
N       = 800#             synthetic images
CAM     = --method cam --normalise minmax --style side

# Shares of the patients: where the data bring a test split, and where they do not.
SPLIT   = train=0.85,val=0.15
SPLIT3  = train=0.7,val=0.15,test=0.15

include $(dir $(lastword $(MAKEFILE_LIST)))rules.mk
