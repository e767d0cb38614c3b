#!/usr/bin/python3
"""Writes tests/stat/cluster_golden.h: images of patients who have several, and what the formulas of the papers give for
them, from matrices of comparisons and plain sums: Obuchowski (Biometrics 1997), Rao and Scott (1992) with Korn and
Graubard's (1998) effective number, Durkalski (2003), Liang and Zeger (1986).

Made with numpy 1.24.2, scipy 1.10.1, statsmodels 0.13.5.
"""
import os

import numpy as np
import statsmodels.api as sm
from scipy import stats

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "stat", "cluster_golden.h")


def placement(score, y):
    pos, neg = score[y == 1], score[y == 0]
    psi = (pos[:, None] > neg[None, :]) + .5 * (pos[:, None] == neg[None, :])
    return psi.mean(), psi.mean(axis=1), psi.mean(axis=0)


def obuchowski(v10, v01, y, of):
    """The variance of the mean of placements by patients, and the patients of the rarer class."""
    a, b = of[y == 1], of[y == 0]
    every = np.unique(of)
    pos = np.array([(v10[a == k] - v10.mean()).sum() for k in every])
    neg = np.array([(v01[b == k] - v01.mean()).sum() for k in every])
    i10, i01, i, m, n = len(np.unique(a)), len(np.unique(b)), len(every), len(a), len(b)
    s10 = i10 / ((i10 - 1) * m) * (pos ** 2).sum()
    s01 = i01 / ((i01 - 1) * n) * (neg ** 2).sum()
    s11 = i / (i - 1) * (pos * neg).sum()
    return s10 / m + s01 / n + 2 * s11 / (m * n), min(i10, i01)


def main():
    rng = np.random.default_rng(20261129)
    n, patients = 60, 22
    of = np.sort(rng.integers(0, patients, n))
    of = np.unique(of, return_inverse=True)[1]
    patients = of.max() + 1
    effect = rng.normal(size=patients)
    y = (rng.normal(size=n) + .8 * effect[of] > 0).astype(int)
    score = np.round(1.2 * y + .7 * effect[of] + rng.normal(size=n), 1)
    other = np.round(.6 * y + .7 * effect[of] + rng.normal(size=n), 1)
    pred, pred2 = score > .5, other > .5
    out = [f"enum {{ GOLDEN_N = {n}, GOLDEN_PATIENTS = {patients} }};"]

    def array(kind, name, values):
        text = ", ".join(repr(v) for v in values)
        lines, line = [], ""
        for word in text.split(" "):
            if len(line) + len(word) > 110:
                lines.append(line.strip())
                line = ""
            line += word + " "
        lines.append(line.strip())
        out.append(f"static const {kind} {name}[] = {{\n\t" + "\n\t".join(lines) + "\n};")

    array("uint32_t", "golden_of", [int(v) for v in of])
    array("unsigned char", "golden_y", [int(v) for v in y])
    array("double", "golden_score", [float(v) for v in score])
    array("double", "golden_other", [float(v) for v in other])

    auc, v10, v01 = placement(score, y)
    var, least = obuchowski(v10, v01, y, of)
    half = stats.t.ppf(.975, least - 1) * np.sqrt(var) / (auc * (1 - auc))
    odds = np.log(auc / (1 - auc))
    array("double", "golden_auc", [float(v) for v in (auc, 1 / (1 + np.exp(half - odds)), 1 / (1 + np.exp(-half - odds)))])

    auc2, w10, w01 = placement(other, y)
    var, least = obuchowski(v10 - w10, v01 - w01, y, of)
    z = (auc - auc2) / np.sqrt(var)
    half = stats.t.ppf(.975, least - 1) * np.sqrt(var)
    array("double", "golden_difference", [float(v) for v in (auc - auc2, auc - auc2 - half, auc - auc2 + half, 2 * stats.norm.cdf(-abs(z)))])

    ks = np.unique(of)
    hit = (pred == 1)[y == 1]
    mine = of[y == 1]
    with_some = np.unique(mine)
    p = hit.mean()
    off = np.array([(hit[mine == k] - p).sum() for k in with_some])
    k = len(with_some)
    variance = k / (k - 1) * (off ** 2).sum() / len(hit) ** 2
    z975 = stats.norm.ppf(.975)
    effective = min(len(hit), p * (1 - p) / variance * (z975 / stats.t.ppf(.975, k - 1)) ** 2)
    centre = (p + z975 ** 2 / 2 / effective) / (1 + z975 ** 2 / effective)
    half = z975 / (1 + z975 ** 2 / effective) * np.sqrt(p * (1 - p) / effective + z975 ** 2 / 4 / effective ** 2)
    array("double", "golden_recall", [float(v) for v in (p, centre - half, centre + half)])

    d = (pred == y).astype(int) - (pred2 == y).astype(int)
    mean = np.array([d[of == k].mean() for k in ks])
    array("double", "golden_mcnemar", [float(stats.chi2.sf(mean.sum() ** 2 / (mean ** 2).sum(), 1))])

    fit = sm.GLM(y, sm.add_constant(score), family=sm.families.Binomial()).fit(tol=1e-14)
    X = sm.add_constant(score)
    r = (y - fit.fittedvalues)[:, None] * X
    g = np.array([r[of == k].sum(axis=0) for k in ks])
    w = fit.fittedvalues * (1 - fit.fittedvalues)
    inverse = np.linalg.inv(X.T @ (w[:, None] * X))
    cov = len(ks) / (len(ks) - 1) * inverse @ (g.T @ g) @ inverse
    t = stats.t.ppf(.975, len(ks) - 1)
    se = np.sqrt(np.diag(cov))
    array("double", "golden_intercept", [float(v) for v in (fit.params[0], fit.params[0] - t * se[0], fit.params[0] + t * se[0])])
    array("double", "golden_slope", [float(v) for v in (fit.params[1], fit.params[1] - t * se[1], fit.params[1] + t * se[1])])
    with open(OUT, "w") as f:
        f.write("/* Made by tests/ref/stat_cluster.py. */\n" + "\n".join(out) + "\n")


main()
