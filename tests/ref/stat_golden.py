#!/usr/bin/python3
"""Writes tests/stat/golden/: small score tables and what scikit-learn, statsmodels and plain definitions say of them.

NAME.scores.tsv   the score table
NAME.metrics.tsv  metric, value, lo, hi; lo and hi are 'skip' where the interval is a bootstrap's
NAME.slope.tsv    of more than two classes, 1 / temperature
NAME.roc.tsv, NAME.pr.tsv, NAME.calibration.tsv  as cxr-metrics --curve prints them, without the class column
The tests need none of these packages. Made with scikit-learn 1.2.1, scipy 1.10.1, statsmodels 0.13.5, numpy 1.24.2.
"""
import os
import warnings

import numpy as np
import statsmodels.api as sm
from scipy import optimize, stats
from scipy.special import log_softmax, logsumexp
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve
from statsmodels.stats.proportion import proportion_confint

warnings.filterwarnings("ignore")
OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "stat", "golden")
NAN = float("nan")


def delong(score, y):
    """DeLong's interval straight from the definition: the m x n matrix of comparisons, its row and column means."""
    pos, neg = score[y == 1], score[y == 0]
    if len(pos) == 0 or len(neg) == 0:
        return NAN, NAN, NAN
    psi = (pos[:, None] > neg[None, :]) + .5 * (pos[:, None] == neg[None, :])
    auc = psi.mean()
    assert abs(auc - sk.roc_auc_score(y, score)) < 1e-12
    if len(pos) < 2 or len(neg) < 2:
        return auc, NAN, NAN
    var = psi.mean(axis=1).var(ddof=1) / len(pos) + psi.mean(axis=0).var(ddof=1) / len(neg)
    half = stats.norm.ppf(.975) * np.sqrt(var)
    if half == 0:
        return (auc,)  # no width: not DeLong's then
    return auc, max(0, auc - half), min(1, auc + half)


def share(k, n):
    """A proportion and its Wilson interval; scikit-learn's 0 for 0/0 is nan here."""
    if n == 0:
        return NAN, NAN, NAN
    lo, hi = proportion_confint(k, n, method="wilson")
    return k / n, lo, hi


def ece(p, hit):
    """15 bins (lo, hi], the first closed at 0, the plain way."""
    total = 0
    for b in range(15):
        inside = (p > b / 15) & (p <= (b + 1) / 15) | ((p == 0) & (b == 0))
        if inside.any():
            total += inside.mean() * abs(p[inside].mean() - hit[inside].mean())
    return total


def murphy(p, hit):
    """Murphy's parts of the Brier score over the same bins."""
    mean, reliability, resolution = hit.mean(), 0, 0
    for b in range(15):
        inside = (p > b / 15) & (p <= (b + 1) / 15) | ((p == 0) & (b == 0))
        if inside.any():
            reliability += inside.mean() * (p[inside].mean() - hit[inside].mean()) ** 2
            resolution += inside.mean() * (hit[inside].mean() - mean) ** 2
    return {"reliability": (reliability,), "resolution": (resolution,), "uncertainty": (mean * (1 - mean),)}


def recalibration(p, y, z):
    """Intercept with slope 1, and slope, of the logistic regression on the log odds, with Wald's intervals. z is the
    log odds that p was made of, None where it is not known: it has what p lost by rounding to 0 or 1."""
    eps = np.finfo(float).eps
    x = np.log(np.maximum(p[:, 1], eps) / np.maximum(p[:, 0], eps))
    if z is not None:
        x = np.where(p.min(axis=1) < 1e-6, z, x)
    rows = {"calibration_intercept": (NAN, NAN, NAN), "calibration_slope": (NAN, NAN, NAN)}
    if y.min() == y.max():
        return rows
    fit = sm.GLM(y, np.ones(len(y)), family=sm.families.Binomial(), offset=x).fit(tol=1e-14)
    rows["calibration_intercept"] = (fit.params[0], *fit.conf_int()[0])
    apart = x[y == 0].max() <= x[y == 1].min() or x[y == 1].max() <= x[y == 0].min()
    if not apart:
        fit = sm.GLM(y, sm.add_constant(x), family=sm.families.Binomial()).fit(tol=1e-14)
        rows["calibration_slope"] = (fit.params[1], *fit.conf_int()[1])
    return rows


