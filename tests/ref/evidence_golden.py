#!/usr/bin/env python3
"""Writes tests/train/evidence_golden.h: four steps of the small network of train_golden.py with the evidence loss, in
PyTorch.      tests/ref/evidence_golden.py > tests/train/evidence_golden.h"""
import numpy as np
import torch
import torch.nn.functional as F
from train_golden import NAMES, Net, batches, emit

WEIGHT = 0.7


def outside():
    """The share outside the mask of each of 8x8 cells of 2x2 pixels; image 6 has no mask."""
    i, y, x = np.meshgrid(np.arange(7), np.arange(16), np.arange(16), indexing="ij")
    mask = (x * 3 + y * 5 + i * 7) % 16 < 9
    o = 1 - torch.tensor(mask, dtype=torch.float64).reshape(7, 8, 2, 8, 2).mean((2, 4))
    o[6] = 0
    return o


def evidence(net, x, o):
    features = F.relu(net.bn1(net.conv1(x)))
    e = torch.einsum("nchw,kc->nkhw", features, net.fc.weight).abs().mean(1)
    area = o.sum((1, 2))
    return net.fc(features.mean((2, 3))), ((o * e).sum((1, 2)) / area.clamp(min=1e-9)).sum() / len(x)


def train(outputs):
    net = Net(outputs).double()
    optimiser = torch.optim.SGD(net.parameters(), lr=1e-1, momentum=0.9)
    o = outside()
    for _ in range(2):
        for (x, y), at in zip(batches(torch.float64), (o[:4], o[4:])):
            optimiser.zero_grad()
            z, more = evidence(net, x, at)
            if outputs == 1:
                loss = F.binary_cross_entropy_with_logits(z[:, 0], y.double())
            else:
                loss = F.cross_entropy(z, y)
            (loss + WEIGHT * more).backward()
            optimiser.step()
    return net.state_dict()


print("/* Made by tests/ref/evidence_golden.py with PyTorch %s. */" % torch.__version__)
for outputs in 1, 2:
    s = train(outputs)
    for key in NAMES:
        if "running" not in key:
            emit("golden_evidence%d_%s" % (outputs, key.replace(".", "_")), s[key])
