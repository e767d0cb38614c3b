#!/usr/bin/env python3
"""Writes tests/train/stage_golden.h: schedules, focal and smoothed losses and clipped steps as PyTorch and torchvision have
them, on inputs that the tests rebuild by the same formulas.      tests/ref/stage_golden.py > tests/train/stage_golden.h"""
import numpy as np
import torch
import torch.nn.functional as F
from torch.optim import lr_scheduler as lr
from torchvision.ops import sigmoid_focal_loss

torch.set_num_threads(1)


def wave(n, t):
    return np.sin(np.arange(n) * 1.3 + t)


def emit(name, values):
    flat = np.asarray(values, dtype=np.float64).ravel()
    rows = [", ".join("%.12g" % v for v in flat[i : i + 6]) for i in range(0, len(flat), 6)]
    print("static const double %s[%d] = {\n\t%s,\n};" % (name, len(flat), ",\n\t".join(rows)))


LOSSES = [1, 0.9, 0.9, 0.9, 0.85, 0.86, 0.87, 0.84995, 0.7, 0.71, 0.72, 0.73]


def rates(make, n, losses=None):
    o = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    s = make(o)
    out = []
    for i in range(n):
        out.append(o.param_groups[0]["lr"])
        o.step()
        s.step(*([losses[i]] if losses else []))
    return out


def schedules():
    emit("golden_step", rates(lambda o: lr.StepLR(o, 3, 0.5), 12))
    emit("golden_plateau", rates(lambda o: lr.ReduceLROnPlateau(o, factor=0.5, patience=1), 12, LOSSES))
    emit("golden_onecycle", rates(lambda o: lr.OneCycleLR(o, 0.1, total_steps=12), 12))
    warm = lambda o: lr.LinearLR(o, 1 / 4, 1, 3)
    emit("golden_warmup", rates(lambda o: lr.SequentialLR(o, [warm(o), lr.CosineAnnealingLR(o, 9)], [3]), 12))


def losses():
    y = torch.tensor([0, 1, 1, 0, 1])
    z1 = torch.tensor(3 * wave(5, 0), requires_grad=True)
    loss = sigmoid_focal_loss(z1, y.double(), alpha=-1, gamma=2, reduction="mean")
    loss.backward()
    emit("golden_focal", [loss.item(), *z1.grad])
    z1.grad = None
    loss = F.binary_cross_entropy_with_logits(z1, y.double(), pos_weight=torch.tensor(0.4, dtype=torch.double))
    loss.backward()
    emit("golden_pos_weight", [loss.item(), *z1.grad])
    y3 = torch.tensor([0, 1, 2, 0, 1])
    z3 = torch.tensor(3 * wave(15, 1).reshape(5, 3), requires_grad=True)
    loss = F.cross_entropy(z3, y3, weight=torch.tensor([0.5, 2, 3.25], dtype=torch.double), label_smoothing=0.1)
    loss.backward()
    emit("golden_smoothed", [loss.item(), *z3.grad.ravel()])
    z3.grad = None
    soft = 0.7 * F.one_hot(y3, 3) + 0.3 * F.one_hot(torch.tensor([1, 1, 0, 2, 0]), 3)
    loss = F.cross_entropy(z3, soft)
    loss.backward()
    emit("golden_mixed", [loss.item(), *z3.grad.ravel()])


def clipped():
    p = torch.tensor(wave(24, 0).astype(np.float32), requires_grad=True)
    o = torch.optim.SGD([p], lr=1e-2, momentum=0.9)
    for t in range(8):
        o.zero_grad()
        (0.05 * (p[:23] ** 2).sum()).backward()
        p.grad += torch.tensor((wave(24, t + 1) * 10.0 ** -t).astype(np.float32))
        torch.nn.utils.clip_grad_norm_([p], 0.25)
        o.step()
    emit("golden_clipped", p.detach())


print("/* Written by tests/ref/stage_golden.py with torch %s. */" % torch.__version__.split("+")[0])
schedules()
losses()
clipped()