def one_class(y, pred, rank, suffix=""):
    """Measures of one class against the rest: y and pred are 0/1."""
    tn, fp, fn, tp = sk.confusion_matrix(y, pred, labels=[0, 1]).ravel()
    rows = {
        "precision": share(tp, tp + fp), "recall": share(tp, tp + fn), "specificity": share(tn, tn + fp),
        "npv": share(tn, tn + fn), "f1": (sk.f1_score(y, pred) if tp + fp + fn else NAN,),
        "auc": delong(rank, y), "average_precision": (sk.average_precision_score(y, rank) if y.any() else NAN,),
    }
    if tp + fp:
        assert abs(rows["precision"][0] - sk.precision_score(y, pred)) < 1e-12
    if tp + fn:
        assert abs(rows["recall"][0] - sk.recall_score(y, pred)) < 1e-12
    return {k + suffix: v for k, v in rows.items()}


def whole(y, pred, p, nclass):
    both = len(set(y)) == nclass
    labels = list(range(nclass))
    agree = len(set(y)) > 1 or len(set(pred)) > 1 or y[0] != pred[0]
    return {
        "accuracy": share((y == pred).sum(), len(y)),
        "balanced_accuracy": (sk.balanced_accuracy_score(y, pred) if both else NAN,),
        "mcc": (sk.matthews_corrcoef(y, pred),),
        "kappa": (sk.cohen_kappa_score(y, pred, labels=labels) if agree else NAN,),
        "log_loss": (sk.log_loss(y, p, labels=labels),),
    }


def write(name, columns, rows):
    with open(os.path.join(OUT, name), "w") as f:
        f.write("\t".join(columns) + "\n")
        for row in rows:
            f.write("\t".join(x if isinstance(x, str) else "%.15g" % x for x in row) + "\n")


def write_metrics(name, want):
    write(name + ".metrics.tsv", ["metric", "value", "lo", "hi"],
          [[k, v[0], *(v[1:] if len(v) == 3 else ("skip", "skip"))] for k, v in want.items()])


