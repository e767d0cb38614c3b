# Everything that is a test speaks TAP and is run and counted by tests/run.pl:
#   tests/<layer>/test_*.c   cmocka programs, linked with their layer and the ones below
#   tests/cli/*.t            shell, with the tools first in PATH (helpers in tests/cli/lib.sh)
#   tests/cases/*.t       the same, of inputs that once went wrong, each for a kind
#   tests/faults/            failing system calls, kills, many images
#   tests/hostile/           small files that ask for much, made by script
#   tests/fuzz/fuzz_<layer>_<what>.c   libFuzzer targets; here they replay tests/fuzz/corpus/<layer>_<what>/
#   tests/lint/*.sh          what the sources and man pages must keep to
UNIT   = $(patsubst tests/%.c,$(O)/tests/%,$(wildcard tests/*/test_*.c))
CLI    = $(sort $(wildcard tests/cli/*.t)) $(sort $(wildcard tests/cases/*.t)) $(sort $(wildcard tests/hostile/*.t))
FUZZ   = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAY = $(FUZZ:%=$(O)/tests/fuzz/replay_%)
LINT   = $(sort $(wildcard tests/lint/*.sh))
# What takes longest begins first, so that no processor waits for it at the end.
SLOW   = $(patsubst %,tests/cli/%.t,30-train 40-infer 45-model 47-zoo 50-cam 52-cam-measure 90-pipeline 92-crossval \
         93-classes 94-evaluate) tests/lint/shell.sh
slow_first = $(filter $(SLOW),$(1)) $(filter-out $(SLOW),$(1))
FUZZ_SECONDS = 20

# Sets of packages that only these targets need, after the compiler; see lib/need.sh.
$(B)/need-%.mk: lib/need.sh config.mk | $(B)/need.mk
	@mkdir -p $(B)
	@lib/need.sh $* > $@.tmp && mv $@.tmp $@
only_unit = check-unit unit-%
ifneq ($(filter $(only_unit),$(MAKECMDGOALS)),)
include $(B)/need-unit.mk
endif
ifneq ($(filter check check-% faults kills soak hostile lint fuzz fuzz-%,$(filter-out $(only_unit),$(MAKECMDGOALS))),)
include $(B)/need-test.mk
endif
ifneq ($(filter fuzz,$(MAKECMDGOALS)),)
include $(B)/need-fuzz.mk
endif
ifneq ($(filter check-cross,$(MAKECMDGOALS)),)
include $(B)/need-cross.mk
endif

layer_of = $(firstword $(subst _, ,$(firstword $(subst /, ,$(1)))))
# Maps are tested on networks of the zoo.
WITH_explain = zoo
WITH_zoo = train
tested   = $(layer_of) $(WITH_$(layer_of))
# Compiled in half the time at -O1: what a test computes itself is little.
LINK_TEST = $(CC) $(ALLFLAGS) -O1 -Itests -Icmd $(FLAGS_$(call layer_of,$*)) -MMD -MP -MF $@.d -o $@ \
            $(filter %.c %.a,$^) $(LDFLAGS) -Wl,--as-needed $(call layer_ld,$(call tested,$*))
FAULT = $(O)/tests/faults/fault.so
$(FAULT): tests/faults/fault.c
	@mkdir -p $(@D)
	@echo "cc $<"
	@$(CC) -O2 -Wall -Wextra -shared -fPIC -o $@ $<
PEAK = $(O)/tests/hostile/peak $(O)/tests/hostile/forbidden.so
$(O)/tests/hostile/peak: tests/hostile/peak.c
	@mkdir -p $(@D)
	@$(CC) -O2 -Wall -D_GNU_SOURCE -o $@ $<
$(O)/tests/hostile/forbidden.so: tests/hostile/forbidden.c
	@mkdir -p $(@D)
	@$(CC) -O2 -Wall -D_GNU_SOURCE -shared -fPIC -o $@ $<
.SECONDEXPANSION:
$(O)/tests/fuzz/replay_%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $$(call layer_libs,$$(call layer_of,$$*))
	@mkdir -p $(@D)
	@echo "cc $<"
	@$(LINK_TEST)
$(O)/tests/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $$(call layer_libs,$$(call layer_of,$$*))
	@mkdir -p $(@D)
	@echo "cc $<"
	@$(LINK_TEST) -fsanitize=fuzzer
$(O)/tests/%: tests/%.c $$(call layer_libs,$$(call tested,$$*))
	@mkdir -p $(@D)
	@echo "cc $<"
	@$(LINK_TEST) -lcmocka

# Programs find the tools in PATH, real data in $CXR_DATA and their seeds in $FUZZ_CORPUS.
RUN = CXR_FAULT=$(abspath $(FAULT)) CXR_BIN=$(abspath $(O)/bin) CXR_BUILD=$(abspath $(B)) \
      CXR_DATA="$${CXR_DATA-../shared/data}" \
      PATH="$(abspath $(O)/bin):$(abspath $(O)/tests/hostile):$$PATH" MAKEFLAGS= perl tests/run.pl

check: tools $(UNIT) $(REPLAY) $(PEAK) $(FAULT)
	@$(FAULTS) $(RUN) $(call slow_first,$(UNIT) $(REPLAY) $(CLI) tests/faults/faults.t tests/faults/kills.t $(LINT))
check-unit: $(UNIT)
	@$(RUN) $(UNIT)
check-cli: tools $(PEAK)
	@$(RUN) $(CLI)
# Every k-th system call and allocation of every tool; kills of cxr-train; many images. What check does of the first two
# is a sample.
FAULTS = FAULT_POINTS=1 FAULT_KINDS='write open rename malloc' KILLS=6
KILLS = 50
SOAK = 50000
faults: tools $(FAULT)
	@$(RUN) tests/faults/faults.t
kills: tools
	@KILLS=$(KILLS) $(RUN) tests/faults/kills.t
soak: tools $(PEAK)
	@SOAK=$(SOAK) $(RUN) tests/faults/soak.t
hostile: tools $(PEAK)
	@$(RUN) $(sort $(wildcard tests/hostile/*.t))
# Processor time of every parser on files of n and 2n parts.
double: tools $(PEAK)
	@PATH="$(abspath $(O)/bin):$(abspath $(O)/tests/hostile):$$PATH" perl tests/hostile/double.pl
check-fuzz-replay: $(REPLAY)
	@$(RUN) $(REPLAY)
lint: tools
	@$(RUN) $(LINT)

# Training by several processes: built apart, with MPI.
check-mpi:
	@$(MAKE) --no-print-directory B=$(B)/mpi MPI=1 check-mpi-run
check-mpi-run: $(patsubst %,$(O)/bin/%,cxr-phantom cxr-list cxr-prep cxr-train cxr-model) $(O)/tests/train/test_ranks
	@KILLS=6 KILLS_RANKS=4 $(RUN) $(O)/tests/train/test_ranks tests/cli/35-mpi.t tests/faults/kills.t

# The jobs of pipelines/cluster in a Slurm of one node that is started for it, with MPI where that can be had.
check-cluster:
	@lib/need.sh cluster || echo "check-cluster: goes on without"
	@if lib/need.sh mpi >/dev/null; then $(MAKE) --no-print-directory B=$(B)/mpi MPI=1 check-cluster-run; \
	else echo "check-cluster: no MPI, training is one process"; $(MAKE) --no-print-directory check-cluster-run; fi
check-cluster-run: tools
	@$(RUN) tests/cluster/cluster.t

# The Debian package of HEAD: reproducible, clean, and from synthetic images to a report in a bare Debian.
check-deb:
	@lib/need.sh deb
	@tests/deb.sh $(B)

# The page behind a web server and in a browser; puppeteer-core and axe-core come by npm.
check-page: tools
	@lib/need.sh page
	@mkdir -p $(B)/page && cd $(B)/page && [ -d node_modules/axe-core ] || npm install --silent --no-audit --no-fund \
		puppeteer-core@24 axe-core@4
	@PATH="$(abspath $(O)/bin):$$PATH" tests/page/page.sh $(B)

# How often intervals hold the truth and tests are wrong, in many simulated sets of scores.
check-stat: $(O)/tests/stat/test_cluster $(O)/tests/stat/test_gaps
	@CXR_SIMULATIONS=4000 $(RUN) $^

# pipelines/dicom with validators and an archive of its own: STUDIES=50 as many studies in a row.
.PHONY: check-dicom
check-dicom: tools
	@lib/need.sh dicom
	@$(RUN) tests/dicom/archive.sh

# Whole networks beside PyTorch, where it is installed.
check-torch: tools $(O)/tests/zoo/torch
	@PATH="$(abspath $(O)/bin):$$PATH" CXR_DATA="$${CXR_DATA-../shared/data}" \
		tests/ref/torch.sh $(O)/tests/zoo/torch $(B)/torch

# Every recipe from synthetic images to its report, with short settings: does it run, not is it good.
RECIPES = resnet18-gradcam stack-mobilenet-densenet resnet18-two-class resnet18-gray-cam vgg19-two-stage
check-recipes: tools
	@for r in $(RECIPES); do \
		$(MAKE) --no-print-directory -f pipelines/$$r.mk BIN=$(abspath $(O))/bin OUT=$(B)/recipes/$$r N=160 EPOCHS=1 \
			FIRST=1 SECOND=1 >$(B)/recipes-$$r.log 2>&1 || { cat $(B)/recipes-$$r.log; echo "not ok $$r"; exit 1; }; \
		echo "ok $$r: AUC $$(awk '$$1 == "auc" {print $$2}' $(B)/recipes/$$r/metrics.tsv)"; \
	done

# One layer's unit tests: make unit-stream.
$(foreach l,$(LAYERS),$(eval unit-$(l): $(filter $(O)/tests/$(l)/%,$(UNIT))))
$(LAYERS:%=unit-%):
	@$(RUN) $^

# Does everything but the tools' main files compile for another machine? Its own libraries are not needed for that.
CROSS = aarch64-linux-gnu-gcc
check-cross:
	@$(MAKE) --no-print-directory CC=$(CROSS) CLONES= cross-libs \
		$(foreach v,VIPS HDF5,$(v)_CFLAGS='$(filter-out -I/usr/include/%-linux-gnu,$($(v)_CFLAGS))')
	@echo "$(CROSS): all libraries compile"
cross-libs: $(LAYERS:%=$(O)/lib%.a)

# All parts under sanitizers and valgrind; PARTS=unit one of them. Tests of scripts are left out: they run the same
# tools, for minutes.
PARTS = unit seeds tools threads valgrind
check-san:
	@mkdir -p $(B)
	@MAKE='$(MAKE)' tests/san.sh $(B) $(PARTS)
SCRIPTS = $(foreach n,00 35 48 54 56 9,$(filter tests/cli/$(n)%,$(CLI)))
check-tools: tools $(PEAK)
	@$(RUN) $(filter-out $(SCRIPTS),$(CLI))
# Programs of several threads.
threads  = pool_new.[^1]|pool_new.1 |pthread_create
THREADED = $(patsubst tests/%.c,$(O)/tests/%,$(shell grep -lE '$(threads)' $(wildcard tests/*/test_*.c)))
check-threads: $(THREADED)
	@$(RUN) $(THREADED)
