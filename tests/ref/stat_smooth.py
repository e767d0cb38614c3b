#!/usr/bin/python3
"""Writes tests/stat/smooth_golden.h: scores of patients who have several images, and what statsmodels, scikit-learn,
scipy and plain sums give for the smooth calibration curve (Harrell's restricted cubic spline), Platt's smoothed line,
the partial AUC, the recall at a specificity, the area under the risk-coverage curve and the net benefit.

Made with numpy 1.24.2, scipy 1.10.1, statsmodels 0.13.5, scikit-learn 1.2.1.
"""
import os

import numpy as np
import statsmodels.api as sm
from scipy import optimize, stats
from sklearn import metrics as sk

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "stat", "smooth_golden.h")


def spline(x, knots):
    t, k = knots, len(knots)
    columns = [np.ones_like(x), x]
    for j in range(k - 2):
        c = np.maximum(x - t[j], 0) ** 3
        c -= np.maximum(x - t[k - 2], 0) ** 3 * (t[k - 1] - t[j]) / (t[k - 1] - t[k - 2])
        c += np.maximum(x - t[k - 1], 0) ** 3 * (t[k - 2] - t[j]) / (t[k - 1] - t[k - 2])
        columns.append(c / (t[k - 1] - t[0]) ** 2)
    return np.stack(columns, 1)


def logistic(z):
    return 1 / (1 + np.exp(-z))


def platt(x, y):
    n1, n0 = y.sum(), (1 - y).sum()
    target = np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))
    loss = lambda b: (np.logaddexp(0, b[0] + b[1] * x) - target * (b[0] + b[1] * x)).sum()
    return optimize.minimize(loss, [0, 1], method="Nelder-Mead", options={"xatol": 1e-12, "fatol": 1e-14, "maxiter": 9999}).x


def aurc(sure, wrong):
    """The mean over the coverages, equally sure images in any order: each prefix of a group has its mean error."""
    values, n, bad = [], 0, 0.
    for s in sorted(set(sure), reverse=True):
        group = wrong[sure == s]
        for k in range(1, len(group) + 1):
            values.append((bad + group.mean() * k) / (n + k))
        n += len(group)
        bad += group.sum()
    return np.mean(values)


def main():
    rng = np.random.default_rng(20261130)
    n, patients = 140, 60
    of = np.unique(np.sort(rng.integers(0, patients, n)), return_inverse=True)[1]
    patients = of.max() + 1
    effect = rng.normal(size=patients)
    y = (rng.normal(size=n) + effect[of] > 0).astype(int)
    z = np.round(1.8 * y - .4 + .7 * effect[of] + rng.normal(size=n), 1)
    p = logistic(z)
    out = [f"enum {{ SMOOTH_N = {n}, SMOOTH_PATIENTS = {patients} }};"]

    def array(kind, name, values):
        lines, line = [], ""
        for v in values:
            if len(line) > 100:
                lines.append(line.strip())
                line = ""
            line += repr(v) + ", "
        lines.append(line.strip())
        out.append(f"static const {kind} {name}[] = {{\n\t" + "\n\t".join(lines) + "\n};")

    array("uint32_t", "smooth_of", [int(v) for v in of])
    array("unsigned char", "smooth_y", [int(v) for v in y])
    array("double", "smooth_z", [float(v) for v in z])
    knots = np.quantile(z, [.05, .35, .65, .95])
    fit = sm.GLM(y, spline(z, knots), family=sm.families.Binomial()).fit(
        tol=1e-14, maxiter=200, cov_type="cluster", cov_kwds={"groups": of, "use_correction": False})
    at = np.array([-1., .25, 2.])
    basis = spline(at, knots)
    line = basis @ fit.params
    cov = fit.cov_params() * patients / (patients - 1)
    half = stats.t.ppf(.975, patients - 1) * np.sqrt(np.einsum("ij,jk,ik->i", basis, cov, basis))
    array("double", "smooth_at", [float(v) for v in at])
    array("double", "smooth_curve", [float(v) for v in logistic(line)])
    array("double", "smooth_lo", [float(v) for v in logistic(line - half)])
    array("double", "smooth_hi", [float(v) for v in logistic(line + half)])
    gap = np.abs(logistic(spline(z, knots) @ fit.params) - p)
    array("double", "smooth_gaps", [float(gap.mean()), float(np.median(gap)), float(np.quantile(gap, .9))])
    draws = rng.multivariate_normal(fit.params, cov, 4000)
    gaps = np.abs(logistic(draws @ spline(z, knots).T) - p)
    some = np.stack([gaps.mean(1), np.median(gaps, 1), np.quantile(gaps, .9, axis=1)])
    array("double", "smooth_gaps_lo", [float(v) for v in np.quantile(some, .025, axis=1)])
    array("double", "smooth_gaps_hi", [float(v) for v in np.quantile(some, .975, axis=1)])
    array("double", "smooth_platt", [float(v) for v in platt(z, y)])
    apart = np.where(y == 1, np.abs(z) + .1, -np.abs(z) - .1)
    array("double", "smooth_platt_apart", [float(v) for v in platt(apart, y)])
    fpr, tpr, _ = sk.roc_curve(y, z)
    array("double", "smooth_partial", [float(sk.roc_auc_score(y, z, max_fpr=.1)), float(tpr[fpr <= .05].max())])
    p = np.round(p, 9)
    wrong = ((p >= .5) != y).astype(float)
    array("double", "smooth_aurc", [float(aurc(np.abs(p - .5), wrong))])
    odds = .3 / .7
    part = np.where(p >= .3, np.where(y == 1, 1, -odds), 0)
    total = np.array([(part - part.mean())[of == k].sum() for k in range(patients)]) / n
    se = np.sqrt((total ** 2).sum() * patients / (patients - 1))
    array("double", "smooth_benefit", [float(v) for v in (part.mean(), part.mean() - 1.959963984540054 * se,
                                                          part.mean() + 1.959963984540054 * se)])
    with open(OUT, "w") as f:
        f.write("/* Made by tests/ref/stat_smooth.py. */\n" + "\n".join(out) + "\n")


if __name__ == "__main__":
    main()