def write_table(name, classes, y, z, p, pred):
    outputs = {0: [], 1: classes[-1:]}.get(z.shape[1], classes)
    head = ["id", "label", "patient", "split"] + ["z_" + c for c in outputs] + ["p_" + c for c in classes]
    write(name + ".scores.tsv", head + ["pred", "status"],
          [["item%d.jpeg" % i, classes[y[i]], "person%d" % (i // 2), "test", *("%.9g" % v for v in z[i]),
            *("%.9g" % v for v in p[i]), classes[pred[i]], "ok"] for i in range(len(y))])


def write_curves(name, y, rank, p):
    """The curves of scikit-learn; thresholds are left out where it has none."""
    if len(set(y)) == 2:
        fpr, tpr, at = sk.roc_curve(y, rank, drop_intermediate=False)
        write(name + ".roc.tsv", ["fpr", "tpr", "z"], zip(fpr, tpr, ["inf", *at[1:]]))
        precision, recall, at = sk.precision_recall_curve(y, rank)
        write(name + ".pr.tsv", ["recall", "precision", "z"],
              zip(recall[::-1], precision[::-1], ["inf", *at[::-1]]))
    observed, stated = calibration_curve(y, p, n_bins=15)
    write(name + ".calibration.tsv", ["stated", "observed"], zip(stated, observed))


def binary(name, y, z, p=None, threshold=.5):
    """z: [n] one logit, [n,2] two, None for a table without raw outputs."""
    classes = ["NORMAL", "PNEUMONIA"]
    made = p is None
    if z is not None:
        z = np.float32(z).reshape(len(y), -1)
    if made:
        if z.shape[1] == 1:
            one = np.float32(1) / (np.float32(1) + np.exp(-z[:, 0]))
            p = np.stack([np.float32(1) - one, one], 1)
        else:
            p = np.exp(log_softmax(z, axis=1)).astype(np.float32)
    p = np.array([["%.9g" % v for v in row] for row in p], float)
    pred = (p[:, 1] >= threshold).astype(int)
    rank = p[:, 1] if z is None else z[:, -1].astype(float) - (z[:, 0].astype(float) if z.shape[1] == 2 else 0)
    write_table(name, classes, y, np.zeros((len(y), 0)) if z is None else z, p, pred)
    want = {**whole(y, pred, p, 2), **one_class(y, pred, rank)}
    want["brier"] = (sk.brier_score_loss(y, p[:, 1], pos_label=1),)
    want["ece"] = (ece(p[:, 1], y),)
    want.update(murphy(p[:, 1], y))
    want.update(recalibration(p, y, rank if made else None))
    want["prevalence"] = share(y.sum(), len(y))
    # the table does not hold the threshold: what can be said is the lowest p called positive
    want["threshold"] = (threshold if threshold == .5 else p[pred == 1, 1].min(), NAN, NAN)
    write_metrics(name, want)
    write_curves(name, y, rank, p[:, 1])


def multi(name, y, z):
    classes = ["BACTERIA", "NORMAL", "VIRUS"]
    z = np.float32(z)
    p = np.exp(log_softmax(z, axis=1)).astype(np.float32)
    p = np.array([["%.9g" % v for v in row] for row in p], float)
    pred = p.argmax(axis=1)
    write_table(name, classes, y, z, p, pred)
    z = z.astype(float)
    parts = []
    for k, c in enumerate(classes):
        rank = -logsumexp(np.delete(z, k, axis=1) - z[:, k:k + 1], axis=1)  # of differences, so that ties stay ties
        parts.append(one_class((y == k).astype(int), (pred == k).astype(int), rank, "." + c))
    want = whole(y, pred, p, 3)
    for m in ("precision", "recall", "specificity", "npv", "f1", "auc", "average_precision"):
        want[m] = (np.mean([part[m + "." + c][0] for part, c in zip(parts, classes)]),)
    assert abs(want["f1"][0] - sk.f1_score(y, pred, average="macro")) < 1e-12
    want["brier"] = (((p - np.eye(3)[y]) ** 2).sum(axis=1).mean(),)
    want["ece"] = (ece(p.max(axis=1), (pred == y).astype(int)),)
    want.update(murphy(p.max(axis=1), (pred == y).astype(int)))
    for part in parts:
        want.update(part)
    write_metrics(name, want)
    write_temperature(name, y, z)


def write_temperature(name, y, z):
    """The factor of z that makes y likeliest, by a search without derivatives; its Wald interval from differences."""
    def loss(b):
        return -log_softmax(b * z, axis=1)[np.arange(len(y)), y].sum()
    b = optimize.minimize_scalar(loss, bracket=(.5, 1, 2), tol=1e-12).x
    h = 1e-3
    half = stats.norm.ppf(.975) / np.sqrt((loss(b + h) - 2 * loss(b) + loss(b - h)) / h ** 2)
    write(name + ".slope.tsv", ["slope", "lo", "hi"], [["%.8g" % v for v in (b, b - half, b + half)]])


def main():
    os.makedirs(OUT, exist_ok=True)
    rng = np.random.default_rng(7)

    def labels(n, share_positive=.6):
        return (rng.random(n) < share_positive).astype(int)

    y = labels(150)
    binary("plain", y, rng.normal(size=150) * 1.5 + 2 * y - 1)
    y = labels(120)
    binary("ties", y, np.round(rng.normal(size=120) + y - .5) / 2)
    y = labels(40)
    binary("constant", y, np.full(40, .25))
    binary("constant_low", y, np.full(40, -.25))
    y = labels(40)
    binary("separable", y, 3.0 * (2 * y - 1) + rng.random(40))
    binary("reversed", y, -3.0 * (2 * y - 1) + rng.random(40))
    binary("all_positive", np.ones(30, int), rng.normal(size=30))
    binary("all_negative", np.zeros(30, int), rng.normal(size=30))
    binary("all_right", np.ones(12, int), 1 + rng.random(12))
    binary("one_positive", np.eye(30, dtype=int)[4], rng.normal(size=30))
    y = labels(100)
    binary("saturated", y, rng.normal(size=100) * 25 + 30 * (2 * y - 1))
    y = labels(110)
    binary("two_logits", y, np.stack([rng.normal(size=110), rng.normal(size=110) + 1.5 * y], 1))
    y = labels(90)
    binary("low_threshold", y, rng.normal(size=90) + y, threshold=.25)
    y = labels(90)
    one = rng.random(90) * .5 + .5 * y * rng.random(90)
    binary("no_logits", y, None, np.stack([1 - one, one], 1))
    one = np.arange(61) / 60
    binary("edges", labels(61, .5), None, np.stack([1 - one, one], 1))
    y = rng.integers(0, 3, 140)
    multi("three", y, rng.normal(size=(140, 3)) + 1.2 * np.eye(3)[y])
    multi("three_ties", y, np.round(rng.normal(size=(140, 3)) + 1.2 * np.eye(3)[y]))


main()
