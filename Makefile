# cxr-tools. `make` builds every tool into build/bin, `make check` tests them, `make help` lists the rest.
include config.mk

SHELL      = bash
.SHELLFLAGS = -eu -o pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif

B = build
all: tools

# What the machine has: packages are installed or named by lib/need.sh, which prints the pkg-config flags as make
# variables. Made once; `make clean` forgets it.
ifeq ($(filter clean help,$(MAKECMDGOALS)),)
include $(B)/need.mk
ifneq ($(MPI),)
include $(B)/need-mpi.mk
endif
endif
$(B)/need.mk: lib/need.sh config.mk
	@mkdir -p $(B)
	@lib/need.sh build > $@.tmp && mv $@.tmp $@

# Objects live in a directory named after the flags, so that a sanitizer build and a release build never mix.
BASEFLAGS = -std=gnu11 -ffp-contract=fast -fno-math-errno -D_GNU_SOURCE -DCXR_VERSION='"$(VERSION)"' -Ilib \
            -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror=implicit-function-declaration
SANFLAGS  = $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
# A packager's flags come before OPT: a plain -O2 would leave the kernels without vectors. Sanitizers bring checks of
# their own.
FORTIFY   = $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,-D_FORTIFY_SOURCE=2)
HARDENED  = $(if $(SAN),,-fPIE -fstack-protector-strong $(FORTIFY))
ALLFLAGS  = $(BASEFLAGS) $(HARDENED) $(CPPFLAGS) $(CFLAGS) $(OPT) $(CLONES) $(SANFLAGS)
CXXALLFLAGS = -std=c++17 -D_GNU_SOURCE -Ilib -Wall -Wextra $(HARDENED) $(CPPFLAGS) $(CXXFLAGS) $(OPT) \
              $(SANFLAGS) $(if $(SAN),-fno-sanitize=vptr)
LINKFLAGS = $(SANFLAGS) $(if $(SAN),,-pie -Wl,-z,relro,-z,now) $(LDFLAGS)
Q        := $(if $(V),,@)
O        := $(B)/$(shell printf '%s' '$(subst ','\'',$(CC) $(ALLFLAGS) $(MPI))' | cksum | cut -d' ' -f1)

# Layers: what each may use (tests/lint/layers.sh checks the includes against this very table).
USES_base    =
USES_stream  = base
USES_stat    = base
USES_data    = stream base
USES_image   = stream base
USES_nn      = stat stream base
USES_zoo     = nn stat stream base
USES_train   = nn stat stream base
USES_explain = nn stat stream base
USES_eval    = stat stream base
USES_eda     = image stat stream base
USES_report  = stat stream base
LAYERS       = report eda eval train explain zoo nn image data stat stream base

FLAGS_base   = $(NETTLE_CFLAGS)
FLAGS_stream = $(JANSSON_CFLAGS)
FLAGS_data   = $(ARCHIVE_CFLAGS)
FLAGS_image  = $(VIPS_CFLAGS) $(JPEG_CFLAGS) $(PNG_CFLAGS) $(DICOM_CFLAGS)
FLAGS_nn     = $(BLAS_CFLAGS)
FLAGS_zoo    = $(HDF5_CFLAGS)
FLAGS_train  = $(MPI_CFLAGS)

LIBS_base    = $(NETTLE_LIBS) -lpthread -lm
LIBS_stream  = $(JANSSON_LIBS) $(ZLIB_LIBS)
LIBS_data    = $(ARCHIVE_LIBS) -lcsv
LIBS_image   = $(VIPS_LIBS) $(JPEG_LIBS) $(PNG_LIBS) $(DICOM_LIBS)
LIBS_nn      = -ldl
LIBS_zoo     = $(HDF5_LIBS) $(ZLIB_LIBS)
LIBS_train   = $(MPI_LIBS)

# Which layers a tool stands on (their own needs follow).
TOOLS = cxr-list cxr-prep cxr-train cxr-infer cxr-cam cxr-metrics cxr-report cxr-phantom cxr-show cxr-model cxr-eda \
        cxr-page
NEEDS_cxr-list    = data image
NEEDS_cxr-prep    = data image
NEEDS_cxr-train   = zoo train nn data image
NEEDS_cxr-infer   = zoo nn data image
NEEDS_cxr-cam     = explain zoo nn data image
NEEDS_cxr-metrics = eval data
NEEDS_cxr-report  = report data
NEEDS_cxr-phantom = data image
NEEDS_cxr-show    = data
NEEDS_cxr-model   = zoo nn data
NEEDS_cxr-eda     = eda data
NEEDS_cxr-page    = report data

