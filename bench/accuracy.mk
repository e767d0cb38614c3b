# What each part of full.mk's recipe buys on images from elsewhere: bench/accuracy.md, made anew by
#
#   make -f bench/accuracy.mk DATA=chest_xray [WEIGHTS=FILE] [VARIANTS='plain tone'] [FOLDS=NORMAL2] [SEEDS='1 2']
#
# A validation split of the same images is solved by all of them and says nothing. The normal images of this data set
# come in two series, IM- and NORMAL2-IM-: networks learn from the one and are asked about the other, with pneumonia
# images of patients they have not seen (two folds), as they are and under every shift of cxr-infer --stress. Threshold
# and temperature are chosen as full.mk does, on validation images of the series learned from, under shifts. The
# official test images are no part of it. full.mk takes `slow` where no masks are known,
# `guided` where they are, with 8 epochs, and 224 or 160 pixels.

DATA     =#                the folder chest_xray
MASKS    =#                lung masks of its training images, for `guided`
OUT      = out/accuracy
SIZE     = 128
EPOCHS   = 6
LR       = 3e-4
CHOOSE   = sensitivity=0.95
FOLDS    = NORMAL2 IM#     the series asked about
SEEDS    = 1 2
RECIPES  = plain tone geometry tone-geometry all mild strong crop aspect erase hflip mixup smoothing focal unweighted ema \
           slow slower guided guided-quarter guided-none staged best perimage random large long ensemble
VARIANTS = $(RECIPES)

train_tone          = --augment $(tone)
train_geometry      = --augment $(geometry)
train_tone-geometry = --augment $(tone),$(geometry)
train_all           = --augment $(changes)
# The others are `all` with one thing else.
train_mild          = --augment $(tone),rotate=5,shift=0.05,zoom=0.1,$(noise)
train_strong        = --augment gamma=0.8,contrast=0.7,brightness=0.2,rotate=5,shift=0.05,zoom=0.1,noise=0.1,blur=1.5
train_crop          = --augment $(tone),rotate=10,shift=0.05,crop=0.5,$(noise)
train_aspect        = $(train_all),aspect=0.3
train_erase         = $(train_all),erase=0.5
train_hflip         = $(train_all) --hflip
train_mixup         = $(train_all),mixup=0.4
train_smoothing     = $(train_all) --smoothing 0.1
train_focal         = $(train_all) --focal 2
train_unweighted    = $(train_all) --class-weights none
train_ema           = $(train_all) --ema 0.99
train_slow          = $(train_all) --lr 1e-4
train_slower        = $(train_all) --lr 3e-5
# Training that looks at the lungs (MASKS=), with finer cells: what full.mk takes; and with other surroundings for a quarter
# of the images, not for half of them, and for none.
guide               = --masks '$(MASKS)' --evidence-loss 0.1 --background
train_guided        = $(train_slow) $(guide) 0.5
train_guided-quarter = $(train_slow) $(guide) 0.25
train_guided-none   = $(train_slow) $(guide) 0
arch_guided         = resnet18:last=1
arch_guided-quarter = $(arch_guided)
arch_guided-none    = $(arch_guided)
train_staged        = $(train_all) --stage 'train=layer4,fc lr=1e-3 epochs=2' --stage 'lr=1e-4 epochs=4'
train_best          = $(train_all) --val $(images)/val.cxr# the epoch of the best AUC there, not the last
train_perimage      = $(train_all)
train_random        = $(train_all) --lr 1e-3
train_large         = $(train_all)
train_long          = $(train_all)
prep_perimage       = --recipe perimage
size_large          = 224
models_ensemble     = all.1 all.2# the mean of these
epochs_long         = 12
epochs_random       = 12

