# `make bench` times every tool and the network core beside PyTorch and ONNX Runtime, in alternation, in one run.
#   QUICK=1            fewer rounds and images: under three minutes
#   ROWS=infer18,prep  only these rows; ROWS=help lists them
#   CXR_DATA=DIR       real images (DIR/chest_xray_original, DIR/chest_xray), else synthetic ones
# The table goes to standard output, its numbers to build/bench/results.tsv. Needs Python, PyTorch, torchvision and
# Pillow, for DICOM pydicom and GDCM (lib/need.sh bench); ONNX Runtime comes with npm and is left out where that fails.
QUICK ?=
ROWS  ?=
ifneq ($(filter bench,$(MAKECMDGOALS)),)
include $(B)/need-bench.mk
endif

ORT = $(B)/bench/node_modules/onnxruntime-node/package.json
$(ORT):
	@mkdir -p $(B)/bench
	@npm install --ignore-scripts --no-audit --no-fund --silent --prefix $(B)/bench onnxruntime-node >&2 || true
	@[ -e $@ ] || echo "bench: npm cannot install onnxruntime-node: no ONNX Runtime in the table" >&2

$(O)/bench/net: $(wildcard bench/*.c bench/*.h) $(call layer_libs,zoo train)
	@mkdir -p $(@D)
	@echo "cc bench/bench_net.c"
	@$(CC) $(ALLFLAGS) -Ibench -o $@ $(filter %.c %.a,$^) $(LDFLAGS) -Wl,--as-needed $(call layer_ld,zoo train)

bench: tools $(O)/bench/net $(ORT)
	@BENCH_DIR=$(B)/bench BENCH_NET=$(O)/bench/net BENCH_BIN=$(O)/bin BENCH_PYTHON="$(BENCH_PYTHON)" \
		BENCH_DICOM="$(BENCH_DICOM)" \
		CXR_DATA="$${CXR_DATA-../shared/data}" QUICK="$(QUICK)" ROWS="$(ROWS)" PYTHONDONTWRITEBYTECODE=1 \
		$(BENCH_PYTHON) bench/run.py
# Cost of an image and peak of memory from a thousand images to many: SCALE="1000 10000 50000".
SCALE = 1000 10000
bench-scale: tools
	@CXR_DATA="$${CXR_DATA-../shared/data}" python3 bench/scale.py $(O)/bin $(B)/bench/scale $(SCALE)
.PHONY: bench bench-scale
