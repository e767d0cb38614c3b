# Unit tests: tests/<layer>/test_*.c, each a cmocka program linked with its layer and below.
# Tool tests: tests/cli/*.t, shell under prove with the tools first in PATH. Fuzzers: tests/fuzz/fuzz_<layer>_*.c.
UNIT  = $(patsubst tests/%.c,$(O)/tests/%,$(wildcard tests/*/test_*.c))
CLI   = $(sort $(wildcard tests/cli/*.t))
PROVE = prove --timer --jobs 2 --exec ''

$(B)/need-test.mk: lib/need.sh config.mk
	@mkdir -p $(B)
	@lib/need.sh test > $@.tmp && mv $@.tmp $@
ifneq ($(filter check check-% lint fuzz,$(MAKECMDGOALS)),)
include $(B)/need-test.mk
endif

layer_of = $(firstword $(subst /, ,$(1)))
.SECONDEXPANSION:
$(O)/tests/%: tests/%.c $$(call layer_libs,$$(call layer_of,$$*))
	@mkdir -p $(@D)
	@echo "cc $<"
	@$(CC) $(ALLFLAGS) -Itests $(FLAGS_$(call layer_of,$*)) -MMD -MP -MF $@.d -o $@ $< $(filter %.a,$^) $(LDFLAGS) -lcmocka \
		-Wl,--as-needed $(call layer_ld,$(call layer_of,$*))

check: check-unit check-cli lint
check-unit: $(UNIT)
	@for t in $(UNIT); do CXR_DATA=$${CXR_DATA:-../shared/data} $$t || exit 1; done
