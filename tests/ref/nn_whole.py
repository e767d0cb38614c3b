#!/usr/bin/env python3
"""Whole networks beside PyTorch.
    tests/ref/nn_whole.py golden SPEC SIZE STREAM > tests/zoo/golden/NAME.step   one by formula, for tests/zoo/test_whole.c: logits in
        training mode, norm and noise-weighted sum of each gradient, norms of running statistics; logits and the
        image's gradient in eval mode
    tests/ref/nn_whole.py SPEC WRITER DIR STREAM            compares what tests/zoo/torch.c writes (make check-torch)

Gradients of a ReLU network have jumps: where a value lies nearer to zero than a float can tell, float32 may fall on the
other side, and one such unit of the last block moves every gradient below it by up to 1 %. PyTorch's own float32 step is
as far from its float64 step, or nowhere near as far, by luck; so the gaps of several starts are pooled."""
import json
import os
import struct
import subprocess
import sys
import numpy as np
import torch
from nn_nets import network
from nn_ops import formula, noise

LIMIT = 2e-4  # of logits, relative
STARTS = 4  # seeds of the random weights


def bns(model):
    return [m for m in model.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]


def still(model):
    """Without dropout: its masks are everybody's own."""
    for m in model.modules():
        if isinstance(m, torch.nn.Dropout):
            m.p = 0
    return model


def images(n, size, stream):
    count = n * size * size * 3
    x = np.float32(0.5) * noise(count, stream).astype(np.float32)
    x += noise(count // 200 + 1, 2).astype(np.float32).repeat(200)[:count]
    return torch.tensor(x.astype(np.float64)).reshape(n, size, size, 3).permute(0, 3, 1, 2).contiguous()


def golden(spec, size, stream, f):
    n = 4
    model = still(network(spec, 2))
    for name, t in model.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            t.copy_(formula(name, tuple(t.shape)))
    model.double().train()
    for m in bns(model):
        m.momentum = 1.0
    x = images(n, size, stream)
    out = model(x)
    z, aux = out if isinstance(out, tuple) else (out, None)
    write = lambda name, a, b: f.write("%s %.9g %.9g\n" % (name, a, b))
    if aux is not None:
        aux.backward(torch.tensor(noise(2 * n, 5)).reshape(n, 2), retain_graph=True)
        for i, v in enumerate(aux.detach().numpy().ravel()):
            write("aux", i, v)
    z.backward(torch.tensor(noise(2 * n, 3)).reshape(n, 2))
    for i, v in enumerate(z.detach().numpy().ravel()):
        write("train", i, v)
    for name, p in model.named_parameters():
        g = p.grad.numpy().ravel()
        write(name, np.sqrt((g * g).sum()), (g * noise(len(g), 4)).sum())
    for name, t in model.named_buffers():
        if not name.endswith("num_batches_tracked"):
            write(name, np.sqrt((t.numpy() ** 2).sum()), 0)
    model.eval()
    x.requires_grad_(True)
    z = model(x)
    z.backward(torch.tensor(noise(2 * n, 3)).reshape(n, 2))
    for i, v in enumerate(z.detach().numpy().ravel()):
        write("eval", i, v)
    g = x.grad.permute(0, 2, 3, 1).numpy().ravel()
    write("input", np.sqrt((g * g).sum()), (g * noise(len(g), 4)).sum())


def safetensors(path):
    b = open(path, "rb").read()
    n = struct.unpack("<Q", b[:8])[0]
    head, data = json.loads(b[8 : 8 + n]), b[8 + n :]
    head.pop("__metadata__")
    cut = lambda v: data[v["data_offsets"][0] : v["data_offsets"][1]]
    return {k: torch.tensor(np.frombuffer(cut(v), "<f4").reshape(v["shape"]).copy()) for k, v in head.items()}


def filled(arch, state, dtype):
    model = still(network(arch, 1))
    missing, extra = model.load_state_dict(state, strict=False)
    missing = [m for m in missing if not m.endswith("num_batches_tracked")]
    if missing or extra:
        raise SystemExit("%s: missing %s, unexpected %s" % (arch, missing, extra))
    with_counts = dict(state, **{k: v for k, v in model.state_dict().items() if k.endswith("num_batches_tracked")})
    model.load_state_dict(with_counts, strict=True)
    return model.to(dtype)


def step(arch, before, x, t, rate, dtype):
    """Parameters and statistics after one SGD step of the whole network in training mode."""
    model = filled(arch, before, dtype).train()
    optim = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9)
    out = model(x.to(dtype))
    loss = lambda z: torch.nn.functional.binary_cross_entropy_with_logits(z[:, 0], t.to(dtype))
    (loss(out[0]) + 0.4 * loss(out[1]) if isinstance(out, tuple) else loss(out)).backward()
    optim.step()
    return {k: v.double() for k, v in model.state_dict().items()}


