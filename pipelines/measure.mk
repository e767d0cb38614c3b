# What is measured of a model on the stream OUT/test.cxr, and the report: scores, heat maps, audit, metrics. Nothing here
# trains. rules.mk puts training before it, evaluate.mk a model that is there. Needs model, streams, learned (what the
# report takes from training) and CAM.
$(check)

# Where lesions and lungs are known, and what of the maps is measured (cxr-cam(1)). BOXES, a table of boxes: are lesions
# found (cxr-metrics(1), froc)? A TRUTH that is a table serves.
TRUTH   ?= $(if $(DATA),,$(OUT)/phantom/masks/lesion)
BOXES   ?= $(if $(DATA),$(if $(TRUTH),$(shell [ ! -f $(call quote,$(TRUTH)) ] || echo $(call quote,$(TRUTH)))),$(OUT)/phantom/truth.tsv)
LUNGS   ?= $(if $(DATA),,$(OUT)/phantom/masks/lung)
segment = cxr-prep $$JOBS -m $(call quote,$(lungnet)) --store u8 - < $(OUT)/list.tsv | \
          cxr-infer $$JOBS -m $(call quote,$(lungnet)) -o $(OUT)/lungs > /dev/null
MEASURE ?= localisation,where,complexity
# What a few images are explained by, side by side. Of maps at single pixels a few outshine all others: p99.
GALLERY ?= --method gradcam,layercam,eigencam,occlusion,intgrad,smoothgrad,random --normalise p99 --samples 16 $(LAYER)

# Neither the number of threads ($JOBS) nor OUT can change a result, so the notes are without them. SPLIT stands for
# train, val and test.
infer   = cxr-infer $$JOBS -m $(model) -t $(OUT)/SPLIT.cxr > $(OUT)/scores-SPLIT.tsv
# Drawn and measured at once. What is done to every image, the head of a shard without images says.
provenance = cxr-cam -m $(model) $(CAM) --shard 1/1000000 $(OUT)/test.cxr | cxr-show --json | awk -f $(here)provenance.awk
cam     = mkdir $(OUT)/overlays && $(provenance) > $(OUT)/overlays/provenance.tsv && \
          cxr-cam $$JOBS -m $(model) $(CAM) --measure $(MEASURE) $(if $(TRUTH),--truth $(call quote,$(TRUTH)) )\
          $(if $(LUNGS),--lungs $(call quote,$(lungs)) )$(if $(BOXES),--boxes-out $(OUT)/overlays/parts.tsv )-o $(OUT)/overlays -t $(OUT)/test.cxr > $(OUT)/overlays/maps.tsv
cam_table = mv $(OUT)/overlays/maps.tsv $(OUT)/maps.tsv
# Where it cannot be judged, as where no image has a lesion that is known, the table is empty, and the page says so.
froc    = mkdir $(OUT)/froc && { cxr-metrics froc $$JOBS --truth $(call quote,$(BOXES)) -o $(OUT)/froc/curve.tsv \
          $(OUT)/overlays/parts.tsv > $(OUT)/froc/found.tsv || [ $$? = 4 ]; } && \
          { [ ! -e $(OUT)/froc/curve.tsv ] || gnuplot -c $(here)froc.gp $(OUT)/froc; }
methods = mkdir $(OUT)/methods; awk -f $(here)methods.awk $(OUT)/scores-test.tsv > $(OUT)/methods/pictures.tsv; \
          cxr-prep $$JOBS -m $(model) --store u8 - < $(OUT)/methods/pictures.tsv | cxr-cam $$JOBS -m $(model) $(GALLERY) \
          --class pred --fuse --colormap turbo -o $(OUT)/methods > /dev/null
# One threshold everywhere: the model's, where it has one.
at      = $$(cxr-model info $(model) | awk -F'\t' '$$1 == "threshold" { t = $$2 } \
          $$1 == "classes" { n = split($$2, class, ",") } \
          END { if (n == 2 && t != "") print "--threshold", t }')
