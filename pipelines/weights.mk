# Published weights of torchvision, by name:
#
#   make -f pipelines/weights.mk resnet18               out/weights/resnet18-f37072fd.pth
#   make -f pipelines/weights.mk vgg19 densenet169
#   make -f pipelines/weights.mk URL=file:///mnt/models resnet18    from a mirror, or a folder on a machine without internet
#
# cxr-model import and cxr-train --init read the files as they are. The end of a name is the beginning of its SHA-256,
# which is checked; nothing half-written stays. The weights' licences are their authors'.

URL = https://download.pytorch.org/models
OUT = out/weights

resnet18     = resnet18-f37072fd.pth
resnet34     = resnet34-b627a593.pth
resnet50     = resnet50-0676ba61.pth
resnet101    = resnet101-63fe2227.pth
vgg16        = vgg16-397923af.pth
vgg16_bn     = vgg16_bn-6c64b313.pth
vgg19        = vgg19-dcbb9e9d.pth
vgg19_bn     = vgg19_bn-c79401a0.pth
densenet121  = densenet121-a639ec97.pth
densenet169  = densenet169-b2777c0a.pth
densenet201  = densenet201-c1103571.pth
mobilenet_v2 = mobilenet_v2-b0353104.pth
inception_v3 = inception_v3_google-0cc3c7bd.pth
NAMES = resnet18 resnet34 resnet50 resnet101 vgg16 vgg16_bn vgg19 vgg19_bn densenet121 densenet169 densenet201 \
        mobilenet_v2 inception_v3

SHELL       = bash
.SHELLFLAGS = -eu -o pipefail -c
.SUFFIXES:
MAKEFLAGS  += --no-builtin-rules --no-print-directory

help:
	@echo "make -f pipelines/weights.mk NAME..., of: $(NAMES)"

# A file that is there is checked again, which takes no network.
check = sum=$$(sha256sum "$$file" | cut -d' ' -f1); want=$${name%.*}; want=$${want\#\#*-}; \
        if [ "$${sum:0:$${\#want}}" != "$$want" ]
fetch = if command -v curl > /dev/null; then curl -fSL $$([ -t 2 ] || echo -s) --retry 2 --connect-timeout 20 -o "$$file" "$$url"; \
        elif command -v wget > /dev/null; then wget --tries=2 --timeout=60 -O "$$file" "$$url"; \
        else echo "weights.mk: neither curl nor wget: please install one" >&2; exit 1; fi

$(NAMES):
	@name='$($@)'; url='$(URL)'/$$name; to='$(OUT)'/$$name; file=$$to; \
	if [ -e "$$to" ]; then \
		$(check); then echo "weights.mk: $$to: its SHA-256 is $$sum: damaged, remove it" >&2; exit 1; fi; \
		echo "$$to"; exit; \
	fi; \
	mkdir -p '$(OUT)'; file=$$to.tmp$$$$; trap 'rm -f "$$file"' EXIT; \
	$(fetch) || { echo "weights.mk: $$url: cannot download; without internet, copy the file to $$to" >&2; exit 1; }; \
	$(check); then echo "weights.mk: $$url: its SHA-256 is $$sum, not $$want...: not kept" >&2; exit 1; fi; \
	mv "$$file" "$$to"; echo "$$to"

.PHONY: help $(NAMES)