def distance(a, b, names):
    return float(sum(((a[k].double() - b[k].double()) ** 2).sum() for k in names)) ** 0.5


def size_of(a, names):
    return max(float(sum((a[k] ** 2).sum() for k in names)) ** 0.5, 1e-30)


def compare(arch, folder):
    before, after = safetensors(folder + "/before"), safetensors(folder + "/after")
    read = lambda name: np.fromfile(os.path.join(folder, name), "<f4")
    n = len(read("z"))
    size = int(round((len(read("x")) / n / 3) ** 0.5))
    x = torch.tensor(read("x").reshape(n, size, size, 3).transpose(0, 3, 1, 2).copy())
    with torch.no_grad():
        want = filled(arch, before, torch.float64).eval()(x.double()).numpy().ravel()
        single = filled(arch, before, torch.float32).eval()(x).numpy().ravel()
    error = lambda z: abs(z - want).max() / abs(want).max()
    t, rate = torch.arange(n) % 2, 1e-2
    exact, rounded = (step(arch, before, x, t, rate, d) for d in (torch.float64, torch.float32))
    learned = [k for k in before if "running" not in k]
    running = [k for k in before if "running" in k]
    moved = distance(exact, before, learned)
    ours, theirs = distance(after, exact, learned) / moved, distance(rounded, exact, learned) / moved
    ours_s, theirs_s = (distance(s, exact, running) / size_of(exact, running) for s in (after, rounded))
    fine = error(read("z")) <= LIMIT and ours_s <= max(3 * theirs_s, 1e-5) and want.std() > 1e-2 * abs(want).max()
    print("%s %s, %d images of %d: logits %.2g off float64 (PyTorch's float32 %.2g; they spread by %.2g); SGD step %.2g off "
          "(PyTorch's float32 %.2g), running statistics %.2g (%.2g)" % ("ok" if fine else "not ok", arch, n, size,
          error(read("z")), error(single), want.std() / abs(want).max(), ours, theirs, ours_s, theirs_s), flush=True)
    return fine, ours, theirs


def compare_starts(arch, writer, folder, stream):
    results = []
    for seed in range(1, STARTS + 1):
        subprocess.run([writer, arch, folder, str(seed)], stdin=open(stream), check=True)
        results.append(compare(arch, folder))
    ours, theirs = (np.sqrt(np.mean([r[i] ** 2 for r in results])) for i in (1, 2))
    print("%s %s: SGD steps of %d starts together %.2g off (PyTorch's float32 %.2g)" % ("ok" if ours <= 3 * theirs else
          "not ok", arch, STARTS, ours, theirs), flush=True)
    return 0 if ours <= 3 * theirs and all(r[0] for r in results) else 1


if __name__ == "__main__":
    if sys.argv[1] == "golden":
        golden(sys.argv[2], *map(int, sys.argv[3:5]), sys.stdout)
    else:
        torch.set_default_dtype(torch.float32)
        sys.exit(compare_starts(*sys.argv[1:5]))
