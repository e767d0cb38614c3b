#!/usr/bin/env python3
"""Writes tests/explain/blank_golden.h: integrated gradients, occlusion, deletion and insertion of a small network from
every kind of nothing (lib/explain/blank.h), by PyTorch in float64.
    tests/ref/explain_blank.py > tests/explain/blank_golden.h"""
import numpy as np
import torch
import torch.nn as nn
from nn_ops import Of, conv, digest, emit, fill, nhwc, noise

H, W, C, PATCH, SAMPLES, STEPS = 8, 12, 3, 4, 32, 20
MEAN, STD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])  # the recipe's


def forward(m, x):
    x = m.pool(torch.relu(m.bn1(m.conv1(x))))
    x = torch.relu(m.conv2(x)).mean((2, 3))
    return m.fc(x)


def network():
    fc = nn.Sequential(nn.Linear(6, 7), nn.ReLU(), nn.Linear(7, 1))
    m = Of(forward, conv1=conv(C, 8, 3, 1, 1, bias=True), bn1=nn.BatchNorm2d(8), pool=nn.MaxPool2d(2),
           conv2=conv(8, 6, 3, 1, 1, bias=True), fc=fc)
    fill(m)
    return m.eval()


def box(x, axis, r):
    """Mean of 2 r + 1, edges repeated."""
    pad = [(0, 0)] * x.ndim
    pad[axis] = (r, r)
    wide = np.pad(x, pad, mode="edge")
    return np.mean([np.take(wide, np.arange(i, i + x.shape[axis]), axis) for i in range(2 * r + 1)], 0)


def blurred(x):
    for _ in range(3):
        x = box(box(x, 3, 1 + W // 20), 2, 1 + W // 20)
    return x


def blanks(x):
    """In the order of enum blank_kind."""
    level = lambda v: ((np.float32(v) - MEAN) / STD).astype(np.float64)
    flat = lambda v: np.broadcast_to(np.reshape(v, (1, C, 1, 1)), x.shape).copy()
    other = nhwc(1, H, W, C, 21).numpy()
    return [np.zeros_like(x), blurred(x), flat(level(0)), flat(level(1)), flat(x.mean((0, 2, 3))), other]


def integrated(m, x, b):
    total = torch.zeros_like(x)
    for i in range(SAMPLES):
        v = (b + (i + 0.5) / SAMPLES * (x - b)).requires_grad_()
        total += torch.autograd.grad(m(v).sum(), v)[0]
    return ((x - b) * total / SAMPLES).sum(1)[0].numpy().ravel()


def occlusion(m, x, b):
    lost, over, stride = np.zeros((H, W)), np.zeros((H, W)), PATCH // 2
    for top in range(0, H - PATCH + 1, stride):
        for left in range(0, W - PATCH + 1, stride):
            v, at = x.clone(), (slice(top, top + PATCH), slice(left, left + PATCH))
            v[0, :, at[0], at[1]] = b[0, :, at[0], at[1]]
            lost[at] += (m(x) - m(v)).item()
            over[at] += 1
    return (lost / over).ravel()


def area(m, first, then, heat):
    """Under logit and probability while the hottest pixels of `first` become those of `then`."""
    order, z = np.argsort(-heat), []
    for step in range(STEPS + 1):
        v = first.clone().reshape(C, -1)
        at = order[: int(np.rint(step / STEPS * H * W))]
        v[:, at] = then.reshape(C, -1)[:, at]
        z.append(m(v.reshape(1, C, H, W)).item())
    z = np.array(z)
    mean = lambda y: ((y[1:] + y[:-1]) / 2).mean()
    return [mean(1 / (1 + np.exp(-z))), mean(z)]


def main():
    m, x = network(), nhwc(1, H, W, C, 8).numpy().astype(np.float32).astype(np.float64)
    heat, t, values = noise(H * W, 5).clip(0, None), torch.tensor(x), []
    heat = heat + 1e-3 * (1 + noise(H * W, 6))  # no ties
    with torch.no_grad():
        for b in map(torch.tensor, blanks(x)):
            values += digest(b.permute(0, 2, 3, 1).reshape(-1))
            with torch.enable_grad():
                values += digest(integrated(m, t, b))
            values += digest(occlusion(m, t, b))
            values += area(m, t, b, heat) + area(m, b, t, heat) + [torch.sigmoid(m(b)).item(), m(b).item()]
    print("/* Written by tests/ref/explain_blank.py: for each kind of nothing, digests of it, of integrated gradients and of")
    print(" * occlusion; deletion, insertion: of p, of the logit; p and logit of nothing. */")
    emit("golden_blank", values)


if __name__ == "__main__":
    main()