check-valgrind: tools
	@$(RUN) tests/valgrind.sh

# New inputs stay in the build directory; worthwhile ones are copied to tests/fuzz/corpus by hand.
fuzz:
	@$(MAKE) --no-print-directory CC=clang CXX=clang++ SAN=fuzzer-no-link,address,undefined CLONES= OPT='-O1 -g' fuzz-run
fuzz-run: $(FUZZ:%=$(O)/tests/fuzz/fuzz_%)
	@bad=0; for f in $(FUZZ); do \
		mkdir -p $(B)/fuzz/$$f tests/fuzz/corpus/$$f; \
		if $(SAN_ENV) $(O)/tests/fuzz/fuzz_$$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 \
			-malloc_limit_mb=8192 -artifact_prefix=$(B)/fuzz/$$f- $(B)/fuzz/$$f tests/fuzz/corpus/$$f >$(B)/fuzz/$$f.log 2>&1; \
		then echo "ok $$f: $$(grep '^Done' $(B)/fuzz/$$f.log)"; \
		else tail -n 60 $(B)/fuzz/$$f.log; echo "not ok $$f: see $(B)/fuzz/$$f.log"; bad=1; fi; \
	done; exit $$bad

.PHONY: check faults kills soak hostile double check-deb check-stat check-cluster check-cluster-run \
	 check-mpi check-mpi-run check-recipes check-cross cross-libs \
	check-unit check-cli check-torch check-fuzz-replay check-san check-threads check-tools check-valgrind lint \
	fuzz fuzz-run $(LAYERS:%=unit-%)
