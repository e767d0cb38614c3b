# What every pipeline of this folder starts with: the shell, where the tools are, the variables that all have, and checks
# of what was given on the command line. Included first, so that a pipeline's own values follow.
SHELL       = bash
.SHELLFLAGS = -eu -o pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
.NOTPARALLEL:
MAKEFLAGS  += --no-builtin-rules --no-print-directory
unexport CXR_MODEL

DATA     =#                folder, archive or list of images; empty: synthetic images
CLASSES  =#                e.g. NORMAL,BACTERIA,VIRUS (cxr-list(1), --classes); empty: the folders
POSITIVE =#                the class that is looked for; empty: the last one, never one that is called healthy
RELABEL  =#                labels that are called otherwise: FROM=TO, several with ; between
LIST     =#                further options of cxr-list, as --patient or --columns
WEIGHTS  =#                weights to start from (cxr-model(1), WEIGHTS); empty: random
J        =#                threads; empty: all CPUs this process may use
BIN      =#                where the tools are; empty: built first, or those installed with this folder
RECIPE   =#                how images become tensors (cxr-prep(1), --recipe); empty: imagenet
MASKS    =#                lung masks of the training images, by their names: what GUIDE is about; empty: none
GUIDE    =#                options of cxr-train that use them
STRESS   =#                yes: calibrated on val, threshold from val under the shifts of cxr-infer --stress
PHANTOM  =#                further options of cxr-phantom
SEED     = 1
BATCH    = 16
# Shares of the patients: where the data bring a test split, and where they do not.
SPLIT    = train=0.85,val=0.15
SPLIT3   = train=0.7,val=0.15,test=0.15

PREVALENCE =#              share of positives where the model is to be used: what an answer is worth there; empty: not known
TITLE    =#                of the report; empty: what was run on what
MAX_ERRORS =#              images that cannot be read before a run ends: a number or 1%; empty: any number

# Installed, this folder is PREFIX/share/cxr-tools/pipelines; in the source tree the top has a Makefile.
here    := $(dir $(lastword $(MAKEFILE_LIST)))
top     := $(here)..
source_tree := $(wildcard $(top)/Makefile)
bin     := $(abspath $(or $(BIN),$(top)/$(if $(source_tree),build,../..)/bin))
VERSION := $(shell sed -n 's/^VERSION *= *//p' '$(top)/config.mk')
export PATH := $(bin):$(PATH)
export JOBS = $(if $(J),-j $(J))

# A word for the shell, whatever is in it.
quote = '$(subst ','\'',$(1))'
data  = $(or $(DATA),$(OUT)/phantom/chest)
labels = $(if $(CLASSES), --classes $(call quote,$(CLASSES)))$(if $(POSITIVE), --positive $(call quote,$(strip $(POSITIVE))))$(if \
         $(RELABEL), --relabel $(subst ;,' --relabel ',$(call quote,$(RELABEL))))$(if $(LIST), $(LIST))

# A name on the command line that is no variable of these files is a misspelling, which make would pass over. A pipeline
# that hands its variables on names the files of those others in PASSES.
define check_names
known := $$(shell sed -nE 's/^([A-Z][A-Z0-9_]*) *[?:]?=.*/\1/p' $$(MAKEFILE_LIST) $$(PASSES:%=$(here)%) '$(top)/config.mk')
given := $$(foreach v,$$(.VARIABLES),$$(if $$(filter command,$$(word 1,$$(origin $$v))),$$v))
unknown := $$(filter-out $$(known) MAKEFLAGS MFLAGS MAKEOVERRIDES -*-%,$$(given))
$$(if $$(unknown),$$(error $$(unknown): no variable of $$(firstword $$(MAKEFILE_LIST)), which has: $$(sort $$(known))))
endef
# Everything is written below OUT, whose parts are targets of make: they cannot have spaces.
define check_out
$$(if $$(strip $$(OUT)),,$$(error OUT is empty: name a folder))
$$(if $$(word 2,$$(OUT)),$$(error OUT: '$$(OUT)': make cannot work in a folder whose name has spaces))
endef
check = $(if $(filter 0,$(MAKELEVEL)),$(eval $(check_names)))$(eval $(check_out))

# Runs a command whose output is the target (or another file: 2) under a temporary name that goes away whatever
# happens. Exit 3 (some images failed; they were named and have an error in the output) is no failure. SPLIT is the stem.
stopped = echo "stopped: run make again to go on" >&2
made  = $(call made_as,$(1),$(or $(2),$@))
made_as = trap 'rm -rf $(2).tmp' EXIT; trap '$(stopped); exit 130' INT TERM HUP; rm -rf $(2).tmp; \
        { $(subst $(2),$(2).tmp,$(subst SPLIT,$*,$(1))); } || [[ $$? = [34] ]]
whole = $(made); rm -rf $(or $(2),$@); mv $(or $(2),$@).tmp $(or $(2),$@)
say   = @printf '%-8s %s\n' $(1) $(or $(2),$@)

# commands/ in OUT holds the command line of every step, written anew only when it says something else.
notes = $(OUT)/commands
note  = mkdir -p $(notes); echo $(1) | cmp -s - $(2) || { echo $(1) > $(2).tmp; mv $(2).tmp $(2); }
noted = $(strip $(subst $(OUT)/,,$(subst $$JOBS ,,$($(1)))))

# Lung masks: LUNGS, a folder of them, or those that it makes, where it is a network of lungs.mk.
lungnet = $(filter %.safetensors,$(LUNGS))
lungs   = $(if $(lungnet),$(OUT)/lungs,$(LUNGS))
masked  = $(if $(lungnet),$(OUT)/lungs)

there = $(shell test -e $(call quote,$(1)) && echo yes)
exists = $(if $($(1)),$(if $(call there,$($(1))),,$(error $(1): $($(1)): no such file or folder)))

all:

# The tools first, in the source tree and unless BIN has them: with one job for each CPU, installing what is missing.
tools:
	$(if $(or $(BIN),$(if $(source_tree),,installed)),,@$(MAKE) -C '$(top)' -f Makefile -j"$$(nproc)" tools >&2)
FORCE:

.PHONY: all tools FORCE
