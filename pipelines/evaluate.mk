# A model that is there, evaluated on images of another source: list, streams, scores, heat maps, measures, a report.
# Nothing is trained, and every image is in the test set.
#
#   make -f pipelines/evaluate.mk MODEL=model.safetensors DATA=our-hospital [OUT=out/evaluate]
#   make -f pipelines/evaluate.mk MODEL=... DATA=... POSITIVE=PNEUMONIA RELABEL='Pneumonia=PNEUMONIA;No Finding=NORMAL'
#
include $(dir $(lastword $(MAKEFILE_LIST)))start.mk

MODEL    =#                a model of cxr-train, with its recipe, its classes and its threshold
OUT      = out/evaluate
CAM      = --method gradcam $(LAYER) --style side --no-caption
LAYER    =

$(if $(MODEL),,$(error MODEL: the model to be evaluated is needed))
$(if $(DATA),,$(error DATA: a folder, archive or list of images is needed))
$(foreach v,MODEL DATA,$(call exists,$v))
model   = $(MODEL)
streams = $(OUT)/test.cxr
source  = $(if $(filter %.tsv %.csv,$(DATA)),- < )$(call quote,$(DATA))
list    = cxr-list$(labels) --split test=1 $(source) > $(OUT)/list.tsv
prep    = cxr-prep $$JOBS -m $(call quote,$(MODEL)) --store u8 < $(OUT)/list.tsv > $(OUT)/test.cxr

before  = $(call step,list,$(list))$(call step,prep,$(prep))

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
