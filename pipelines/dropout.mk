# Does dropout help? System C (resnet18-two-class.mk) with and without it, on the same images, side by side on one
# page, OUT/report.html: OUT/compare.tsv has with minus without and a paired test.
#
#   make -f pipelines/dropout.mk [DATA=chest_xray] [WEIGHTS=FILE]     and any variable of that recipe
include $(dir $(lastword $(MAKEFILE_LIST)))start.mk

OUT     = out/dropout
DROPOUT = 0.5
N       = 800#             synthetic images
EPOCHS  = $(if $(DATA),20,6)
SIZE    = $(if $(DATA),224,160)

PASSES  = resnet18-two-class.mk rules.mk
$(check)
run   = +$(MAKE) -f $(here)resnet18-two-class.mk DATA='$(data)' EPOCHS=$(EPOCHS) SIZE=$(SIZE)

all: $(if $(DATA),,$(OUT)/phantom)
	$(run) OUT=$(OUT)/with DROPOUT=$(DROPOUT)
	$(run) OUT=$(OUT)/without DROPOUT=0
	+$(MAKE) -f $(here)compare.mk OUT='$(OUT)' RUNS='$(OUT)/with $(OUT)/without'

# Both networks see the same images.
$(OUT)/phantom: | tools
	cxr-phantom -n $(N) -s $(SIZE) --seed $(SEED) -o $@

