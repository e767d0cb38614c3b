# ResNet-18 with two outputs, cross-entropy and Adam, images mirrored and turned at random. DROPOUT=0 trains it without
# dropout. System C.
#
#   make -f pipelines/resnet18-two-class.mk [DATA=chest_xray] [WEIGHTS=FILE]

DATA    =#                 folder or archive; empty: synthetic images
WEIGHTS =#                 ResNet-18 of ImageNet; empty: random
OUT     = out/resnet18-two-class
J       =#                 threads; empty: all CPUs this process may use
BIN     =#                 where the tools are; empty: they are built first

DROPOUT = 0.5
ARCH    = resnet18:head=drop$(DROPOUT):classes=2
SEED    = 1
BATCH   = 32
EPOCHS  = $(if $(DATA),20,6)
LR      = $(if $(WEIGHTS),1e-4,1e-3)
TRAIN   = --optimizer adam --loss ce --hflip --augment rotate=10
SIZE    = $(if $(DATA),224,160)
N       = 800#             synthetic images
CAM     = --method gradcam --layer layer4 --style side

# Shares of the patients: where the data bring a test split, and where they do not.
SPLIT   = train=0.85,val=0.15
SPLIT3  = train=0.7,val=0.15,test=0.15

include $(dir $(lastword $(MAKEFILE_LIST)))rules.mk
