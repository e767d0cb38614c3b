# The rules that every recipe of this folder shares; the recipe sets the variables (full.mk names them all). Outputs
# appear whole or not at all. commands/ in OUT holds the command line of every step: a step is done again when its
# inputs or its command line changed, whichever variable that came from.
SHELL       = bash
.SHELLFLAGS = -eu -o pipefail -c
.SUFFIXES:
.NOTPARALLEL:
MAKEFLAGS  += --no-builtin-rules --no-print-directory

here := $(dir $(lastword $(MAKEFILE_LIST)))
top  := $(here)..
bin  := $(abspath $(or $(BIN),$(top)/build/bin))
VERSION := $(shell sed -n 's/^VERSION *= *//p' '$(top)/config.mk')
export PATH := $(bin):$(PATH)
unexport CXR_MODEL

# Where lesions and lungs are known, and what of the maps is measured (cxr-cam(1)).
TRUTH   ?= $(if $(DATA),,$(OUT)/phantom/masks/lesion)
LUNGS   ?= $(if $(DATA),,$(OUT)/phantom/masks/lung)
MEASURE ?= localisation,where,complexity
# What a few images are explained by, side by side. Of maps at single pixels a few outshine all others: p99.
GALLERY ?= --method gradcam,layercam,eigencam,occlusion,intgrad,smoothgrad,random --normalise p99 --samples 16 $(LAYER)

# How the threshold is chosen under shifts (cxr-metrics(1), --choose).
CHOOSE  ?= sensitivity=0.96

# A word for the shell, whatever is in it.
quote = '$(subst ','\'',$(1))'
data := $(or $(DATA),$(OUT)/phantom/chest)
source = $(if $(filter %.tsv,$(DATA)),- < )$(call quote,$(data))
there = $(shell test -e $(call quote,$(1)) && echo yes)
$(foreach v,DATA $(if $(findstring =,$(WEIGHTS)),,WEIGHTS),\
	$(if $($(v)),$(if $(call there,$($(v))),,$(error $(v): $($(v)): no such file or folder))))

# What is run, as it is noted in commands/ and shown in the report. Neither the number of threads ($JOBS) nor OUT can
# change a result, so the notes are without them. SPLIT stands for train, val and test.
export JOBS = $(if $(J),-j $(J))
model   = $(OUT)/model.safetensors
trained = $(if $(strip $(STRESS)),$(OUT)/trained.safetensors,$(model))
phantom = cxr-phantom $$JOBS -n $(N) -s $(SIZE) --seed $(SEED) $(PHANTOM) -o $(OUT)/phantom
list    = cxr-list --seed $(SEED) $(if $(CLASSES),--classes $(call quote,$(CLASSES)) )$$how $(source) > $(OUT)/list.tsv
prep    = cxr-list --only split=SPLIT - < $(OUT)/list.tsv | cxr-prep $$JOBS $(if $(RECIPE),--recipe $(call quote,$(RECIPE)) )-s $(SIZE) --store u8 > $(OUT)/SPLIT.cxr
learn   = cxr-train $$JOBS -a $(ARCH)$(if $(WEIGHTS), --init $(call quote,$(WEIGHTS))) --epochs $(EPOCHS) \
          --batch $(BATCH) --lr $(LR) $(TRAIN) --seed $(SEED)
train   = $(learn) --val $(OUT)/val.cxr -o $(trained) $(OUT)/train.cxr > $(OUT)/log.tsv
infer   = cxr-infer $$JOBS -m $(model) -t $(OUT)/SPLIT.cxr > $(OUT)/scores-SPLIT.tsv
stress  = cxr-infer $$JOBS -m $(trained) --stress -t $(OUT)/val.cxr > $(OUT)/scores-stress.tsv
fit     = cxr-metrics $$JOBS --force --calibrate-on $(OUT)/scores-stress.tsv
choose  = $(fit) --choose-on $(OUT)/scores-stress.tsv --choose $(CHOOSE) $(OUT)/scores-stress.tsv \
          > $(OUT)/metrics-stress.tsv
set     = cxr-model set $$chosen --note 'on validation images under shifts: temperature, threshold $(CHOOSE)' \
          -o $(model) $(trained)
cam     = cxr-cam $$JOBS -m $(model) $(CAM) -o $(OUT)/overlays $(OUT)/test.cxr > /dev/null
methods = mkdir $(OUT)/methods; awk -f $(here)methods.awk $(OUT)/scores-test.tsv > $(OUT)/methods/pictures.tsv; \
          cxr-prep $$JOBS -m $(model) --store u8 - < $(OUT)/methods/pictures.tsv | cxr-cam $$JOBS -m $(model) $(GALLERY) \
          --class pred --fuse --colormap turbo -o $(OUT)/methods > /dev/null
