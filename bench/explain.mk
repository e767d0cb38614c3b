# Which maps point at the disease, and from which training: bench/explain.md, made anew by
#
#   make -f bench/explain.mk DATA=chest_xray MASKS=lung_masks BOXES=nih_boxes [WEIGHTS=FILE] [KINDS=guided] [MAPS='...']
#
# Networks learn from children (DATA/train but for a held-out tenth of the patients); their maps are held against the
# boxes that radiologists drew on images of adults (BOXES/PNEUMONIA, BOXES/boxes.tsv), and against the lung masks of the
# held-out children. Everything is the mean over the seeds; intervals resample patients. What is best is chosen on one
# half of the adults, among maps that pass the sanity check (with all weights drawn anew a map agrees with its own by a
# rank correlation below .5, with its whole interval), and the table is of the other half.
#
#   hit            the hottest place is in a box
#   iou            overlap of the places above half the maximum with the boxes
#   iou_tuned      the same of the map's hottest share, the share chosen for each map on the other adults
#   pixel_auc      the map as a classifier of pixels
#   inside         share of the heat in the boxes
#   outside_lungs  share of the heat outside the lungs of held-out children

DATA     =#                the folder chest_xray
MASKS    =#                lung masks of its training images
BOXES    =#                boxed adults: PNEUMONIA/ and boxes.tsv
OUT      = out/explain
SIZE     = 128
EPOCHS   = 4
LR       = 3e-4
LEARN    = 0.9#            share of the patients to learn from
HELD     = 0.1#            of those held out
SEEDS    = 1 2 3
KINDS    = plain guided
MAPS     = gradcam gradcam-flip gradcam-zoom gradcam34 gradcam234 layercam34 layercam234 hirescam34 plateau34 zoom34 product34

arch_plain      = resnet18
arch_guided     = resnet18:last=1
guide_guided    = --evidence-loss 0.1 --background 0.5
cam_gradcam      = --method gradcam
cam_gradcam-flip = --method gradcam --flip
cam_gradcam-zoom = $(cam_gradcam-flip) --zoom 0.85,1.2 --normalise plateau
cam_gradcam34    = --method gradcam --layer layer3,layer4 --fuse --flip
cam_gradcam234   = --method gradcam --layer layer2,layer3,layer4 --fuse --flip
cam_layercam34   = --method layercam --layer layer3,layer4 --fuse --flip
cam_layercam234  = --method layercam --layer layer2,layer3,layer4 --fuse --flip
cam_plateau34    = $(cam_layercam34) --normalise plateau
cam_zoom34       = $(cam_plateau34) --zoom 0.85,1.2
cam_product34    = --method layercam --layer layer3,layer4 --fuse-by product --flip
cam_hirescam34   = --method hirescam --layer layer3,layer4 --fuse --flip

include $(dir $(lastword $(MAKEFILE_LIST)))train.mk
$(foreach v,DATA MASKS BOXES,$(if $($(v)),,$(error $(v)= is needed)))
rows := $(foreach k,$(KINDS),$(foreach s,$(SEEDS),$(foreach m,$(MAPS),$(OUT)/$(k).$(s).$(m).rows)))
passed := $(foreach k,$(KINDS),$(foreach m,$(MAPS),$(OUT)/$(k).$(m).sanity))

all: $(OUT)/explain.md
	@cat $<

$(OUT)/adults.cxr:
	@mkdir -p $(@D)
	@cxr-list -q --split choose=0.5,report=0.5 '$(BOXES)' | awk -F'\t' 'NR == 1 || $$2 == "PNEUMONIA"' | \
		cxr-prep -q -s $(SIZE) --store u8 > $@
$(OUT)/children.tsv:
	@mkdir -p $(@D)
	@cxr-list -q --split learn=$(LEARN),held=$(HELD)$$(awk 'BEGIN { r = 1 - $(LEARN) - $(HELD); if (r > 1e-6) print ",rest=" r }') '$(DATA)/train' > $@
$(OUT)/learn.cxr $(OUT)/held.cxr: $(OUT)/%.cxr: $(OUT)/children.tsv
	@cxr-list -q --only split=$* - < $< | cxr-prep -q -s $(SIZE) --store u8 > $@
$(OUT)/prior.cxr:
	@mkdir -p $(@D)
	@cxr-list -q '$(MASKS)' 2> /dev/null | cxr-prep -q -s $(SIZE) -c 1 --store u8 > $@

# Stem: KIND.SEED
kind = $(word 1,$(subst ., ,$*))
seed = $(word 2,$(subst ., ,$*))
$(OUT)/%.model: $(OUT)/learn.cxr
	@echo "$*: training"
	@cxr-train -q -a $(arch_$(kind)) $(if $(WEIGHTS),--init '$(WEIGHTS)') --epochs $(EPOCHS) --lr $(LR) --batch 16 \
		$(optimise) --augment $(changes) --seed $(seed) \
		$(if $(guide_$(kind)),--masks '$(MASKS)' $(guide_$(kind))) -o $@ $< > $@.log

