#!/usr/bin/python3
"""Golden intervals of sums over bins for tests/stat/test_gaps.c: tests/ref/stat_gaps.py > tests/stat/gaps_golden.h

The definition of lib/stat/gaps.h without its approximations: what a truth would show is drawn, the gaps of all bins from
one normal distribution with the covariance that patients of one truth give, not expanded."""
import numpy as np

BINS, DRAWS, Z = 15, 50000, 1.959963984540054


def draw(seed, patients, images, off):
    rng = np.random.default_rng(seed)
    p, y, of = [], [], []
    for k in range(patients):
        u, own = rng.random(2)
        for _ in range(images):
            x = .02 + .96 * (own if images == 1 else .9 * own + .1 * rng.random())
            p.append(round(x, 6))
            y.append(int(u < min(max(x - off, 0), 1)))
            of.append(k)
    return np.array(p), np.array(y), np.array(of)


def interval(what, p, y, of):
    n = len(p)
    where = np.clip(np.ceil(p * BINS).astype(int) - 1, 0, BINS - 1)
    used = np.unique(where)
    count = np.array([[np.sum((where == b) & (of == k)) for b in used] for k in range(of.max() + 1)])
    shared = count.T @ count / n ** 2
    w = count.sum(0) / n
    rate = np.array([y[where == b].mean() for b in used])
    centre = np.full(len(used), y.mean()) if what == "resolution" else np.array([p[where == b].mean() for b in used])
    noise = np.random.default_rng(7).standard_normal((DRAWS, len(used)))
    size = np.abs if what == "ece" else np.square

    def shown(direction, times):
        r = np.clip(centre + times * direction, 0, 1)
        v = shared / np.outer(w, w) * (np.minimum.outer(r, r) - np.outer(r, r))
        if what == "resolution":
            m = np.eye(len(w)) - np.outer(np.ones(len(w)), w)
            v = m @ v @ m.T
        d = r - centre
        vals, vecs = np.linalg.eigh(v)
        root = vecs * np.sqrt(np.clip(vals, 0, None))
        sums = size(d + noise @ root.T) @ w
        truth = size(d) @ w
        u = size(d) - truth
        return truth, sums.mean(), np.sqrt(sums.var() + u @ shared @ u)

    def invert(direction, z):
        low, high = 0., 20.
        for _ in range(24):
            middle = (low + high) / 2
            _, mean, sd = shown(direction, middle)
            low, high = (middle, high) if mean + z * sd < seen else (low, middle)
        return shown(direction, low)[0]

    gap = rate - centre
    free = w ** 2 / np.diag(shared)
    may = (rate * free + 2) / (free + 4)
    var = may * (1 - may) / free
    seen = size(gap) @ w
    out = gap ** 2 > Z ** 2 * var
    few = np.where(out, np.copysign(np.sqrt(np.clip(gap ** 2 - var, 0, None)), gap), 0)
    every = np.copysign(np.sqrt(gap ** 2 + var), np.where(out, gap, .5 - centre))
    return seen, min(invert(few, Z), seen), max(invert(every, -Z), seen)


print("/* Written by tests/ref/stat_gaps.py. */\nenum { GOLDEN_SETS = 3, GOLDEN_MOST = 400 };\n")
print("static const struct {\n\tint patients, images; /* of each, one after another */\n\tdouble p[GOLDEN_MOST];\n"
      "\tunsigned char y[GOLDEN_MOST];\n\tdouble ece[3], reliability[3], resolution[3];\n} golden[GOLDEN_SETS] = {")
for seed, patients, images, off in ((1, 300, 1, .2), (2, 60, 3, .1), (3, 400, 1, 0)):
    p, y, of = draw(seed, patients, images, off)
    print("\t{\n\t\t%d, %d," % (patients, images))
    for column, form in ((p, "%.6f"), (y, "%d")):
        text = [form % x for x in column]
        print("\t\t{" + ",\n\t\t ".join(", ".join(text[i:i + 12]) for i in range(0, len(text), 12)) + "},")
    for what in ("ece", "reliability", "resolution"):
        print("\t\t{%.6f, %.5f, %.5f}," % interval(what, p, y, of))
    print("\t},")
print("};")