# What scored the images: a report names it, and nothing is made again because of it.
versions = { cxr-infer --version; gnuplot --version; uname -sm; } | awk -v OFS='\t' 'BEGIN { print "what", "version"; \
           split("tools,library and kernels,plots,machine", what, ",") } { print what[NR], $$0 }' > $(OUT)/versions.tsv
stated  = $(if $(strip $(PREVALENCE)), --prevalence $(call quote,$(strip $(PREVALENCE))))
metrics = cxr-metrics $$JOBS $(at)$(stated) --format tsv -o $(OUT)/curves $(OUT)/scores-test.tsv > $(OUT)/metrics.tsv
# Of images without their lungs, how well the model still tells their classes apart.
lungless = images=$$(awk -f $(here)lungless.awk $(OUT)/maps.tsv); [ -z "$$images" ] || \
          cxr-metrics $$JOBS --format tsv - <<< "$$images" | awk -F'\t' -v OFS='\t' \
          'NR == FNR { map = $$1 == "lungless_p" && !map ? $$2 : map; next } \
          $$1 == "auc" { print "lungless_auc", map, $$2, $$3, $$4, $$5 }' $(OUT)/measures.tsv - >> $(OUT)/measures.tsv
measures = cxr-metrics $$JOBS --maps $(OUT)/maps.tsv > $(OUT)/measures.tsv && $(lungless)
audit   = awk -f $(here)audit.awk $(OUT)/measures.tsv > $(OUT)/audit.tsv
# Each column that the list has beside its own, if it has few values, parts the test images into groups.
groups  = awk -f $(here)groups.awk $(OUT)/scores-test.tsv | while IFS= read -r x; do cxr-metrics $$JOBS --by "$$x" \
          $(OUT)/scores-test.tsv | awk -v x="$${x\#x.}" '{ print NR == 1 ? $$0 : x "=" $$0 }'; done | awk 'NR == 1 || \
          !/^group\tmetric/; END { if (!NR) print "group\tmetric\tvalue\tlo\thi\tn" }' > $(OUT)/groups.tsv
eda     = cxr-eda -o $(OUT)/eda $(streams); gnuplot -c $(here)eda.gp $(OUT)/eda $(abspath $(here)eda.awk)
plots   = mkdir $(OUT)/plots; gnuplot -c $(here)plots.gp $(OUT) $(abspath $(here)histogram.awk) plots
report  = cxr-report $(if $(EXTERNAL),$(EXTERNAL) )$(if $(TITLE),--title $(call quote,$(TITLE)) )-o $(OUT)/report.html --numbers $(OUT)/report.json $(OUT)

# A stream is whole although some images could not be read: they are counted, and tried again by the next call, for which
# OUT/SPLIT.failed is there; a stream that is the same again keeps its time. More than MAX_ERRORS of them, a number or a share in %, end the run.
prepared = $(call made,$(prep)); $(count_failed); if cmp -s $@.tmp $@; \
           then for p in $(filter-out FORCE,$^); do [ "$$p" -ot $@ ] || touch $@; done; else mv $@.tmp $@; fi
count_failed = cxr-show $@.tmp | awk -v max=$(call quote,$(strip $(MAX_ERRORS))) -v name=$(basename $(notdir $@)) \
               -v file=$(basename $@).failed -f $(here)failed.awk
failed = $(wildcard $(streams:.cxr=.failed))
$(failed:.failed=.cxr): FORCE

all: $(OUT)/report.html $(OUT)/run.sh
	@echo "$<"

$(bin)/cxr-report: tools ;

