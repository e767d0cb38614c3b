#!/usr/bin/env python3
"""Writes tests/explain/evidence_golden.h: measures of maps by scipy and scikit-learn, over maps by formula, and ROAD's
fill by scipy's sparse solver.
    tests/ref/explain_evidence.py > tests/explain/evidence_golden.h"""
import numpy as np
from scipy.sparse import lil_matrix
from scipy.sparse.linalg import spsolve
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, roc_auc_score
from nn_ops import emit, noise

H, W = 12, 20


def maps():
    a, b = (np.maximum(noise(H * W, s).astype(np.float32), 0) for s in (1, 2))
    a[:40] = a[40]
    return a.astype(np.float64), (0.5 * a + 0.5 * b).astype(np.float32).astype(np.float64)


def ssim(a, b):
    a, b, values = a.reshape(H, W), b.reshape(H, W), []
    for y in range(0, H - 7, 4):
        for x in range(0, W - 7, 4):
            p, q = a[y : y + 8, x : x + 8], b[y : y + 8, x : x + 8]
            cov = ((p - p.mean()) * (q - q.mean())).mean()
            values.append(
                (2 * p.mean() * q.mean() + 1e-4) * (2 * cov + 9e-4)
                / ((p.mean() ** 2 + q.mean() ** 2 + 1e-4) * (p.var() + q.var() + 9e-4))
            )
    return np.mean(values)


def gini(a):
    return abs(a[:, None] - a[None]).mean() / (2 * a.mean())


def filled(v, part):
    """v [side,side,c]: every pixel of the part the mean of its neighbours, those beside it counting twice."""
    side, number = len(part), np.cumsum(part).reshape(part.shape) - 1
    a, b = lil_matrix((part.sum(), part.sum())), np.zeros((part.sum(), v.shape[2]))
    for y, x in zip(*np.nonzero(part)):
        at = number[y, x]
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                weight, q, p = (2, 2, 1)[abs(dy) + abs(dx)], y + dy, x + dx
                if (dy or dx) and 0 <= q < side and 0 <= p < side:
                    a[at, at] += weight
                    if part[q, p]:
                        a[at, number[q, p]] -= weight
                    else:
                        b[at] += weight * v[q, p]
    v = v.copy()
    v[part] = spsolve(a.tocsc(), b).reshape(-1, v.shape[2])
    return v


def fills():
    side, values = 40, []
    i = np.arange(side * side)
    y, x, spots = i // side, i % side, noise(side * side, 12)
    hole = (y > 1) & (y < 38) & (x > 2) & (x < 39)
    image = noise(side * side * 3, 11).reshape(side, side, 3) + 0.1 * x.reshape(side, side, 1)
    for part in (hole, spots < 0.8, hole | (spots < 0)):
        v = filled(image, part.reshape(side, side)).ravel()
        values += [v[k] for k in range(0, len(v), 37) if part[k // 3]]
    return values


a, b = maps()
truth = (np.arange(H * W) % W < 7) & (np.arange(H * W) // W > 3)
p = a[a > 0] / a.sum()
print("/* Written by tests/ref/explain_evidence.py: iou inside pixel_auc spearman ssim gini entropy auprc */")
hot = a >= a.max() / 2
emit(
    "golden_evidence",
    [
        (hot & truth).sum() / (hot | truth).sum(),
        a[truth].sum() / a.sum(),
        roc_auc_score(truth, a),
        spearmanr(a, b)[0],
        ssim(a, b),
        gini(a),
        -(p * np.log(p)).sum() / np.log(H * W),
        average_precision_score(truth, a),
    ],
)
print("/* iou_top1, 2, 5, 10, 15, 20, 30: places above zero from numpy's quantile on */")
tops = [(a >= np.quantile(a, 1 - k / 100)) & (a > 0) for k in (1, 2, 5, 10, 15, 20, 30)]
emit("golden_tops", [(t & truth).sum() / (t | truth).sum() for t in tops])
print("/* Every 37th value that is filled in, of three parts of an image. */")
emit("golden_fill", fills())