include $(dir $(lastword $(MAKEFILE_LIST)))train.mk
make := $(MAKE) --no-print-directory -f $(here)accuracy.mk
runs := $(foreach v,$(VARIANTS),$(foreach f,$(FOLDS),$(foreach s,$(if $(models_$(v)),1,$(SEEDS)),$(OUT)/$(f)/$(v).$(s).row)))
rows  = $(foreach v,$(RECIPES),$(sort $(wildcard $(OUT)/*/$(v).*.row)))
$(if $(DATA),,$(error DATA=chest_xray is needed))

# Row after row (make alone would train all the models first), then the page: the first comment of this file and every
# row there is, of calls before, too.
all:
	@for row in $(runs); do $(make) $$row; done
	@$(make) page
page:
	@{ echo '# What each part of the recipe buys'; echo; \
		echo 'Made by `make -f bench/accuracy.mk DATA=chest_xray$(if $(WEIGHTS), WEIGHTS=$(notdir $(WEIGHTS)))`, which'; \
		echo 'goes on where it was stopped: what has no row here was not run. $(SIZE) pixels and $(EPOCHS) epochs'; \
		echo 'where nothing else is said there.'; echo; \
		sed -n '/^# A validation/,/^$$/s/^# //p' $(firstword $(MAKEFILE_LIST)); echo; \
		printf '| %s ' recipe 'asked about' seed AUC sensitivity specificity 'balanced accuracy' ECE 'shifted, mean' worst which; \
		printf '|\n|---|---|---|---|---|---|---|---|---|---|---|\n'; cat $(rows); \
		printf '\n%s\n' 'In brackets 95 % intervals over patients; the last three columns: balanced accuracy under the shifts.'; \
	} > $(OUT)/accuracy.md
	@cat $(OUT)/accuracy.md

# Learned from: one series and four fifths of the pneumonia patients, a tenth of both to validate; asked about: the other
# series and the other patients. Stem: FOLD
$(OUT)/%/list.tsv:
	@mkdir -p $(@D)
	@cxr-list --seed $(if $(filter IM,$*),2,1) --split train=0.72,val=0.08,test=0.2 '$(DATA)' | awk -F'\t' -v OFS='\t' \
		-v asked='^$*-' 'NR > 1 && $$3 ~ /^(NORMAL2|IM)-/ { $$4 = $$3 ~ asked ? "test" : $$4 == "test" ? "train" : $$4 } 1' > $@

# Stem: FOLD/pictures or FOLD/RECIPE, where a recipe has images of its own
$(OUT)/%/test.cxr:
	@$(make) $(OUT)/$(*D)/list.tsv
	@mkdir -p $(@D)
	@for s in train val test; do cxr-list --only split=$$s - < $(OUT)/$(*D)/list.tsv | \
		cxr-prep -q $(prep_$(*F)) -s $(or $(size_$(*F)),$(SIZE)) --store u8 > $(@D)/$$s.tmp; \
		mv $(@D)/$$s.tmp $(@D)/$$s.cxr; done

# Stem: FOLD/RECIPE.SEED
fold     = $(patsubst %/,%,$(dir $*))
variant  = $(basename $(*F))
seed     = $(subst .,,$(suffix $*))
images = $(OUT)/$(fold)/$(if $(prep_$(variant))$(size_$(variant)),$(variant),images)
run      = $(OUT)/$*
models   = $(patsubst %,$(OUT)/$(fold)/%.model,$(or $(models_$(variant)),$(*F)))
$(OUT)/%.model:
	@$(make) $(images)/test.cxr
	@echo "$*"
	@cxr-train -q -a $(or $(arch_$(variant)),resnet18) $(if $(filter random,$(variant)),,$(if $(WEIGHTS),--init '$(WEIGHTS)')) \
		$(optimise) --epochs $(or $(epochs_$(variant)),$(EPOCHS)) \
		--lr $(LR) $(train_$(variant)) --seed $(seed) -o $@ $(images)/train.cxr > $(run).log

$(OUT)/%.val.tsv $(OUT)/%.test.tsv:
	@$(make) $(models)
	@for s in val test; do cxr-infer -q $(addprefix -m ,$(models)) --stress -t $(images)/$$s.cxr > $(run).$$s.tmp; \
		mv $(run).$$s.tmp $(run).$$s.tsv; done

$(OUT)/%.row: $(OUT)/%.val.tsv $(OUT)/%.test.tsv
	@cxr-metrics --format tsv --calibrate temperature --calibrate-on $(run).val.tsv --choose-on $(run).val.tsv \
		--choose $(CHOOSE) $(run).test.tsv 2> /dev/null | awk -F'\t' -v recipe=$(variant) -v fold=$(fold) -v seed=$(seed) ' \
		{ at[$$1] = sprintf("%.3f (%.3f-%.3f)", $$2, $$3, $$4) } \
		sub(/^stress.worst.balanced_accuracy./, "", $$1) && $$1 != "difference" { worst = $$1 } \
		END { print "| " recipe " | " fold "- | " seed " | " at["auc"] " | " at["recall"] " | " at["specificity"] " | " \
			at["balanced_accuracy"] " | " at["ece"] " | " at["stress.mean.balanced_accuracy"] " | " \
			at["stress.worst.balanced_accuracy"] " | " worst " |" }' > $@

.PHONY: all page
