# Cross-validation: every patient is scored by a network that has not seen him. FOLDS networks, pooled scores, measures,
# a report of the pooled scores and of each fold beside the others.
#
#   make -f pipelines/crossval.mk                              synthetic images, out/crossval/report.html
#   make -f pipelines/crossval.mk DATA=chest_xray FOLDS=5      a folder or archive; a test split in it is left out
#
# The fold that is scored is not validated on: the last epoch's parameters are what is scored, so that nothing is chosen
# by it.
include $(dir $(lastword $(MAKEFILE_LIST)))start.mk

FOLDS   = 5
OUT     = out/crossval
ARCH    = resnet18
TRAIN   = --optimizer adam --schedule cosine
N       = 400#             synthetic images
SIZE    = $(if $(DATA),224,96)
EPOCHS  = $(if $(DATA),4,3)
LR      = $(if $(DATA),1e-4,1e-3)

$(check)
folds = $(shell seq $(FOLDS))

all: $(OUT)/report.html
	@echo "$<"
$(OUT)/phantom: | tools
	@mkdir -p $(OUT)
	cxr-phantom $$JOBS -n $(N) -s $(SIZE) --seed $(SEED) -o $@

# What the data call test stays out of it, for a last look.
$(OUT)/list.tsv: $(if $(DATA),,$(OUT)/phantom) | tools
	@mkdir -p $(OUT)
	cxr-list$(labels) $(call quote,$(data)) | awk -F'\t' '$$4 != "test"' > $@

$(OUT)/fold%.tsv: $(OUT)/list.tsv
	cxr-list --seed $(SEED) --fold $*/$(FOLDS) - < $< > $@
$(OUT)/train%.cxr: $(OUT)/fold%.tsv
	cxr-list --only split=train - < $< | cxr-prep $$JOBS -s $(SIZE) --store u8 > $@
$(OUT)/val%.cxr: $(OUT)/fold%.tsv
	cxr-list --only split=val - < $< | cxr-prep $$JOBS -s $(SIZE) --store u8 > $@
$(OUT)/model%.safetensors: $(OUT)/train%.cxr
	resume=; if [ -e $@.ckpt ]; then resume='--resume $@.ckpt'; fi; \
	cxr-train $$JOBS -a $(ARCH)$(if $(WEIGHTS), --init $(call quote,$(WEIGHTS))) --epochs $(EPOCHS) --batch $(BATCH) \
	  --lr $(LR) $(TRAIN) --seed $(SEED) $$resume -o $@ $< > $(OUT)/log$*.tsv
$(OUT)/scores%.tsv: $(OUT)/val%.cxr $(OUT)/model%.safetensors
	cxr-infer $$JOBS -t -m $(OUT)/model$*.safetensors $< > $@

# Everybody once, with the fold as a column of its own.
$(OUT)/scores.tsv: $(folds:%=$(OUT)/scores%.tsv)
	for k in $(folds); do awk -v k=$$k 'NR == 1 { if (k == 1) print $$0 "\tx.fold"; next } { print $$0 "\t" k }' \
	  $(OUT)/scores$$k.tsv; done > $@
$(OUT)/metrics.tsv: $(OUT)/scores.tsv
	cxr-metrics $$JOBS --format tsv $< > $@

# The report is of a folder of its own: the list has no test split, and the networks are several.
pooled = $(OUT)/pooled
$(OUT)/report.html: $(OUT)/metrics.tsv
	rm -rf $(pooled); mkdir -p $(pooled)/plots $(pooled)/commands
	$(if $(DATA),,echo 'cxr-phantom -n $(N) -s $(SIZE) --seed $(SEED)' > $(pooled)/commands/1-phantom)
	echo 'cxr-list --seed $(SEED) --fold K/$(FOLDS)' > $(pooled)/commands/2-list
	echo cxr-train -a $(ARCH)$(if $(WEIGHTS), --init $(call quote,$(WEIGHTS))) --epochs $(EPOCHS) --batch $(BATCH) \
	  --lr $(LR) $(TRAIN) --seed $(SEED) > $(pooled)/commands/4-train
	cp $(OUT)/scores.tsv $(pooled)/scores-test.tsv
	cxr-metrics $$JOBS --format tsv -o $(pooled)/curves $(OUT)/scores.tsv > $(pooled)/metrics.tsv
	cxr-metrics $$JOBS --by x.fold $(OUT)/scores.tsv > $(pooled)/groups.tsv
	cxr-eda -o $(pooled)/eda $(folds:%=$(OUT)/val%.cxr)
	gnuplot -c $(here)eda.gp $(pooled)/eda $(abspath $(here)eda.awk)
	gnuplot -c $(here)plots.gp $(pooled) $(abspath $(here)histogram.awk) plots
	cxr-report -o $@ --numbers $(OUT)/report.json $(pooled)

.SECONDARY:
