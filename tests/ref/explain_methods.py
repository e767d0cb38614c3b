#!/usr/bin/env python3
"""Writes tests/explain/method_golden.h: methods that no other golden has, of the small network of explain_blank.py, by
PyTorch (float64), numpy and scikit-learn from the papers' formulas; what is drawn at random is drawn as lib/base/rng.c does.
    tests/ref/explain_methods.py > tests/explain/method_golden.h"""
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import Ridge
from explain_blank import C, H, PATCH, W, network
from nn_ops import digest, emit, nhwc

GOLDEN, MASK, EXPLAIN = 0x9E3779B97F4A7C15, (1 << 64) - 1, 8
NUMBER = {"smoothgrad": 13, "gradientshap": 14, "rise": 17, "lime": 18}  # of the methods, in method.h
SAMPLES, NOISE = 12, 0.1


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


class Rng:
    def __init__(self, method, i):
        h = mix(GOLDEN)  # seed 0
        for k, key in enumerate((EXPLAIN, 0, NUMBER[method] << 32 | i)):
            h = mix(h + GOLDEN * key + k + 1 & MASK)
        self.state = h

    def u64(self):
        self.state = self.state + GOLDEN & MASK
        return mix(self.state)

    def uniform(self):
        return (self.u64() >> 11) * 2.0**-53

    def normal(self):
        u, v = 1 - self.uniform(), self.uniform()
        return np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v)


def single(v):
    return torch.tensor(v.astype(np.float32).astype(np.float64))


def slope(m, x):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(m(x).sum(), x)[0]


def shaken(rng, x, sd):
    """The image with noise, drawn pixel by pixel, channels fastest."""
    draws = np.array([rng.normal() for _ in range(x.numel())]).reshape(H, W, C)
    return x.numpy() + sd * draws.transpose(2, 0, 1)[None]


def smoothgrad(m, x):
    sd = 0.15 * float(np.float32(x.max()) - np.float32(x.min()))
    g = sum(slope(m, single(shaken(Rng("smoothgrad", i), x, sd))) for i in range(SAMPLES)) / SAMPLES
    return g.abs().amax(1)


def gradientshap(m, x):
    sd, total = NOISE * float(np.float32(x.max()) - np.float32(x.min())), 0
    for i in range(SAMPLES):
        rng = Rng("gradientshap", i)
        t = rng.uniform()
        v = single(t * shaken(rng, x, sd))
        total = total + slope(m, v) * v / t
    return (total / SAMPLES).sum(1)


def fullgrad(m, x):
    """Of every layer with a bias: bias times gradient, enlarged to the image so that its sum stays."""
    kept = []
    keep = lambda module, args, out: (out.retain_grad(), kept.append((module, out)))[0]
    hooks = [k.register_forward_hook(keep) for k in (m.conv1, m.bn1, m.conv2, m.fc[0], m.fc[2])]
    x = x.clone().requires_grad_()
    m(x).sum().backward()
    total = (x * x.grad).sum(1, keepdim=True)
    for module, out in kept:
        bias = module.bias
        if module is m.bn1:
            bias = bias - module.running_mean * module.weight / torch.sqrt(module.running_var + module.eps)
        g = out.grad if out.dim() == 4 else out.grad[:, :, None, None]
        part = (bias[None, :, None, None] * g).sum(1, keepdim=True)
        share = part.shape[2] * part.shape[3] / (H * W)
        total = total + share * F.interpolate(part, (H, W), mode="bilinear", align_corners=False)
    for hook in hooks:
        hook.remove()
    return total[:, 0]


def layer(m, x):
    return m.pool(torch.relu(m.bn1(m.conv1(x))))


def behind(m, a):
    return m.fc(torch.relu(m.conv2(a)).mean((2, 3)))


def scorecam(m, x):
    a = layer(m, x)
    masks = F.interpolate(a, (H, W), mode="bilinear", align_corners=False)[0]
    lo, hi = masks.amin((1, 2), keepdim=True), masks.amax((1, 2), keepdim=True)
    masks = torch.where(hi > lo, (masks - lo) / torch.where(hi > lo, hi - lo, 1), 0)
    scores = torch.cat([m(x * k) for k in masks])[:, 0]
    return (torch.softmax(scores, 0)[:, None, None] * a[0]).sum(0)


def ablationcam(m, x):
    a, total = layer(m, x), 0
    for k in range(a.shape[1]):
        without = a.clone()
        without[:, k] = 0
        total = total + (behind(m, a) - behind(m, without)).item() * a[0, k]
    return total


def eigencam(m, x):
    a = layer(m, x)[0]
    u, s, _ = np.linalg.svd(a.reshape(len(a), -1).T.numpy(), full_matrices=False)
    found = u[:, 0] * s[0]
    return torch.tensor(found * np.sign(found.sum()))


def rise(m, x):
    rows, cols = (H + PATCH - 1) // PATCH + 2, (W + PATCH - 1) // PATCH + 2
    masks, scores = [], []
    for i in range(SAMPLES):
        rng = Rng("rise", i)
        oy, ox = rng.u64() % PATCH, rng.u64() % PATCH  # 2^64 is a multiple: nothing is rejected
        cells = np.array([rng.u64() >> 63 for _ in range(rows * cols)], float).reshape(rows, cols)
        y, x0 = (np.arange(H) + oy) / PATCH, (np.arange(W) + ox) / PATCH
        hat = lambda at, n: np.maximum(0, 1 - abs(at[:, None] - np.arange(n)))
        masks.append(hat(y, rows) @ cells @ hat(x0, cols).T)
        scores.append(m(x * torch.tensor(masks[-1])).item())
    masks, scores = np.array(masks), np.array(scores)
    return torch.tensor(np.tensordot(scores - scores.mean(), masks, 1) / masks.sum(0))


def lime(m, x):
    """Superpixels are the cells, as the image has next to no contrast."""
    x = x / 16
    cell = np.arange(H)[:, None] // PATCH * (W // PATCH) + np.arange(W) // PATCH
    shown, scores = [], []
    for i in range(40 * SAMPLES):
        rng = Rng("lime", i)
        z = np.array([1 if i == 0 else rng.u64() >> 63 for _ in range(cell.max() + 1)], float)
        shown.append(z)
        scores.append(m(x * torch.tensor(z[cell])).item())
    shown = np.array(shown)
    distance = 1 - np.sqrt(shown.mean(1))
    weight = np.sqrt(np.exp(-(distance**2) / 0.25**2))
    value = Ridge(alpha=1).fit(shown, scores, sample_weight=weight).coef_
    return torch.tensor(value[cell] / PATCH**2)


def main():
    m, values = network(), []
    x = torch.tensor(nhwc(1, H, W, C, 8).numpy().astype(np.float32).astype(np.float64))
    g = slope(m, x)
    maps = [g.abs().amax(1), (g * x).sum(1), smoothgrad(m, x), gradientshap(m, x), fullgrad(m, x)]
    with torch.no_grad():
        maps += [scorecam(m, x), ablationcam(m, x), eigencam(m, x), rise(m, x), lime(m, x)]
    for v in maps:
        values += digest(v.detach().numpy().ravel())
    print("/* Written by tests/ref/explain_methods.py: digests of gradient, gradxinput, smoothgrad, gradientshap, fullgrad;")
    print(" * scorecam, ablationcam, eigencam at pool; rise, lime. */")
    emit("golden_methods", values)


main()
