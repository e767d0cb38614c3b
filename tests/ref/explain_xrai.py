#!/usr/bin/env python3
"""Writes tests/explain/xrai_golden.h: XRAI (Kapishnikov 2019) of given attributions, by the paper's algorithm 1 with the
numbers of the authors' program, on segments and disks of scikit-image. Whole masks, nothing kept from round to round.
    tests/ref/explain_xrai.py > tests/explain/xrai_golden.h"""
import numpy as np
from skimage.morphology import dilation, disk
from skimage.segmentation import felzenszwalb
from nn_ops import emit, noise

SIDE = 224
SCALES = (50, 100, 150, 250, 500, 1200)


def scene():
    """An image in patches under noise, and attributions; float32, as the C side has them."""
    y, x = np.mgrid[:SIDE, :SIDE]
    f = lambda at, t: noise(4 * SIDE * SIDE, t)[at].astype(np.float32)
    image = f(y // 23 * 8 + x // 31, 31)[..., None] + np.float32(0.125) * f(np.arange(3 * SIDE * SIDE), 32).reshape(SIDE, SIDE, 3)
    value = f(y // 16 * 14 + x // 16, 33) + np.float32(0.25) * f(y * SIDE + x, 34)
    return image.astype(np.float64), value.astype(np.float64)


def segments(image):
    lo, hi = image.min(), image.max()
    return [felzenszwalb((image - lo) / (hi - lo) * 2 - 1, scale=s, sigma=0.8, min_size=150) for s in SCALES]


def xrai(masks, value, least=50):
    """Regions join the explained area one by one, each time the one whose new places have the highest mean."""
    covered, out = np.zeros(value.shape, bool), np.empty(value.shape)
    while True:
        new = [m & ~covered for m in masks]
        new = [m for m in new if m.sum() >= least]
        if not new:
            break
        best = max(new, key=lambda m: value[m].mean())
        out[best] = value[best].mean()
        covered |= best
    out[~covered] = value[~covered].mean() if not covered.all() else 0
    return out


image, value = scene()
parts = segments(image)
masks = [dilation((p == k).astype(np.uint8), disk(5)).astype(bool) for p in parts for k in range(p.max() + 1)]
m = xrai(masks, value)
print("/* Written by tests/ref/explain_xrai.py: segments by scale; the map's sum, sum of squares and every 397th value. */")
emit("golden_xrai_segments", [p.max() + 1 for p in parts])
emit("golden_xrai", [m.sum(), (m * m).sum(), *m.ravel()[::397]])