$(notes)/0-version: text = cxr-tools $(VERSION)
$(notes)/3-lungs:   text = $(if $(lungnet),$(call noted,segment))
$(notes)/5-infer:   text = $(call noted,infer) \# SPLIT: val, test
$(notes)/6-cam:     text = $(subst $(here),,$(call noted,cam))
$(notes)/6-methods: text = $(subst $(here),,$(call noted,methods))
$(notes)/7-froc:    text = $(subst $(here),,$(call noted,froc))
$(notes)/7-metrics: text = $(call noted,metrics)
$(notes)/8-audit:   text = $(subst $(here),,$(call noted,measures))
$(notes)/%: FORCE | tools
	@$(call note,$(call quote,$(text)),$@)

# Lung masks of all images.
$(OUT)/lungs: $(OUT)/list.tsv $(lungnet) $(notes)/3-lungs
	$(call say,lungs)
	@$(call whole,$(segment))
	@touch $@

$(OUT)/scores-val.tsv $(OUT)/scores-test.tsv: $(OUT)/scores-%.tsv: $(OUT)/%.cxr $(model) $(notes)/5-infer
	$(call say,infer)
	@$(call whole,$(infer))

# Where it looked, and what every map is like.
$(OUT)/overlays $(OUT)/maps.tsv &: $(OUT)/test.cxr $(model) $(notes)/6-cam $(masked)
	$(call say,cam,$(OUT)/overlays)
	@$(call whole,$(cam),$(OUT)/overlays)
	@$(cam_table); touch $(OUT)/overlays$(if $(BOXES),,; rm -rf $(OUT)/froc $(notes)/7-froc)

# Which lesions they find.
$(OUT)/froc: $(OUT)/overlays $(notes)/7-froc $(here)froc.gp
	$(call say,froc)
	@$(call whole,$(froc))
	@touch $@
$(OUT)/report.html: $(if $(BOXES),$(OUT)/froc)

# A few images, hits and misses, by several methods.
$(OUT)/methods: $(OUT)/scores-test.tsv $(model) $(notes)/6-methods $(here)methods.awk
	$(call say,methods)
	@$(call whole,$(methods))
	@touch $@

# The means beside those of maps that know nothing of the network, and the verdict.
$(OUT)/measures.tsv: $(OUT)/maps.tsv $(notes)/8-audit $(here)lungless.awk
	$(call say,audit)
	@$(call whole,$(measures))
$(OUT)/audit.tsv: $(OUT)/measures.tsv $(here)audit.awk
	@$(call whole,$(audit))

$(OUT)/versions.tsv: $(OUT)/scores-test.tsv
	@$(call whole,$(versions))
$(OUT)/metrics.tsv: $(OUT)/scores-test.tsv $(notes)/7-metrics
	$(call say,metrics)
	@$(call whole,$(metrics))
$(OUT)/groups.tsv: $(OUT)/scores-test.tsv $(notes)/7-metrics
	@$(call whole,$(groups))
$(OUT)/eda: $(streams) $(here)eda.gp $(here)eda.awk
	$(call say,eda)
	@$(call whole,$(eda))
	@touch $@
$(OUT)/metrics.json: $(OUT)/scores-test.tsv $(notes)/7-metrics
	@$(call whole,cxr-metrics $$JOBS $(at)$(stated) --json $< > $@)

$(OUT)/plots: $(OUT)/metrics.tsv $(learned) $(here)plots.gp $(here)histogram.awk
	$(call say,plots)
	@$(call whole,mkdir $@; gnuplot -c $(here)plots.gp $(OUT) $(abspath $(here)histogram.awk) $(notdir $@).tmp)
	@touch $@

$(OUT)/report.html: $(OUT)/list.tsv $(learned) $(OUT)/metrics.tsv $(OUT)/metrics.json $(OUT)/groups.tsv \
                    $(OUT)/overlays $(OUT)/methods $(OUT)/audit.tsv $(OUT)/plots $(OUT)/eda $(OUT)/versions.tsv \
                    $(bin)/cxr-report | $(OUT)/run.sh
	$(call say,report)
	@$(report)

include $(here)replay.mk
