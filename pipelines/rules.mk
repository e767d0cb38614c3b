# The rules that every recipe of this folder shares; the recipe sets the variables (full.mk names them all). Outputs
# appear whole or not at all. A step is done again when its inputs or its command line (commands/ in OUT) changed,
# whichever variable that came from.

# How the threshold is chosen under shifts (cxr-metrics(1), --choose).
CHOOSE  ?= sensitivity=0.95
# How outputs become probabilities (--calibrate). Where a network is all but perfect on validation images, Platt's offset
# rests on a few of them and pulls normal images from elsewhere over the threshold: bench/threshold.md.
CALIBRATE ?= temperature

source = $(if $(filter %.tsv,$(DATA)),- < )$(call quote,$(data))
$(foreach v,DATA $(if $(DATA),$(if $(masked),LUNGS,MASKS)) $(if $(findstring =,$(WEIGHTS)),,WEIGHTS),$(call exists,$v))

# What is run, as it is noted in commands/ and shown in the report. Neither the number of threads ($JOBS) nor OUT can
# change a result, so the notes are without them. SPLIT stands for train, val and test.
model   = $(OUT)/model.safetensors
trained = $(if $(strip $(STRESS)),$(OUT)/trained.safetensors,$(model))
phantom = cxr-phantom $$JOBS -n $(N) -s $(SIZE) --seed $(SEED) $(PHANTOM) -o $(OUT)/phantom
list    = cxr-list --seed $(SEED)$(labels) $$how $(source) > $(OUT)/list.tsv
decide  = if cxr-list -q --only split=test $(source) > /dev/null 2>&1; then how='--keep test --split $(SPLIT)'; \
          else how='--split $(SPLIT3)'; fi
prep    = cxr-list --only split=SPLIT - < $(OUT)/list.tsv | cxr-prep $$JOBS $(if $(RECIPE),--recipe $(call quote,$(RECIPE)) )-s $(SIZE) --store u8 > $(OUT)/SPLIT.cxr
learn   = cxr-train $$JOBS -a $(ARCH)$(if $(WEIGHTS), --init $(call quote,$(WEIGHTS))) --epochs $(EPOCHS) \
          --batch $(BATCH) --lr $(LR) $(TRAIN)$(if $(GUIDE), $(GUIDE)) --seed $(SEED)
train   = $(learn) --val $(OUT)/val.cxr -o $(trained) $(OUT)/train.cxr > $(OUT)/log.tsv
stress  = cxr-infer $$JOBS -m $(trained) --stress -t $(OUT)/val.cxr > $(OUT)/scores-stress.tsv
choose  = cxr-metrics calibrate $$JOBS --calibrate $(CALIBRATE) --choose $(CHOOSE) -o $(OUT)/calibration.tsv $(OUT)/scores-stress.tsv \
          > $(OUT)/metrics-stress.tsv; rm -rf $(OUT)/reference; cxr-eda -o $(OUT)/reference $(OUT)/val.cxr; \
          awk -f $(here)reference.awk $(OUT)/reference/classes.tsv $(OUT)/list.tsv >> $(OUT)/calibration.tsv
set     = cxr-model set --from $(OUT)/calibration.tsv --note 'on validation images: calibration as they are, threshold $(CHOOSE) under shifts' \
          -o $(model) $(trained)
stressed = $(if $(strip $(STRESS)),$(OUT)/metrics-stress.tsv)
# Training images that the answers may come from, where the network has a last feature.
neighbours = if cxr-model info $(model) | grep ' gap (' > /dev/null; then cxr-infer $$JOBS -m $(model) --neighbours \
          <(cxr-infer -q $$JOBS -m $(model) --feat $(OUT)/train.cxr) -t $(OUT)/test.cxr; \
          else printf 'id\tx.nearest\tx.influential\n'; fi > $(OUT)/neighbours.tsv
streams = $(OUT)/train.cxr $(OUT)/val.cxr $(OUT)/test.cxr
learned = $(OUT)/log.tsv $(OUT)/scores-val.tsv $(stressed)

define before
$(if $(DATA),,$(call step,phantom,$(phantom)))
$(call step,list,$(decide); $(list))
$(foreach s,train val test,$(call step,prep,$(subst SPLIT,$s,$(prep))))
$(call step,train,$(train))
$(if $(stressed),$(call step,stress,$(stress))$(call step,choose,$(choose))$(call step,set,$(set)))
$(call step,infer,$(subst SPLIT,val,$(infer)))
$(call step,neighbours,$(neighbours))
endef
include $(here)measure.mk

