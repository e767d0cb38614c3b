# Do heat maps depend on what the network has learned (Adebayo 2018)? Its layers are drawn anew, from the last down to
# the first, and the maps of what is left are compared with its own; those of a network trained on permuted labels, too.
#
#   make -f pipelines/sanity.mk                            synthetic images
#   make -f pipelines/sanity.mk DATA=chest_xray [WEIGHTS=FILE]
#
#   OUT/sanity.tsv   step measure map value lo hi n: agreement (rank correlation, SSIM) with the trained network's maps,
#                    the mean over images of the positive class and over seeds
#   OUT/sanity.svg   the same as curves
#   OUT/verdict.tsv  a verdict for each map; see cxr-cam(1), SANITY
#
# It fails when the baseline edges, which never changes, does not fail.
include $(dir $(lastword $(MAKEFILE_LIST)))start.mk

OUT     = out/sanity

ARCH    = resnet18
EPOCHS  = 5
LR      = $(if $(WEIGHTS),3e-4,1e-3)
TRAIN   = --optimizer adam --schedule cosine
SIZE    = $(if $(DATA),224,128)
N       = 500#             synthetic images

STEPS    = fc layer4 layer3 layer2 layer1 conv1#   drawn anew with all behind it
SEEDS    = 11 12 13#       of what is drawn: none is SEED, which draws what training started from
POSITIVE = PNEUMONIA#      the class that is explained
PICTURES = 24#             of it
LAYER    = --layer $(if $(DATA),layer4,layer3)
METHODS  = gradcam,gradcampp,hirescam,xgradcam,layercam,eigencam,gradient,gradxinput,smoothgrad,fullgrad,edges
SAMPLES  = 8#              of smoothgrad
LIMIT    = 0.5#            rank correlation from which a map is taken to be the same

.DEFAULT_GOAL = sanity
include $(here)rules.mk

sanity: $(OUT)/verdict.tsv $(OUT)/sanity.svg
	@awk -F'\t' '{ printf "%-22s %-8s %-8s %s\n", $$1, $$2, $$5, $$8 }' $<

# The list with the labels of its train split in another order (an order of its own, the same wherever this is run).
$(OUT)/permuted.tsv: $(OUT)/list.tsv
	@awk -F'\t' -v OFS='\t' -v x=$(SEED)7919 ' \
		function below(n) { x = x * 16807 % 2147483647; return int(x / 2147483647 * n) } \
		NR == FNR { if ($$4 == "train") label[n++] = $$2; next } \
		FNR == 1 { for (i = n - 1; i > 0; i--) { k = below(i + 1); t = label[i]; label[i] = label[k]; label[k] = t } } \
		$$4 == "train" { $$2 = label[at++] } { print }' $< $< > $@.tmp
	@mv $@.tmp $@
$(OUT)/permuted.cxr: $(OUT)/permuted.tsv $(notes)/3-prep
	$(call say,prep)
	@$(call whole,$(subst SPLIT,train,$(subst $(OUT)/list.tsv,$(OUT)/permuted.tsv,\
		$(subst $(OUT)/SPLIT.cxr,$(OUT)/permuted.cxr,$(prep)))))
$(OUT)/permuted.safetensors: $(OUT)/permuted.cxr $(notes)/4-train
	$(call say,train)
	@$(learn) -o $@ $< > $(OUT)/permuted-log.tsv

explain = cxr-cam -q $$JOBS --method $(METHODS) $(LAYER) --samples $(SAMPLES) --class $(strip $(POSITIVE)) \
          --normalise minmax
$(notes)/9-sanity: FORCE | tools
	@$(call note,$(call quote,$(call noted,explain); steps $(STEPS); seeds $(SEEDS); $(PICTURES) images; limit \
		$(LIMIT)),$@)

$(OUT)/shown.cxr: $(OUT)/list.tsv $(model) $(notes)/9-sanity
	@awk -F'\t' 'NR == 1 || $$2 == "$(strip $(POSITIVE))" && $$4 == "test" && n++ < $(PICTURES)' $< | \
		cxr-prep -q $$JOBS -m $(model) --store u8 > $@.tmp
	@mv $@.tmp $@

$(OUT)/maps.cxr: $(OUT)/shown.cxr $(model)
	$(call say,maps)
	@$(explain) -m $(model) $< > $@.tmp
	@mv $@.tmp $@

# MODEL, STEP: what of the agreement is known, a line each.
agreement = $(explain) -m $(1) --measure agreement --against $(OUT)/maps.cxr -t $(OUT)/shown.cxr
means     = cxr-metrics $$JOBS --maps | awk -F'\t' -v OFS='\t' 'NR > 1 && $$2 !~ /^(random|gaussian)/ { print $(1), $$0 }'
$(OUT)/sanity.tsv: $(OUT)/maps.cxr $(OUT)/permuted.safetensors
	@trap 'rm -f $@.tmp $@.table $@.net' EXIT; printf 'step\tmeasure\tmap\tvalue\tlo\thi\tn\n' > $@.tmp; \
	for step in $(STEPS); do printf '%-8s %s\n' forget $$step; : > $@.table; for seed in $(SEEDS); do \
		cxr-model randomise --layer $$step+ --seed $$seed -o $@.net $(model); \
		$(call agreement,$@.net) | grep -v '^#' | awk "NR > 1 || $$seed == $(firstword $(SEEDS))" >> $@.table; \
	done; < $@.table $(call means,"'$$step'") >> $@.tmp; done; \
	printf '%-8s %s\n' forget labels; \
	$(call agreement,$(OUT)/permuted.safetensors) | $(call means,"labels") >> $@.tmp; mv $@.tmp $@

$(OUT)/verdict.tsv: $(OUT)/sanity.tsv $(here)sanity.awk
	@awk -v last=$(lastword $(STEPS)) -v limit=$(LIMIT) -f $(here)sanity.awk $< > $@.tmp || { cat $@.tmp; rm $@.tmp; exit 1; }
	@mv $@.tmp $@
$(OUT)/sanity.svg: $(OUT)/sanity.tsv $(here)sanity.gp
	@gnuplot -c $(here)sanity.gp $< $@.tmp '$(STEPS) labels'
	@mv $@.tmp $@

.PHONY: sanity
