#!/usr/bin/env python3
"""Writes tests/explain/scale_golden.h: resizing by PyTorch, quantiles by numpy, whole normalised maps by both.
    tests/ref/explain_scale.py > tests/explain/scale_golden.h"""
import numpy as np
import torch
import torch.nn.functional as F
from nn_ops import emit, noise

RESIZES = (  # h, w, to h, to w
    (1, 1, 3, 2), (2, 2, 5, 5), (7, 7, 11, 10), (3, 5, 7, 4), (4, 1, 9, 3), (1, 6, 2, 9), (9, 8, 4, 3), (5, 6, 5, 6),
    (12, 10, 1, 1),
)
COUNTS = (1, 2, 3, 10, 100, 101, 1000)
QUANTILES = (0, 0.25, 0.5, 0.99, 1)


def resized(v, h, w, oh, ow):
    t = torch.tensor(np.asarray(v)).reshape(1, 1, h, w)
    return F.interpolate(t, size=(oh, ow), mode="bilinear", align_corners=False).numpy().ravel()


def finished(how, v, h, w, oh, ow):
    m = resized(np.maximum(v, 0) if how in ("max", "p99", "plateau") else v, h, w, oh, ow)
    if how == "minmax":
        return (m - m.min()) / (m.max() - m.min())
    if how == "max":
        return m / m.max()
    if how == "p99":
        return np.clip(m / np.percentile(m, 99), 0, 1)
    if how == "plateau":
        x = m.astype(np.float64) / m.max()
        q = max(np.quantile(x, 5 / 6), 1 / 8)
        y = 1 / (1 + (q / np.maximum(x, 1e-30)) ** 4)
        return y / y.max()
    return m


if __name__ == "__main__":
    print("/* Written by tests/ref/explain_scale.py. */")
    values = []
    for i, (h, w, oh, ow) in enumerate(RESIZES):
        values += list(resized(noise(h * w, 20 + i), h, w, oh, ow))
    print("static const int golden_resize[][4] = {\n\t%s,\n};" % ",\n\t".join("{%d, %d, %d, %d}" % r for r in RESIZES))
    emit("golden_resized", values)
    print("static const int golden_count[] = {%s};" % ", ".join("%d" % c for c in COUNTS))
    print("static const double golden_quantile[] = {%s};" % ", ".join("%g" % q for q in QUANTILES))
    emit("golden_quantiles", [np.quantile(noise(c, 40 + i), q) for i, c in enumerate(COUNTS) for q in QUANTILES])
    for how in ("max", "minmax", "p99", "none", "plateau"):
        emit("golden_" + how, finished(how, noise(20, 9), 4, 5, 13, 11))