$(notes)/1-phantom: text = $(call noted,phantom)
$(notes)/3-prep:    text = $(call noted,prep) \# SPLIT: train, val, test
$(notes)/4-train:   text = $(call noted,train)
$(notes)/5-stress:  text = $(call noted,stress)
$(notes)/6-neighbours: text = $(call noted,neighbours)
$(notes)/6-choose:  text = $(call noted,choose); $(call noted,set)

$(OUT)/phantom: $(notes)/0-version $(notes)/1-phantom
	$(call say,phantom)
	@$(call whole,$(phantom))
	@touch $@

# The list is made every time, to see what was added or taken away, and replaced when it differs or when an image is
# newer. What a killed run left is cleared away. A test split that the data bring is kept; everything else, a small val
# too, is split by patient.
$(OUT)/list.tsv: FORCE $(if $(DATA),,$(OUT)/phantom) | tools
	@mkdir -p $(notes); rm -rf $(OUT)/*.tmp* $(OUT)/*/*.tmp* $(if $(DATA),$(notes)/1-phantom) \
	$(if $(stressed),,$(OUT)/metrics-stress.tsv $(notes)/5-stress $(notes)/6-choose)
	@$(decide); \
	trap 'rm -f $@.tmp' EXIT; $(subst $@,$@.tmp,$(list)); \
	$(call note,$(subst $$how,'"$$how"',$(call quote,$(call noted,list))),$(notes)/2-list); \
	if ! cmp -s $@.tmp $@ || [ -n "$$(find $(call quote,$(data)) -newer $@ -print -quit)" ]; \
	then echo "list     $@"; mv $@.tmp $@; fi

$(streams): $(OUT)/%.cxr: $(OUT)/list.tsv $(notes)/0-version $(notes)/3-prep
	$(call say,prep)
	@$(call prepared)

# A checkpoint is gone on from unless something it rests on is newer. A signal is passed on as USR1, once: training takes
# a second one of the same kind for impatience, and a signal to all processes reaches the shell twice, by make too.
$(trained) $(OUT)/log.tsv &: $(OUT)/train.cxr $(OUT)/val.cxr $(notes)/0-version $(notes)/4-train $(if $(GUIDE),$(masked))
	$(call say,train,$(trained))
	@echo "         from "$(if $(WEIGHTS),$(call quote,$(WEIGHTS)),"random weights (WEIGHTS=FILE starts from trained ones)")
	@for p in $^; do if [ "$$p" -nt $(trained).ckpt ]; then rm -f $(trained).ckpt; fi; done
	@resume=; if [ -e $(trained).ckpt ]; then resume='--resume $(trained).ckpt'; fi; \
	$(subst cxr-train $$JOBS,cxr-train $$JOBS $$resume,$(subst $(OUT)/log.tsv,$(OUT)/log.tsv.tmp,$(train))) & \
	trap "trap '' INT TERM HUP; kill -USR1 $$! 2> /dev/null || :" INT TERM HUP; rc=0; wait $$! || rc=$$?; \
	while kill -0 $$! 2> /dev/null; do rc=0; wait $$! || rc=$$?; done; [ $$rc != 75 ] || $(stopped); exit $$rc
	@mv $(OUT)/log.tsv.tmp $(OUT)/log.tsv

# Calibrated on the validation images as they are. The threshold is chosen under all shifts: on the images as they are
# nearly any will do, and it says nothing about images from elsewhere. Fixing the sensitivity leaves room where
# networks fail first, with normal images of others; Youden's threshold of images so well told apart does not.
$(OUT)/scores-stress.tsv: $(OUT)/val.cxr $(trained) $(notes)/5-stress
	$(call say,stress)
	@$(call whole,$(stress))
$(OUT)/metrics-stress.tsv: $(OUT)/scores-stress.tsv $(notes)/6-choose
	$(call say,choose)
	@$(call whole,$(choose))
ifneq ($(strip $(STRESS)),)
$(model): $(OUT)/metrics-stress.tsv
	@$(set)
endif

$(OUT)/neighbours.tsv: $(OUT)/train.cxr $(OUT)/test.cxr $(model) $(notes)/6-neighbours
	$(call say,infer)
	@$(call whole,$(neighbours))
$(OUT)/report.html: $(OUT)/neighbours.tsv
