# What each part of full.mk's recipe buys on pictures from elsewhere: bench/accuracy.md, made anew by
#
#   make -f bench/accuracy.mk DATA=chest_xray [WEIGHTS=FILE] [VARIANTS='plain tone'] [SEEDS='1 2']
#
# A validation split of the same pictures is solved by all of them and says nothing. The normal pictures of this data set
# come in two series, IM- and NORMAL2-IM-: networks learn from the one and are asked about the other, with pneumonia
# pictures of patients they have not seen. Threshold and temperature are chosen as full.mk does, on validation pictures of
# the series learned from, under shifts. The official test pictures are no part of it.

DATA     =#                the folder chest_xray
WEIGHTS  =#                weights to start from; empty: random
OUT      = out/accuracy
BIN      =#                where the tools are; empty: build/bin
SIZE     = 128
EPOCHS   = 5
LR       = 3e-4
SEEDS    = 1 2
VARIANTS = plain tone geometry tone-geometry heavy crop mixup smoothing perimage tone-perimage ema large

tone      = gamma=0.5,contrast=0.4,brightness=0.1
geometry  = rotate=7,shift=0.05,zoom=0.1
train_tone          = --augment $(tone)
train_geometry      = --augment $(geometry)
train_tone-geometry = --augment $(tone),$(geometry)
train_heavy         = --augment $(tone),rotate=10,shift=0.1,zoom=0.15,noise=0.05,blur=1.5,erase=0.5
train_crop          = --augment crop=0.5
train_mixup         = --augment mixup=0.4
train_smoothing     = --smoothing 0.1
train_tone-perimage = --augment $(tone)
train_ema           = --augment $(tone) --ema 0.99
train_large         = --augment $(tone)
prep_perimage       = --recipe perimage
prep_tone-perimage  = --recipe perimage
size_large          = 224

SHELL       = bash
.SHELLFLAGS = -eu -o pipefail -c
.NOTPARALLEL:
.DELETE_ON_ERROR:
.SECONDARY:
here := $(dir $(lastword $(MAKEFILE_LIST)))
export PATH := $(abspath $(or $(BIN),$(here)../build/bin)):$(PATH)
runs := $(foreach v,$(VARIANTS),$(foreach s,$(SEEDS),$(OUT)/$(v).$(s).row))
$(if $(DATA),,$(error DATA=chest_xray is needed))

all: $(runs)
	@{ printf '%s\n' '| recipe | seed | AUC | sensitivity | specificity | balanced accuracy | ECE | seconds |' \
		'|---|---|---|---|---|---|---|---|'; cat $(runs); } > $(OUT)/accuracy.md
	@cat $(OUT)/accuracy.md

# Learned from: IM- and four fifths of the pneumonia patients, a tenth of both to validate; asked about: NORMAL2-IM- and
# the others.
$(OUT)/list.tsv:
	@mkdir -p $(OUT)
	@cxr-list --seed 1 --split train=0.72,val=0.08,test=0.2 '$(DATA)' | awk -F'\t' -v OFS='\t' \
		'NR > 1 && $$3 ~ /^NORMAL2-/ { $$4 = "test" } NR > 1 && $$3 ~ /^IM-/ && $$4 == "test" { $$4 = "train" } 1' > $@

$(OUT)/%/test.cxr: $(OUT)/list.tsv
	@mkdir -p $(@D)
	@for s in train val test; do cxr-list --only split=$$s - < $< | \
		cxr-prep -q $(prep_$*) -s $(or $(size_$*),$(SIZE)) --store u8 > $(@D)/$$s.cxr; done

# Stem: RECIPE.SEED
row = $(OUT)/$(basename $*)
$(OUT)/%.row: $(OUT)/list.tsv
	@$(MAKE) --no-print-directory -f $(here)accuracy.mk $(row)/test.cxr
	@echo "$*"
	@start=$$(date +%s); cxr-train -q -a resnet18 $(if $(WEIGHTS),--init '$(WEIGHTS)') --class-weights balanced \
		--optimizer adamw --schedule onecycle --epochs $(EPOCHS) --lr $(LR) $(train_$(basename $*)) \
		--seed $(subst .,,$(suffix $*)) -o $(OUT)/$*.model $(row)/train.cxr > $(OUT)/$*.log; \
	seconds=$$(($$(date +%s) - start)); \
	cxr-infer -q -m $(OUT)/$*.model -t $(row)/test.cxr > $(OUT)/$*.test.tsv; \
	cxr-infer -q -m $(OUT)/$*.model --stress -t $(row)/val.cxr > $(OUT)/$*.stress.tsv; \
	cxr-metrics --format tsv --calibrate-on $(OUT)/$*.stress.tsv --choose-on $(OUT)/$*.stress.tsv $(OUT)/$*.test.tsv \
		2> /dev/null | awk -F'\t' -v recipe=$(basename $*) -v seed=$(subst .,,$(suffix $*)) -v seconds=$$seconds ' \
		{ at[$$1] = sprintf("%.3f (%.3f-%.3f)", $$2, $$3, $$4) } \
		END { print "| " recipe " | " seed " | " at["auc"] " | " at["recall"] " | " at["specificity"] " | " \
			at["balanced_accuracy"] " | " at["ece"] " | " seconds " |" }' > $@

.PHONY: all
