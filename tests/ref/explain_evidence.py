#!/usr/bin/env python3
"""Writes tests/explain/evidence_golden.h: measures of maps by scipy and scikit-learn, over maps by formula.
    tests/ref/explain_evidence.py > tests/explain/evidence_golden.h"""
import numpy as np
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score
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


a, b = maps()
truth = (np.arange(H * W) % W < 7) & (np.arange(H * W) // W > 3)
p = a[a > 0] / a.sum()
print("/* Written by tests/ref/explain_evidence.py: iou inside pixel_auc spearman ssim gini entropy */")
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
    ],
)