# Stem: KIND.SEED.MAP. Rows as cxr-cam -t has them, under the names KIND/MAP; the maps that know nothing of a network
# once only, from the first of all.
map    = $(word 3,$(subst ., ,$*))
first  = $(filter $(firstword $(rows)),$@)
rename = awk -F'\t' -v OFS='\t' -v name='$(kind)/$(map)' -v first='$(first)' 'NR == 1 { print; next } \
	{ sub(/[.].*/, "", $$7); own = $$7 !~ /^(random|gaussian|edges|prior)$$/; if (own) $$7 = name; if (own || first) print }'
model  = $(OUT)/$(kind).$(seed).model
measure = cxr-cam -q -m $(model) $(cam_$(map)) --class PNEUMONIA $(if $(first),--prior $(OUT)/prior.cxr) -t
$(OUT)/%.rows: $(OUT)/adults.cxr $(OUT)/held.cxr $(OUT)/prior.cxr
	@$(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST)) $(model)
	@echo "$*"
	@$(measure) --measure localisation,overlap --truth '$(BOXES)/boxes.tsv' $< | $(rename) > $@
	@$(measure) --measure outside_lungs --lungs '$(MASKS)' $(OUT)/held.cxr | $(rename) > $(OUT)/$*.lungs

# Stem: KIND.MAP, of the first seed: agreement with maps of networks without what was learned
$(OUT)/%.sanity: map   = $(word 2,$(subst ., ,$*))
$(OUT)/%.sanity: model = $(OUT)/$(kind).$(firstword $(SEEDS)).model
$(OUT)/%.sanity: $(OUT)/adults.cxr
	@echo "$*: sanity"
	@cxr-cam -q -m $(model) $(cam_$(map)) --normalise minmax $< > $@.maps
	@for s in 11 12; do cxr-model randomise --layer conv1+ --seed $$s -o $@.net $(model); \
		cxr-cam -q -m $@.net $(cam_$(map)) --normalise minmax --measure spearman --against $@.maps -t $<; done | \
		awk 'NR == 1 || !/^id\t/' | sort -t$$'\t' -s -k1,1 > $@.both
	@{ grep '^id	' $@.both; grep -v '^id	' $@.both; } | cxr-metrics maps | \
		awk -F'\t' '$$2 !~ /^(random|gaussian|edges)/ { print "$(kind)/$(map)", $$3, $$4, $$5 }' | tail -n 1 > $@
	@rm -f $@.maps $@.net $@.both

# One table of all rows, those of an image together.
together = { head -n 1 $(1); awk 'FNR > 1' $(2) | sort -t$$'\t' -s -k1,1; }
lungs    = $(rows:.rows=.lungs)
$(OUT)/adults.tsv: $(rows) $(OUT)/settings
	@$(call together,$<,$(rows)) > $@
	@$(call together,$(firstword $(lungs)),$(lungs)) > $(OUT)/children.measured.tsv
	@awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$$i] = i } NR == 1 || $$at["split"] == "choose"' $@ > $(OUT)/choose.rows
$(OUT)/chosen: $(OUT)/adults.tsv $(passed)
	@cxr-metrics maps $(OUT)/choose.rows > $(OUT)/choose.tsv
	@awk -v FS='[\t ]' -f $(here)explain-choose.awk $(passed) $(OUT)/choose.tsv > $@

base := $(firstword $(KINDS))/gradcam
$(OUT)/explain.md: $(OUT)/chosen
	@cxr-metrics maps --only split=report --choose-on $(OUT)/choose.rows $(OUT)/adults.tsv > $(OUT)/report.tsv
	@cxr-metrics maps $(OUT)/children.measured.tsv >> $(OUT)/report.tsv
	@for than in $(base) gaussian prior; do cxr-metrics maps --only split=report \
		--choose-on $(OUT)/choose.rows --against $$than $(OUT)/adults.tsv | \
		awk -F'\t' -v OFS='\t' -v than=$$than 'NR > 1 { print than, $$0 }'; done > $(OUT)/differences.tsv
	@{ echo '# Which maps point at the disease'; echo; sed -n '/^# Networks learn/,/^$$/s/^# \{0,1\}//p' \
		$(firstword $(MAKEFILE_LIST)); echo; \
		echo '$(SIZE) pixels, $(EPOCHS) epochs, seeds $(SEEDS)$(if $(WEIGHTS),, from random weights). Made by'; \
		echo '`make -f bench/explain.mk`. Kinds: $(foreach k,$(KINDS),$(k) (`$(strip $(arch_$(k)) $(guide_$(k)))`))'; \
		echo; \
		awk -F'\t' -v chosen="$$(cat $<)" -f $(here)explain.awk $(passed) $(OUT)/report.tsv $(OUT)/differences.tsv; \
	} > $@

# Networks and rows are kept from call to call (another SIZE, EPOCHS or LEARN needs another OUT); the tables are made
# anew when other rows are asked for.
settings = $(KINDS), $(SEEDS), $(MAPS)
$(OUT)/settings: FORCE
	@mkdir -p $(@D); echo '$(settings)' | cmp -s - $@ || echo '$(settings)' > $@
FORCE:

.PHONY: all FORCE
