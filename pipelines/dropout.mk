# Does dropout help? System C (resnet18-two-class.mk) with and without it, on the same images, side by side on one
# page, OUT/report.html: OUT/compare.tsv has with minus without and a paired test.
#
#   make -f pipelines/dropout.mk [DATA=chest_xray] [WEIGHTS=FILE]     and any variable of that recipe

DATA    =#                 folder or archive; empty: synthetic images
OUT     = out/dropout
BIN     =#                 where the tools are; empty: they are built first
DROPOUT = 0.5
N       = 800#             synthetic images
SEED    = 1
EPOCHS  = $(if $(DATA),20,6)
SIZE    = $(if $(DATA),224,160)

here := $(dir $(lastword $(MAKEFILE_LIST)))
bin  := $(abspath $(or $(BIN),$(here)../build/bin))
data  = $(or $(DATA),$(OUT)/phantom/chest)
run   = +$(MAKE) --no-print-directory -f $(here)resnet18-two-class.mk DATA='$(data)' EPOCHS=$(EPOCHS) SIZE=$(SIZE)

all: $(if $(DATA),,$(OUT)/phantom)
	$(run) OUT=$(OUT)/with DROPOUT=$(DROPOUT)
	$(run) OUT=$(OUT)/without DROPOUT=0
	+$(MAKE) --no-print-directory -f $(here)compare.mk OUT='$(OUT)' RUNS='$(OUT)/with $(OUT)/without'

# Both networks see the same images.
$(OUT)/phantom:
	$(if $(BIN),,@$(MAKE) -C '$(here)..' tools >&2)
	$(bin)/cxr-phantom -n $(N) -s $(SIZE) --seed $(SEED) -o $@

.PHONY: all
