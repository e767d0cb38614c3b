# OUT/run.sh: the run as one script, from the very variables that the rules use, so that it cannot say another thing. It
# writes into a folder of its own and needs no make. Needs `before`, what comes before measuring.
define run_sh
#!/bin/bash
# What made this folder, step by step: run.sh NEW does it again, into the folder NEW. The same tools and data give the
# same model (cxr-model info tells its digest) and the same numbers. JOBS='-j 4' sets the number of threads.
set -eu -o pipefail
[ $$# = 1 ] || { echo "usage: $${0##*/} NEW" >&2; exit 2; }
mkdir -p "$$1"
out=$$(cd "$$1" && pwd)
cd $(call quote,$(CURDIR))
export PATH=$(call quote,$(bin)):$$PATH JOBS=$${JOBS-}
# Some images failed (3): they were named, and have an error in the output.
some_failed() { [ $$? = 3 ]; }
$(before)
$(call step,infer,$(subst SPLIT,test,$(infer)))
$(call step,versions,$(versions))
$(call step,cam,$(cam))
$(cam_table)
$(if $(BOXES),$(call step,froc,$(froc)))
$(call step,methods,$(methods))
$(call step,measures,$(measures))
$(call step,audit,$(audit))
$(call step,metrics,$(metrics))
$(call step,groups,$(groups))
$(call step,eda,$(eda))
$(call step,plots,$(plots))
$(call step,report,$(report))
endef
define step

echo $(1)
{ $(2); } || some_failed
endef

$(OUT)/run.sh: private override OUT := "$$out"
$(OUT)/run.sh: FORCE | tools
	$(file >$@.tmp,$(subst '"$$out"/,"$$out"/',$(run_sh)))
	@chmod +x $@.tmp; if cmp -s $@.tmp $@; then rm $@.tmp; else mv $@.tmp $@; fi
