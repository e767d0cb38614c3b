# A model that is there, evaluated on images of another source: list, streams, scores, heat maps, measures, a report.
# Nothing is trained, and every image is in the test set.
#
#   make -f pipelines/evaluate.mk MODEL=... DATA=... RECALIBRATE=yes SENSITIVITY=0.95
#
# writes OUT/recalibrated.safetensors too: the model with a temperature, a bias and a threshold of these images. How good
# it is, the page says from two halves of the patients, each judged by what was fitted to the other.
#
#   make -f pipelines/evaluate.mk MODEL=model.safetensors DATA=our-hospital [OUT=out/evaluate]
#   make -f pipelines/evaluate.mk MODEL=... DATA=... POSITIVE=PNEUMONIA RELABEL='Pneumonia=PNEUMONIA;No Finding=NORMAL'
#
include $(dir $(lastword $(MAKEFILE_LIST)))start.mk

MODEL    =#                a model of cxr-train, with its recipe, its classes and its threshold
OUT      = out/evaluate
RECALIBRATE =#             yes: also what local recalibration would give, each half of the patients by the other
SENSITIVITY = 0.95#        that the recalibrated threshold is to have
CAM      = --method gradcam $(LAYER) $(EXPLAIN) --paint all --style side --no-caption
LAYER    =
# Of more than two classes the one that is answered. The model, all of which is read for it, is asked once.
EXPLAIN  = $(filter-out -,$(or $(answered),$(eval answered := $(asked))$(answered)))
asked    = $(shell $(bin)/cxr-model info $(call quote,$(MODEL)) | awk -F'\t' '$$1 == "classes" { \
           print (split($$2, class, ",") > 2 ? "--class pred" : "-") }')

$(if $(MODEL),,$(error MODEL: the model to be evaluated is needed))
$(if $(DATA),,$(error DATA: a folder, archive or list of images is needed))
$(if $(word 2,$(MODEL)),$(error MODEL: '$(MODEL)': one model, whose name has no blanks; of several cxr-infer and cxr-metrics tell))
$(foreach v,MODEL DATA,$(call exists,$v))
model   = $(MODEL)
streams = $(OUT)/test.cxr
source  = $(if $(filter %.tsv %.csv,$(DATA)),- < )$(call quote,$(DATA))
list    = cxr-list$(labels) --split test=1 $(source) > $(OUT)/list.tsv
prep    = cxr-prep $$JOBS -m $(call quote,$(MODEL)) --store u8 < $(OUT)/list.tsv > $(OUT)/test.cxr

before  = $(call step,list,$(list))$(call step,prep,$(prep))

# The page speaks of another source: what the model has stored of its own, beside what is found here.
learned = $(OUT)/home.tsv $(OUT)/drift.tsv $(OUT)/size.tsv $(OUT)/recalibrated.tsv
EXTERNAL = --model $(call quote,$(MODEL))

include $(here)measure.mk

$(notes)/2-list: text = $(call noted,list)
$(notes)/3-prep: text = $(call noted,prep)
$(OUT)/list.tsv: FORCE $(notes)/2-list | tools
	@rm -rf $(OUT)/*.tmp* $(OUT)/*/*.tmp*
	@trap 'rm -f $@.tmp' EXIT; $(subst $@,$@.tmp,$(list)); if ! cmp -s $@.tmp $@ || \
	[ -n "$$(find $(call quote,$(DATA)) -newer $@ -print -quit)" ]; then echo "list     $@"; mv $@.tmp $@; fi
$(OUT)/test.cxr: $(OUT)/list.tsv $(MODEL) $(notes)/0-version $(notes)/3-prep
	$(call say,prep)
	@$(call prepared)

$(notes)/9-recalibrate: text = RECALIBRATE=$(RECALIBRATE) SENSITIVITY=$(SENSITIVITY)
elsewhere = cxr-model info $(call quote,$(MODEL)) | awk '!NF { end = 1 } !end' > $@.model; \
            awk $(1) -f $(here)elsewhere.awk $@.model $(OUT)/metrics.tsv $(OUT)/eda/classes.tsv $(OUT)/list.tsv > $@.tmp; rm $@.model; mv $@.tmp $@
$(OUT)/home.tsv: $(OUT)/metrics.tsv $(OUT)/eda $(MODEL) $(here)elsewhere.awk
	@$(call elsewhere,)
$(OUT)/drift.tsv: $(OUT)/metrics.tsv $(OUT)/eda $(MODEL) $(here)elsewhere.awk
	@$(call elsewhere,-v drift=1)
two = $$(cxr-model info $(call quote,$(MODEL)) | awk -F'\t' '$$1 == "classes" { print split($$2, class, ",") == 2 }')
$(OUT)/size.tsv: $(OUT)/metrics.tsv $(notes)/7-metrics
	@if [ "$(two)" = 1 ] && cxr-metrics size$(stated) $(OUT)/scores-test.tsv > $@.tmp; then mv $@.tmp $@; \
	else rm -f $@.tmp; printf 'measure\tmethod\nnot known\tof two classes, both there, only\n' > $@; fi

# Fitted to one half of the patients and judged on the other, both ways; what is stored is fitted to all.
# Of more than two classes there is no threshold.
fit = cxr-metrics calibrate $$JOBS --bootstrap 0 $$choose -o $(1) $(2) > /dev/null
$(OUT)/recalibrated.tsv: $(OUT)/metrics.tsv $(notes)/9-recalibrate $(here)halves.awk $(here)recalibrated.awk
ifeq ($(strip $(RECALIBRATE)),)
	@rm -f $(OUT)/recalibrated.safetensors; echo "measure" > $@
else
	$(call say,fit)
	@trap 'rm -rf $@.d' EXIT; rm -rf $@.d; mkdir $@.d; choose= note=calibration; \
	if [ "$(two)" = 1 ]; then choose='--choose sensitivity=$(SENSITIVITY)' note='calibration, threshold sensitivity=$(SENSITIVITY)'; fi; \
	cd $@.d; scores=$(abspath $(OUT))/scores-test.tsv; \
	for k in 0 1; do awk -v half=$$k -f $(abspath $(here)halves.awk) "$$scores" > half$$k.tsv; \
	  $(call fit,fit$$k.tsv,half$$k.tsv); done; \
	awk -v half=0 -f $(abspath $(here)halves.awk) fit1.tsv "$$scores" > all.tsv; \
	awk -v half=1 -f $(abspath $(here)halves.awk) fit0.tsv "$$scores" | sed 1d >> all.tsv; \
	cxr-metrics $$JOBS --format tsv all.tsv > after.tsv; $(call fit,fit.tsv,"$$scores"); \
	awk -f $(abspath $(here)recalibrated.awk) fit0.tsv fit1.tsv $(abspath $(OUT))/metrics.tsv after.tsv > table.tsv; \
	cxr-model set --from fit.tsv --note "on images of another source: $$note" \
	  -o $(abspath $(OUT))/recalibrated.safetensors $(call quote,$(abspath $(MODEL))); mv table.tsv ../$(@F)
endif
