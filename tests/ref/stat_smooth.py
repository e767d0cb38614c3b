#!/usr/bin/python3
"""Writes tests/stat/smooth_golden.h: scores of patients who have several images, and what statsmodels, scikit-learn,
scipy and plain sums give for the smooth calibration curve (Harrell's restricted cubic spline), Platt's smoothed line,
the partial AUC, the recall at a specificity, the area under the risk-coverage curve, the net benefit (Vickers 2006, and
at a stated prevalence), the numbers of images for wanted widths (Clopper and Pearson 1934, Newcombe 2006, Riley et al.
2021) and predictive values with their interval (Zou and Donner 2008).

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


def benefit_stated(p, y, of, at, prevalence):
    """The classes weigh as much as where positives are that common; the variance is that of the patients' influences."""
    called, odds = p >= at, at / (1 - at)
    tpr, fpr = called[y == 1].mean(), called[y == 0].mean()
    value = prevalence * tpr - (1 - prevalence) * odds * fpr
    influence = np.where(y == 1, prevalence * (called - tpr) / y.sum(),
                         -(1 - prevalence) * odds * (called - fpr) / (1 - y).sum())
    total = np.bincount(of, influence)
    half = stats.norm.ppf(.975) * np.sqrt((total ** 2).sum() * len(total) / (len(total) - 1))
    return [float(value), float(value - half), float(value + half)]


def least(width, wanted):
    """The same search as there: widths of exact intervals go up and down by an image."""
    hi, lo = 2, 1
    while width(hi) > wanted:
        lo, hi = hi, 2 * hi
    while hi - lo > 1:
        middle = (lo + hi) // 2
        lo, hi = (lo, middle) if width(middle) <= wanted else (middle, hi)
    return hi


def exact_width(share, n):
    test = stats.binomtest(int(np.floor(share * n + .5)), n).proportion_ci(.95, "exact")
    return test.high - test.low


def auc_size(auc, prevalence, width):
    def of(n):
        half = n / 2 - 1
        return 2 * 1.959963984540054 * np.sqrt(auc * (1 - auc) * (1 + half * (1 - auc) / (2 - auc) + half * auc / (1 + auc)) /
                                               (n * n * prevalence * (1 - prevalence)))
    return least(of, width)


def ratio_size(prevalence, width):
    se = np.arcsinh(width / 2) / 1.959963984540054
    return float(np.ceil((1 - prevalence) / (prevalence * se ** 2)))


def sizes(p, y, of, z, prevalence):
    """Images for recall, specificity, area, observed to expected, slope; before the design effect."""
    # the worked example of pmvalsampsize (Ensor 2023): 905 and 4252 images
    assert abs(ratio_size(.018, 1) - 905) <= 1 and abs(auc_size(.8, .018, .1) - 4252) <= 2, \
        (ratio_size(.018, 1), auc_size(.8, .018, .1))
    called = p >= .5
    recall, specificity = called[y == 1].mean(), 1 - called[y == 0].mean()
    w = p * (1 - p)
    i0, i1, i2 = w.mean(), (w * z).mean(), (w * z * z).mean()
    slope = i0 / (i0 * i2 - i1 ** 2) * (2 * 1.959963984540054 / .4) ** 2
    n = [least(lambda n: exact_width(recall, n), .1) / prevalence,
         least(lambda n: exact_width(specificity, n), .1) / (1 - prevalence),
         auc_size(sk.roc_auc_score(y, z), prevalence, .1), ratio_size(prevalence, .2), slope]
    return [float(np.ceil(v)) for v in n]


def predictive(se, se_ci, sp, sp_ci, prevalence):
    """PPV: the ratio of two shares by MOVER; where one is 0 or 1, the ends that are further off."""
    odds = prevalence / (1 - prevalence)
    fp, fp_ci = 1 - sp, (1 - sp_ci[1], 1 - sp_ci[0])
    if fp == 0:
        ratios = np.inf, se_ci[0] / fp_ci[1], np.inf
    else:
        down = np.sqrt(np.log(se / se_ci[0]) ** 2 + np.log(fp_ci[1] / fp) ** 2)
        up = np.sqrt(np.log(se_ci[1] / se) ** 2 + np.log(fp / fp_ci[0]) ** 2) if fp_ci[0] > 0 else np.inf
        ratios = se / fp, se / fp * np.exp(-down), se / fp * np.exp(up)
    return [float(1 / (1 + 1 / (odds * r))) for r in ratios]


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
    off = fit.params - np.eye(len(fit.params))[1]
    right = stats.f.cdf(off @ np.linalg.solve(cov, off) / len(off), len(off), patients - 1) <= .95
    array("double", "smooth_gaps_lo", [0. if right else float(v) for v in np.quantile(some, .025, axis=1)])
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
    array("double", "smooth_benefit_stated", benefit_stated(p, y, of, .3, .1))
    array("double", "smooth_sizes", sizes(p, y, of, z, .1))
    array("double", "smooth_predictive", predictive(.9, (.8, .95), .7, (.6, .78), .1) +
          predictive(1., (.93, 1.), .7, (.6, .78), .1) + predictive(.9, (.8, .95), 1., (.91, 1.), .1))
    with open(OUT, "w") as f:
        f.write("/* Made by tests/ref/stat_smooth.py. */\n" + "\n".join(out) + "\n")


if __name__ == "__main__":
    main()
