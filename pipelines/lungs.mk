# Lung masks without masks: a small network learns where lungs are from images that have masks, is tried on patients that
# it was not trained on, and makes masks of whatever images it is given.
#
#   make -f pipelines/lungs.mk                                          synthetic images, whose lungs are known
#   make -f pipelines/lungs.mk DATA=chest_xray MASKS=lung_masks ON=others   images, their masks, images that have none
#
# OUT/lungs.safetensors is the network, OUT/masks/ has the masks of ON (of the held-out images, where ON is empty), and
# OUT/log.tsv the Dice coefficient on held-out patients in its last row, which chose nothing: the last epoch is taken.
# `make -f pipelines/full.mk DATA=... LUNGS=OUT/lungs.safetensors` trains and audits with such masks.
include $(dir $(lastword $(MAKEFILE_LIST)))start.mk

OUT     = out/lungs#       everything is written here
ON      =#                 images to make masks of: a folder, archive or list; empty: the held-out ones
MASKS   = $(if $(strip $(DATA)),,$(OUT)/phantom/masks/lung)
N       = 400#             synthetic images
SIZE    = 96
EPOCHS  = $(if $(WEIGHTS),3,8)
BATCH   = $(if $(WEIGHTS),32,16)
LR      = 1e-3
# Layers of 4, 8 and 16 pixels a cell: lungs have no finer edges, and what lies behind is of no use to them.
ARCH    = resnet18:dense=layer1,layer2,layer3
# Lungs of other ages and machines are to be found, too: strong changes of tone and place.
AUGMENT = gamma=0.5,contrast=0.4,brightness=0.1,rotate=10,shift=0.1,zoom=0.2,noise=0.05,blur=1
# Weights for ARCH in a folder `weights` in or beside the data are taken where none are named.
beside  = $(foreach d,$(DATA) $(dir $(DATA:/=)),$(d:/=)/weights/$(firstword $(subst :, ,$(ARCH)))[-.]*)
WEIGHTS = $(firstword $(wildcard $(beside)))
$(check)

$(if $(strip $(MASKS)),,$(error MASKS: name the folder of the lung masks of $(DATA)))
$(foreach v,DATA ON $(if $(DATA),MASKS) $(if $(findstring =,$(WEIGHTS)),,WEIGHTS),$(call exists,$v))

from    = $(if $(filter %.tsv,$(1)),- < )$(call quote,$(1))
model   = $(OUT)/lungs.safetensors
phantom = cxr-phantom $$JOBS -n $(N) -s $(SIZE) --seed $(SEED) $(PHANTOM) -o $(OUT)/phantom
list    = cxr-list --seed $(SEED)$(labels) --split $(SPLIT) $(call from,$(data)) > $(OUT)/list.tsv
prep    = cxr-list --only split=SPLIT - < $(OUT)/list.tsv | cxr-prep $$JOBS $(if $(RECIPE),--recipe $(call quote,$(RECIPE)) )-s $(SIZE) \
          --store u8 > $(OUT)/SPLIT.cxr
train   = cxr-train $$JOBS -a $(ARCH)$(if $(WEIGHTS), --init $(call quote,$(WEIGHTS))) --masks $(call quote,$(MASKS)) \
          --loss dice --epochs $(EPOCHS) --batch $(BATCH) --lr $(LR) --optimizer adam --schedule onecycle --augment $(AUGMENT) \
          --keep-last --seed $(SEED) --val $(OUT)/val.cxr -o $(model) $(OUT)/train.cxr > $(OUT)/log.tsv
apply   = $(if $(ON),cxr-list$(labels) $(call from,$(ON)) | cxr-prep $$JOBS -m $(model) --store u8,cat $(OUT)/val.cxr) | \
          cxr-infer $$JOBS -m $(model) -o $(OUT)/masks > $(OUT)/masks.cxr
streams = $(OUT)/train.cxr $(OUT)/val.cxr

all: $(OUT)/masks.cxr
	@awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($$i == "val_dice") c = i } { dice = $$c } \
	END { print "Dice on held-out patients " dice }' $(OUT)/log.tsv
	@echo "$(OUT)/masks"

$(notes)/0-version: text = cxr-tools $(VERSION)
$(notes)/1-phantom: text = $(call noted,phantom)
$(notes)/2-list:    text = $(call noted,list)
$(notes)/3-prep:    text = $(call noted,prep) \# SPLIT: train, val
$(notes)/4-train:   text = $(call noted,train)
$(notes)/5-masks:   text = $(call noted,apply)
$(notes)/%: FORCE | tools
	@$(call note,$(call quote,$(text)),$@)

$(OUT)/phantom: $(notes)/0-version $(notes)/1-phantom
	$(call say,phantom)
	@$(call whole,$(phantom))
	@touch $@

$(OUT)/list.tsv: $(notes)/0-version $(notes)/2-list $(if $(DATA),,$(OUT)/phantom) | tools
	@$(call whole,$(list))

$(streams): $(OUT)/%.cxr: $(OUT)/list.tsv $(notes)/3-prep
	$(call say,prep)
	@$(call whole,$(prep))

$(model) $(OUT)/log.tsv &: $(streams) $(notes)/4-train
	$(call say,train,$(model))
	@$(subst $(OUT)/log.tsv,$(OUT)/log.tsv.tmp,$(train))
	@mv $(OUT)/log.tsv.tmp $(OUT)/log.tsv

$(OUT)/masks.cxr: $(model) $(OUT)/val.cxr $(notes)/5-masks
	$(call say,masks,$(OUT)/masks)
	@rm -rf $(OUT)/masks; $(call made,$(subst $(OUT)/masks ,$(OUT)/masks.tmp.d ,$(apply))); \
	rm -rf $(OUT)/masks; mv $(OUT)/masks.tmp.d $(OUT)/masks; mv $@.tmp $@