layer_objs = $(patsubst lib/%.c,$(O)/lib/%.o,$(wildcard lib/$(1)/*.c)) \
             $(if $(DICOM_LIBS),$(patsubst lib/%.cc,$(O)/lib/%.o,$(wildcard lib/$(1)/*.cc)))
layer_all  = $(filter $(1) $(foreach l,$(1),$(USES_$(l))),$(LAYERS))
layer_libs = $(foreach l,$(call layer_all,$(1)),$(O)/lib$(l).a)
layer_ld   = $(foreach l,$(call layer_all,$(1)),$(LIBS_$(l)))

PRESENT = $(filter $(patsubst cmd/%.c,%,$(wildcard cmd/cxr-*.c)),$(TOOLS))
tools: $(PRESENT:%=$(O)/bin/%)
	@ln -sfn $(notdir $(O))/bin $(B)/bin

define layer_rule
$(O)/lib$(1).a: $$(call layer_objs,$(1)) lib/$(1)
	@rm -f $$@; ar rcs $$@ $$(filter %.o,$$^)
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rule,$(l))))

$(O)/lib/%.o: lib/%.c $(B)/need.mk
	@mkdir -p $(@D)
	@echo "cc $<"
	$(Q)$(CC) $(ALLFLAGS) $(FLAGS_$(firstword $(subst /, ,$*))) -MMD -MP -c -o $@ $<
# DCMTK is C++; its headers are not made for our warnings.
$(O)/lib/%.o: lib/%.cc $(B)/need.mk
	@mkdir -p $(@D)
	@echo "c++ $<"
	$(Q)$(CXX) $(CXXALLFLAGS) $(FLAGS_$(firstword $(subst /, ,$*))) -MMD -MP -c -o $@ $<
$(O)/cmd/%.o: cmd/%.c $(B)/need.mk
	@mkdir -p $(@D)
	@echo "cc $<"
	$(Q)$(CC) $(ALLFLAGS) -Icmd -MMD -MP -c -o $@ $<

# A tool that cannot be read as one file has a folder: cmd/NAME/ for cxr-NAME. cmd/tool/ is what all share.
tool_part = $(patsubst cmd/%.c,$(O)/cmd/%.o,$(wildcard cmd/tool/*.c))
parts = $(patsubst cmd/%.c,$(O)/cmd/%.o,$(wildcard cmd/$(patsubst cxr-%,%,$(1))/*.c))
define tool_rule
$(O)/bin/$(1): $(O)/cmd/$(1).o $(call parts,$(1)) $(tool_part) $(call layer_libs,$(NEEDS_$(1)))
	@mkdir -p $$(@D)
	$(Q)$(CC) $(LINKFLAGS) -Wl,--as-needed -o $$@ $$^ $(call layer_ld,$(NEEDS_$(1)))
endef
$(foreach t,$(TOOLS),$(eval $(call tool_rule,$(t))))

-include $(shell find $(O) -name '*.d' 2>/dev/null)

include tests/tests.mk
include bench/bench.mk

# Installed, the pipelines find the tools in PREFIX/bin, three folders up; cxr-full is full.mk as a command.
SHARE   = $(PREFIX)/share/cxr-tools
SHARED := config.mk $(shell find pipelines -type f)
PAGES  := $(wildcard man/*.[157])
BASHCOMP = $(PREFIX)/share/bash-completion/completions
ZSHCOMP  = $(PREFIX)/share/zsh/site-functions
FISHCOMP = $(PREFIX)/share/fish/vendor_completions.d
install: tools
	install -d $(DESTDIR)$(PREFIX)/bin $(foreach s,1 5 7,$(DESTDIR)$(MANDIR)/man$s) \
		$(sort $(dir $(SHARED:%=$(DESTDIR)$(SHARE)/%))) $(DESTDIR)$(BASHCOMP) $(DESTDIR)$(ZSHCOMP) $(DESTDIR)$(FISHCOMP)
	install -m 755 $(PRESENT:%=$(O)/bin/%) $(DESTDIR)$(PREFIX)/bin
	for p in $(PAGES); do install -m 644 $$p $(DESTDIR)$(MANDIR)/man$${p##*.}; done
	for f in $(SHARED); do mode=644; if [ -x $$f ]; then mode=755; fi; \
		install -m $$mode $$f $(DESTDIR)$(SHARE)/$$f; done
	install -m 644 completion/cxr.bash $(DESTDIR)$(BASHCOMP)/cxr-list
	for t in $(filter-out cxr-list,$(TOOLS)); do ln -sf cxr-list $(DESTDIR)$(BASHCOMP)/$$t; done
	install -m 644 completion/_cxr $(DESTDIR)$(ZSHCOMP)
	for t in $(TOOLS); do install -m 644 completion/cxr.fish $(DESTDIR)$(FISHCOMP)/$$t.fish; done
	printf '#!/bin/sh\nexec make -f "$(SHARE)/pipelines/full.mk" "$$@"\n' >$(DESTDIR)$(PREFIX)/bin/cxr-full
	chmod 755 $(DESTDIR)$(PREFIX)/bin/cxr-full
uninstall:
	rm -f $(TOOLS:%=$(DESTDIR)$(PREFIX)/bin/%) $(DESTDIR)$(PREFIX)/bin/cxr-full \
		$(TOOLS:%=$(DESTDIR)$(BASHCOMP)/%) $(DESTDIR)$(ZSHCOMP)/_cxr $(TOOLS:%=$(DESTDIR)$(FISHCOMP)/%.fish) \
		$(foreach p,$(PAGES),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $p))/$(notdir $p))
	rm -rf $(DESTDIR)$(SHARE)

# The manual as web pages with an index, in build/html.
html: $(PAGES:man/%=$(B)/html/%.html) $(B)/html/index.html
$(B)/html/%.html: man/% man/manual.css
	@lib/need.sh html
	@mkdir -p $(@D); cp man/manual.css man/overlay.png $(@D)
	mandoc -T html -O style=manual.css,man=%N.%S.html $< | \
		sed 's|\(<td class="head-vol">\).*\(</td>\)|\1<a href="index.html">cxr-tools</a>\2|' > $@.tmp && mv $@.tmp $@
$(B)/html/index.html: $(PAGES) man/index.sh
	@mkdir -p $(@D)
	man/index.sh $(PAGES) > $@.tmp && mv $@.tmp $@
clean:
	rm -rf $(B)
help:
	@echo "make            build every tool into build/bin"
	@echo "make check      unit tests, tool tests and lint"
	@echo "make faults     every tool with its k-th system call or allocation refused, for every k"
	@echo "make kills      cxr-train killed KILLS=50 times and resumed; make soak: SOAK=50000 images, eight pipelines"
	@echo "make hostile    small files that ask for much: memory, time, exit code and message of each"
	@echo "make lint       layers, man pages against -h, mandoc, shellcheck, cppcheck"
	@echo "make check-san  the tests under address, undefined and thread sanitizers and valgrind"
	@echo "make MPI=1      cxr-train for several processes; make check-mpi tests it"
	@echo "make check-torch  whole networks beside PyTorch, where it is installed"
	@echo "make check-recipes  every pipeline of a reference system, short, on synthetic images"
	@echo "make check-cluster  the jobs of pipelines/cluster in a Slurm of its own, where that can be had"
	@echo "make check-page  the page behind a web server and in a browser"
	@echo "make check-stat  how often intervals hold the truth, in simulations"
	@echo "make check-dicom  pipelines/dicom: validators, and the way through an Orthanc and back"
	@echo "make check-deb  the Debian package: reproducible, clean, installed in a bare Debian"
	@echo "make check-cross  the libraries compiled for aarch64, and nothing more"
	@echo "make fuzz       libFuzzer on every parser, FUZZ_SECONDS=20 each"
	@echo "make bench      time and memory beside the peers"
	@echo "make html       the manual as web pages, build/html/index.html"
	@echo "make install    PREFIX=/usr/local DESTDIR=: tools, cxr-full, pipelines and pages; make uninstall removes them"
	@echo "make V=1        shows the commands; CPPFLAGS, CFLAGS, LDFLAGS are taken"
	@echo "make -f pipelines/full.mk [DATA=...] [WEIGHTS=...]   the whole workflow, out/full/report.html"

print-O:
	@echo $(O)
.PHONY: print-O all tools install uninstall html clean help