maps    = cxr-cam $$JOBS -m $(model) $(CAM) --measure $(MEASURE) $(if $(TRUTH),--truth $(call quote,$(TRUTH)) )\
          $(if $(LUNGS),--lungs $(call quote,$(LUNGS)) )-t $(OUT)/test.cxr > $(OUT)/maps.tsv
metrics = cxr-metrics $$JOBS --format tsv -o $(OUT)/curves $(OUT)/scores-test.tsv > $(OUT)/metrics.tsv
noted   = $(strip $(subst $(OUT)/,,$(subst $$JOBS ,,$($(1)))))
notes   = $(OUT)/commands
stressed = $(if $(strip $(STRESS)),$(OUT)/metrics-stress.tsv)

# Runs a command whose output is the target under a temporary name that goes away whatever happens. Exit 3 (some
# images failed; they were named and have an error in the output) is no failure. SPLIT is the stem.
whole = trap 'rm -rf $@.tmp' EXIT; rm -rf $@.tmp; { $(subst $@,$@.tmp,$(subst SPLIT,$*,$(1))); } || [ $$? = 3 ]; \
        rm -rf $@; mv $@.tmp $@
say   = @printf '%-8s %s\n' $(1) $(or $(2),$@)

all: $(OUT)/report.html
	@echo "$<"

# The tools first, unless BIN has them: with one job for each CPU, installing what is missing.
tools:
	$(if $(BIN),,@$(MAKE) -C '$(top)' -f Makefile -j"$$(nproc)" tools >&2)
$(bin)/cxr-report: tools ;

# The notes: written anew only when they say something else.
$(notes)/0-version: text = cxr-tools $(VERSION)
$(notes)/1-phantom: text = $(call noted,phantom)
$(notes)/3-prep:    text = $(call noted,prep) \# SPLIT: train, val, test
$(notes)/4-train:   text = $(call noted,train)
$(notes)/5-infer:   text = $(call noted,infer) \# SPLIT: val, test
$(notes)/5-stress:  text = $(call noted,stress)
$(notes)/6-choose:  text = $(call noted,choose); $(call noted,set)
$(notes)/6-cam:     text = $(call noted,cam)
$(notes)/6-methods: text = $(subst $(here),,$(call noted,methods))
$(notes)/7-metrics: text = $(call noted,metrics)
$(notes)/8-audit:   text = $(call noted,maps)
note = mkdir -p $(notes); echo $(1) | cmp -s - $(2) || { echo $(1) > $(2).tmp; mv $(2).tmp $(2); }
$(addprefix $(notes)/,0-version 1-phantom 3-prep 4-train 5-infer $(if $(stressed),5-stress 6-choose) 6-cam 6-methods \
	7-metrics 8-audit): FORCE | tools
	@$(call note,$(call quote,$(text)),$@)
FORCE:

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
	@if cxr-list -q --only split=test $(source) > /dev/null 2>&1; \
	then how='--keep test --split $(SPLIT)'; else how='--split $(SPLIT3)'; fi; \
	trap 'rm -f $@.tmp' EXIT; $(subst $@,$@.tmp,$(list)); \
	$(call note,$(subst $$how,'"$$how"',$(call quote,$(call noted,list))),$(notes)/2-list); \
	if ! cmp -s $@.tmp $@ || [ -n "$$(find $(call quote,$(data)) -newer $@ -print -quit)" ]; \
	then echo "list     $@"; mv $@.tmp $@; fi

$(OUT)/train.cxr $(OUT)/val.cxr $(OUT)/test.cxr: $(OUT)/%.cxr: $(OUT)/list.tsv $(notes)/0-version $(notes)/3-prep
	$(call say,prep)
	@$(call whole,$(prep))

# A checkpoint is gone on from unless something it rests on is newer.
$(trained) $(OUT)/log.tsv &: $(OUT)/train.cxr $(OUT)/val.cxr $(notes)/0-version $(notes)/4-train
	$(call say,train,$(trained))
	@echo "         from "$(if $(WEIGHTS),$(call quote,$(WEIGHTS)),"random weights (WEIGHTS=FILE starts from trained ones)")
	@for p in $^; do if [ "$$p" -nt $(trained).ckpt ]; then rm -f $(trained).ckpt; fi; done
	@resume=; if [ -e $(trained).ckpt ]; then resume='--resume $(trained).ckpt'; fi; \
	exec $(subst cxr-train $$JOBS,cxr-train $$JOBS $$resume,$(subst $(OUT)/log.tsv,$(OUT)/log.tsv.tmp,$(train)))
	@mv $(OUT)/log.tsv.tmp $(OUT)/log.tsv

