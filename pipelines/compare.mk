# Runs side by side: the first against each other one, on the same test pictures.
#
#   make -f pipelines/compare.mk RUNS='out/full out/resnet18-gradcam' [OUT=out/compare]
#
# OUT/metrics.tsv has the measures of every run in a row; OUT/<run>.tsv what the first is above that run, with paired
# intervals; it is empty, and a message says so, where the test pictures are not the same. Which are the same is told by
# their bytes, wherever they lie, or by their paths where a run has no test.cxr.
SHELL       = bash
.SHELLFLAGS = -eu -o pipefail -c
MAKEFLAGS  += --no-builtin-rules --no-print-directory

RUNS =#                    folders of runs
OUT  = out/compare
BIN  =#                    where the tools are; empty: build/bin

top  := $(dir $(lastword $(MAKEFILE_LIST)))..
export PATH := $(abspath $(or $(BIN),$(top)/build/bin)):$(PATH)
$(if $(word 2,$(RUNS)),,$(error RUNS: two or more folders are needed))
first  = $(firstword $(RUNS))
others = $(foreach r,$(wordlist 2,99,$(RUNS)),$(OUT)/$(notdir $(r)).tsv)

all: $(OUT)/metrics.tsv $(others)
	@awk -F'\t' '{ printf "%-24s %-14s %s\n", $$1, $$2, $$3 }' $<

$(OUT)/metrics.tsv: $(RUNS:%=%/metrics.tsv)
	@mkdir -p $(OUT)
	@awk -F'\t' -v OFS='\t' 'FNR == 1 { next } $$1 ~ /^(auc|accuracy|recall|specificity|brier|ece|items)$$/ { \
		v = sprintf("%.4g", $$2); if ($$3 != "nan") v = v sprintf(" (%.4g-%.4g)", $$3, $$4); \
		run = FILENAME; sub("/metrics.tsv$$", "", run); print run, $$1, v }' $^ > $@.tmp
	@mv $@.tmp $@

# The test scores of a run, by the bytes of the pictures.
scores = if [ -e $(1)/test.cxr ] && [ -e $(2)/test.cxr ]; \
         then cxr-show --json $(1)/test.cxr | awk -f '$(top)/pipelines/by-content.awk' - $(1)/scores-test.tsv; \
         else cat $(1)/scores-test.tsv; fi
define pair
$(OUT)/$(notdir $(1)).tsv: $(first)/scores-test.tsv $(1)/scores-test.tsv
	@mkdir -p $$(@D)
	@trap 'rm -f $$@.tmp $$@.other' EXIT; { $(call scores,$(1),$(first)); } > $$@.other; \
	{ $(call scores,$(first),$(1)); } | cxr-metrics --compare $$@.other > $$@.tmp || : > $$@.tmp; mv $$@.tmp $$@
endef
$(foreach r,$(wordlist 2,99,$(RUNS)),$(eval $(call pair,$(r))))
.PHONY: all
