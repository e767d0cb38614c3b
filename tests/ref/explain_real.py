#!/usr/bin/env python3
"""Maps of real images by cxr-cam beside PyTorch's autograd (float64) and the papers' formulas (make check-torch).
    tests/ref/explain_real.py WEIGHTS STREAM      WEIGHTS of cxr-model export; STREAM of cxr-cam --normalise none
The largest difference over all images, as a share of the map's largest value. Beside it what PyTorch itself loses in
float32: below the last block a ReLU that falls on the other side changes the gradient."""
import json
import struct
import sys
import numpy as np
import torch
import torchvision
from explain_gradcam import kept, methods
from nn_whole import safetensors

LIMIT = 1e-4


def records(path):
    b, at = open(path, "rb").read(), 0
    while at < len(b):
        n = struct.unpack_from("<Q", b, at)[0]
        head = json.loads(b[at + 8 : at + 8 + n])
        at += 8 + n
        meta, size = head.pop("__metadata__"), max([t["data_offsets"][1] for t in head.values()], default=0)
        types = {"F32": "<f4", "U8": "u1"}
        yield meta, {
            k: np.frombuffer(b[at + t["data_offsets"][0] : at + t["data_offsets"][1]], types[t["dtype"]]).reshape(t["shape"])
            for k, t in head.items()
        }
        at += size


def eigencam(a):
    """The values at every place along the first right singular vector, its sign by the sum."""
    flat = a.reshape(len(a), -1).T
    u, s, _ = torch.linalg.svd(flat, full_matrices=False)
    m = (u[:, 0] * s[0]).reshape(a.shape[1:])
    return m * torch.sign(m.sum())


def maps(model, layer, x, size):
    a, z = kept(model, layer, x)
    model.zero_grad()
    z[0, -1].backward()
    found = methods(a.detach()[0], a.grad[0], None)
    found["eigencam"] = eigencam(a.detach()[0])
    resize = lambda m: torch.nn.functional.interpolate(m[None, None], size=size, mode="bilinear", align_corners=False)
    return {k: resize(m)[0, 0].double().numpy() for k, m in found.items()}, z.detach().numpy().ravel()


def still_relu(dtype, state):
    model = torchvision.models.resnet18(num_classes=len(state["fc.bias"]))
    model.load_state_dict(state, strict=True)
    for m in model.modules():
        if isinstance(m, torch.nn.ReLU):
            m.inplace = False
    return model.to(dtype).eval()


def main(weights, stream):
    state = safetensors(weights)
    exact, single = still_relu(torch.float64, state), still_relu(torch.float32, state)
    worst, logit, n = {}, 0, 0
    for meta, t in records(stream):
        if meta["cxr"] == "head":
            recipe = dict(w.split("=") for w in meta["recipe"].split())
            mean, std = (np.array([float(v) for v in recipe[k].split(",")], "f4") for k in ("mean", "std"))
        if meta["cxr"] != "item":
            continue
        x = torch.tensor(((t["image"] / np.float32(255) - mean) / std).astype("f4").transpose(2, 0, 1)[None].copy())
        n += 1
        for layer in sorted({k.split(".", 2)[2] for k in t if k.startswith("map.")}):
            want, z = maps(exact, layer, x.double(), x.shape[2:])
            rounded, _ = maps(single, layer, x, x.shape[2:])
            logit = max(logit, float(abs(t["logit"] - z).max() / abs(z).max()))
            for name, m in want.items():
                got, top = t["map.%s.%s" % (name, layer)], abs(m).max()
                ours, theirs = abs(got - m).max() / top, abs(rounded[name] - m).max() / top
                old = worst.get((layer, name), (0, 0))
                worst[layer, name] = max(old[0], ours), max(old[1], theirs)
    status = n == 0
    print("%s logits of %d real images: %.2g off float64" % ("ok" if n and logit <= LIMIT else "not ok", n, logit))
    for (layer, name), (ours, theirs) in worst.items():
        fine = ours <= LIMIT
        status |= not fine
        print("%s %s at %s: %.2g off float64 (PyTorch's float32 %.2g)" % ("ok" if fine else "not ok", name, layer, ours, theirs))
    return int(status or logit > LIMIT)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
