# The array of infer.sbatch on one node, without a scheduler; run it again after an interruption.
#
#   make -j4 -f pipelines/cluster/parallel.mk MODEL=model.safetensors LIST=test.tsv
#
# GNU parallel does the same, also on other machines (--sshlogin):
#
#   seq 7 | SHARDS=7 parallel TASK={} bash pipelines/cluster/infer.sbatch
#   bash pipelines/cluster/merge.sbatch

OUT    ?= out/cluster
MODEL  ?= $(OUT)/model.safetensors
LIST   ?= $(OUT)/test.tsv
SHARDS ?= 7#     shards; make -j says how many at a time
SHARD_CPUS ?= 1# threads of each
CAM    ?=#       options of cxr-cam
BIN    ?= $(wildcard build/bin)
export OUT MODEL LIST SHARDS SHARD_CPUS CAM BIN

SHELL = bash
.SHELLFLAGS = -eu -o pipefail -c
export CLUSTER := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
tasks := $(addprefix task-,$(shell seq $(SHARDS)))

$(OUT)/metrics.tsv: $(tasks)
	@bash $(CLUSTER)/merge.sbatch > $(OUT)/logs/merge.log 2>&1
	@echo "$@"
$(tasks): task-%:
	@mkdir -p $(OUT)/logs
	@TASK=$* bash $(CLUSTER)/infer.sbatch >> $(OUT)/logs/infer-$*.log 2>&1
.PHONY: $(tasks)
