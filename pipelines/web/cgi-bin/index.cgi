#!/bin/sh
# What a web server runs for the page. CXR_MODEL names the model; the tools are those of this source tree, where it was
# built, else of the prefix it is installed in, else of PATH. A query is not passed on.
here=$(cd "$(dirname "$0")/.." && pwd)
for bin in "$here/../../build/bin" "$here/../../../../bin"; do
	if [ -x "$bin/cxr-page" ]; then PATH=$(cd "$bin" && pwd):$PATH; fi
done
export PATH CXR_PAGE="$here/page.html"
export CXR_MODEL="${CXR_MODEL-$here/model.safetensors}"
exec cxr-page
