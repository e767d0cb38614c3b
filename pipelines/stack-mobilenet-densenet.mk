# Features of MobileNetV2 and DenseNet-169, frozen, into one head of two hidden layers: only the head is trained, and
# explained as a whole, one map per branch. System B.
#
#   make -f pipelines/stack-mobilenet-densenet.mk [DATA=chest_xray] [WEIGHTS=FILE]

DATA    =#                 folder or archive; empty: synthetic images
WEIGHTS =#                 a=MOBILENET,b=DENSENET, both of ImageNet; empty: random
OUT     = out/stack-mobilenet-densenet
J       =#                 threads; empty: all CPUs this process may use
BIN     =#                 where the tools are; empty: they are built first

ARCH    = stack:mobilenet_v2+densenet169
SEED    = 1
BATCH   = 16
EPOCHS  = $(if $(DATA),20,4)
LR      = $(if $(WEIGHTS),1e-4,1e-3)
# Random features, frozen, say little: without weights everything is trained.
FROZEN  = $(if $(WEIGHTS),--train head)
TRAIN   = $(FROZEN) --optimizer adam --class-weights balanced --patience 6 --schedule plateau:patience=6:factor=0.01 \
          --hflip --augment rotate=20,shift=0.2,zoom=0.2
SIZE    = $(if $(DATA),224,96)
N       = 400#             synthetic images
CAM     = --method gradcam --style side

# Shares of the patients: where the data bring a test split, and where they do not.
SPLIT   = train=0.85,val=0.15
SPLIT3  = train=0.7,val=0.15,test=0.15

include $(dir $(lastword $(MAKEFILE_LIST)))rules.mk