$(OUT)/scores-val.tsv $(OUT)/scores-test.tsv: $(OUT)/scores-%.tsv: $(OUT)/%.cxr $(model) $(notes)/5-infer
	$(call say,infer)
	@$(call whole,$(infer))

# Threshold and temperature are chosen on the validation images under all shifts: on the images as they are nearly
# any threshold will do, and it says nothing about images from elsewhere. Fixing the sensitivity leaves room where
# networks fail first, with normal images of others; Youden's threshold of images so well told apart does not.
$(OUT)/scores-stress.tsv: $(OUT)/val.cxr $(trained) $(notes)/5-stress
	$(call say,stress)
	@$(call whole,$(stress))
$(OUT)/metrics-stress.tsv: $(OUT)/scores-stress.tsv $(notes)/6-choose
	$(call say,choose)
	@$(call whole,$(choose) 2> /dev/null || $(fit) $< 2> /dev/null > $@ || { echo "         not possible: the model stays as it is"; \
		cxr-metrics $$JOBS $< > $@; })
ifneq ($(strip $(STRESS)),)
$(model): $(OUT)/metrics-stress.tsv
	@chosen=$$(awk -F'\t' '$$1 ~ /^(threshold|temperature)$$/ && $$2 != "nan" { print "--" $$1, $$2 }' $<); \
	case $$chosen in *--temperature*) $(set);; *) cp $(trained) $@.tmp; mv $@.tmp $@;; esac
endif

$(OUT)/overlays: $(OUT)/test.cxr $(model) $(notes)/6-cam
	$(call say,cam)
	@$(call whole,$(cam))
	@touch $@

# A few images, hits and misses, by several methods.
$(OUT)/methods: $(OUT)/scores-test.tsv $(model) $(notes)/6-methods $(here)methods.awk
	$(call say,methods)
	@$(call whole,$(methods))
	@touch $@

# What every map is like, the means beside those of maps that know nothing of the network, and the verdict.
$(OUT)/maps.tsv: $(OUT)/test.cxr $(model) $(notes)/8-audit
	$(call say,audit)
	@$(call whole,$(maps))
$(OUT)/measures.tsv: $(OUT)/maps.tsv
	@$(call whole,cxr-metrics $$JOBS --maps $< > $@)
$(OUT)/audit.tsv: $(OUT)/measures.tsv $(here)audit.awk
	@$(call whole,awk -f $(here)audit.awk $< > $@)

$(OUT)/metrics.tsv: $(OUT)/scores-test.tsv $(notes)/7-metrics
	$(call say,metrics)
	@$(call whole,$(metrics))
# Each column that the list has beside its own, if it has few values, parts the test images into groups.
$(OUT)/groups.tsv: $(OUT)/scores-test.tsv $(notes)/7-metrics
	@$(call whole,awk -f $(here)groups.awk $< | while IFS= read -r x; do cxr-metrics $$JOBS --by "$$x" $< | \
		awk -v x="$${x#x.}" '{ print NR == 1 ? $$0 : x "=" $$0 }'; done | awk 'NR == 1 || !/^group\tmetric/' > $@)
$(OUT)/eda: $(OUT)/train.cxr $(OUT)/val.cxr $(OUT)/test.cxr
	$(call say,eda)
	@$(call whole,cxr-eda -o $@ $^)
	@touch $@
$(OUT)/metrics.json: $(OUT)/scores-test.tsv $(notes)/7-metrics
	@$(call whole,cxr-metrics $$JOBS --json $< > $@)

$(OUT)/plots: $(OUT)/log.tsv $(OUT)/metrics.tsv $(stressed) $(here)plots.gp $(here)histogram.awk
	$(call say,plots)
	@$(call whole,mkdir $@; gnuplot -c $(here)plots.gp $(OUT) $(abspath $(here)histogram.awk) $(notdir $@).tmp)
	@touch $@

$(OUT)/report.html: $(OUT)/list.tsv $(OUT)/log.tsv $(OUT)/scores-val.tsv $(OUT)/metrics.tsv $(OUT)/metrics.json \
                    $(OUT)/groups.tsv $(stressed) $(OUT)/overlays $(OUT)/methods $(OUT)/audit.tsv $(OUT)/plots $(OUT)/eda $(bin)/cxr-report
	$(call say,report)
	@cxr-report -o $@ --json $(OUT)/report.json $(OUT)

.PHONY: all tools FORCE
