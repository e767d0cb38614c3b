# Runs side by side, on one page: their measures and curves, and what the first is above each other one on the same
# images.
#
#   make -f pipelines/compare.mk RUNS='out/full out/resnet18-gradcam' [OUT=out/compare]
#
# OUT/metrics.tsv and OUT/curves have the tables of all runs, OUT/compare.tsv the differences with paired intervals;
# where the test images are not the same there are none, and a message says so. Which are the same is told by their
# bytes, wherever they lie, or by their paths where a run has no test.cxr.
include $(dir $(lastword $(MAKEFILE_LIST)))start.mk

RUNS =#                    folders of runs
OUT  = out/compare
MARGIN =#                  how much worse the first may be: adds whether it is not worse than that

$(check)
runs := $(RUNS:%/=%)
$(if $(word 2,$(runs)),,$(error RUNS: two or more folders are needed))
first  = $(firstword $(runs))
others = $(wordlist 2,99,$(runs))
# A run is called by its folder, by the whole path where two folders have the same name.
name   = $(if $(word 2,$(filter $(notdir $(1)),$(notdir $(runs)))),$(1),$(notdir $(1)))
curves = roc pr calibration
tsv    = awk -F'\t' -v OFS='\t'

all: $(OUT)/report.html
	@$(tsv) '$$2 ~ /^(auc|accuracy|recall|specificity|brier|ece|items)$$/ { printf "%-24s %-14s %.4g%s\n", $$1, $$2, $$3, \
		$$4 == "nan" ? "" : sprintf(" (%.4g-%.4g)", $$4, $$5) }' $(OUT)/metrics.tsv
	@echo "$<"

$(OUT)/metrics.tsv: $(runs:%=%/metrics.tsv)
	@mkdir -p $(OUT)
	@$(tsv) 'FNR > 1 || NR == 1 { print NR == 1 ? "run" : run, $$0 }' \
		$(foreach r,$(runs),run='$(call name,$(r))' $(r)/metrics.tsv) > $@.tmp
	@mv $@.tmp $@

# Curves in one table have the run for the class, or both where there are more than two classes: each file is read
# twice, first to count them.
$(curves:%=$(OUT)/curves/%.tsv): $(OUT)/curves/%.tsv: $(runs:%=%/metrics.tsv)
	@mkdir -p $(@D)
	@$(tsv) 'FNR == 1 { again = FILENAME == last; last = FILENAME; if (NR == 1) print; next } \
		!again { count[run] += !seen[run, $$1]++; next } \
		{ $$1 = run (count[run] > 1 ? " " $$1 : ""); print } \
		END { if (!NR) print "class" }' \
		$(foreach r,$(runs),$(foreach c,$(wildcard $(r)/curves/$*.tsv),run='$(call name,$(r))' $c $c)) /dev/null > $@.tmp
	@mv $@.tmp $@

# The test scores of a run, by the bytes of the images where another has them, too.
scores = { if [ -e $(1)/test.cxr ] && [ -e $(2)/test.cxr ]; \
         then cxr-show --json $(1)/test.cxr | awk -f '$(here)by-content.awk' - $(1)/scores-test.tsv; \
         else cat $(1)/scores-test.tsv; fi; }
pair   = $(call scores,$(1),$(first)) > $@.other; \
         if $(call scores,$(first),$(1)) | cxr-metrics --compare $@.other$(if $(MARGIN), --margin $(MARGIN)) > $@.pair; \
         then $(tsv) -v run='$(call name,$(1))' 'NR > 1 { print run, $$0 }' $@.pair >> $@.tmp; fi;
$(OUT)/compare.tsv: $(runs:%=%/scores-test.tsv)
	@mkdir -p $(OUT)
	@trap 'rm -f $@.*' EXIT; printf 'run\tmetric\tvalue\tother\tdifference\tlo\thi\tp\tnoninferior\tmargin\tnote\n' > $@.tmp; \
	$(foreach r,$(others),$(call pair,$(r))) awk -f '$(here)holm.awk' $@.tmp $@.tmp > $@.holm; mv $@.holm $@

# How each was trained; whether the images were drawn.
$(OUT)/commands: $(runs:%=%/metrics.tsv)
	@rm -rf $@; mkdir -p $@
	@n=10; $(foreach r,$(runs),n=$$((n + 1)); if [ -e $(r)/commands/4-train ]; \
		then cp $(r)/commands/4-train $@/$$n-'$(subst /,_,$(call name,$(r)))'; fi; \
		if [ -e $(r)/commands/1-phantom ] || grep -qs '"synthetic": true' $(r)/report.json; \
		then echo 'cxr-phantom' > $@/1-phantom; fi; )

$(OUT)/plots: $(curves:%=$(OUT)/curves/%.tsv) $(OUT)/metrics.tsv $(here)plots.gp
	@rm -rf $@ $@.tmp; mkdir $@.tmp
	@gnuplot -c $(here)plots.gp $(OUT) $(abspath $(here)histogram.awk) plots.tmp; mv $@.tmp $@

$(OUT)/report.html: $(OUT)/metrics.tsv $(OUT)/compare.tsv $(OUT)/commands $(OUT)/plots
	@cxr-report --numbers $(OUT)/report.json $(OUT)
.PHONY: all
