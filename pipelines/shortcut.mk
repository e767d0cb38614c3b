# Does a network look at the disease or at a mark? Two networks that are the same but for their images, synthetic ones:
# one learns from images of which most with PNEUMONIA carry a mark in a corner, the other from the same images
# without. Both are asked about images as the first has learned, with the mark moved to NORMAL, and without it; and
# audited, which needs no such images.
#
#   make -f pipelines/shortcut.mk       out/shortcut/shortcut.tsv, and a report of each
#
# It fails when the accuracy of the marked network does not fall, when its audit does not flag it, or when the clean
# network does not pass.
include $(dir $(lastword $(MAKEFILE_LIST)))start.mk

OUT     = out/shortcut
N       = 700
SIZE    = 128
EPOCHS  = 5
MARKED  = 0.95#            share of the images with PNEUMONIA that are marked

PASSES  = full.mk rules.mk measure.mk
$(check)
full = $(MAKE) -f $(here)full.mk DATA= N=$(N) SIZE=$(SIZE) EPOCHS=$(EPOCHS) SEED=$(SEED) \
       SPLIT=$(SPLIT) LAYER='--layer layer3'

all: $(OUT)/shortcut.tsv
	@cat $<

networks:
	@$(full) OUT=$(OUT)/marked PHANTOM='--shortcut $(MARKED)'
	@$(full) OUT=$(OUT)/clean
$(OUT)/marked/model.safetensors $(OUT)/clean/model.safetensors: networks ;

$(OUT)/moved.cxr: $(OUT)/clean/model.safetensors
	@echo "moved    $@"
	@rm -rf $(OUT)/moved
	@cxr-phantom -q $$JOBS -n $(N) -s $(SIZE) --seed $(SEED) --shortcut $(MARKED) --moved -o $(OUT)/moved
	@cxr-list --only split=test $(OUT)/moved/chest | cxr-prep -q $$JOBS -m $< --store u8 > $@.tmp
	@mv $@.tmp $@

$(OUT)/shortcut.tsv: $(OUT)/moved.cxr $(OUT)/marked/model.safetensors $(OUT)/clean/model.safetensors $(here)shortcut.awk
	@for model in marked clean; do for mark in marked moved clean; do \
		test=$(OUT)/$$mark/test.cxr; [ $$mark != moved ] || test=$(OUT)/moved.cxr; \
		cxr-infer -q $$JOBS -m $(OUT)/$$model/model.safetensors -t $$test | \
		cxr-metrics $$JOBS --format tsv | sed "s/^/$$model\t$$mark\t/"; \
	done; sed "s/^/$$model\taudit\t/" $(OUT)/$$model/audit.tsv; done > $@.tmp
	@awk -f $(here)shortcut.awk $@.tmp > $@.new || { rm -f $@.tmp; exit 1; }
	@rm $@.tmp; mv $@.new $@

.PHONY: networks
