#!/usr/bin/env python3
"""Writes tests/train/map_golden.h: four steps of a small network whose output is a map, in PyTorch.
tests/ref/map_golden.py > tests/train/map_golden.h"""
import numpy as np
import torch
import torch.nn.functional as F
from train_golden import batches, emit, wave

NAMES = ["conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "dense.relu.weight",
         "dense.relu.bias", "dense.input.weight", "dense.input.bias"]


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 8, 3, 2, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(8)
        self.dense = torch.nn.ModuleDict({"relu": torch.nn.Conv2d(8, 1, 1), "input": torch.nn.Conv2d(3, 1, 1)})
        state = self.state_dict()
        for t, name in enumerate(NAMES):
            v = 0.3 * wave(state[name].numel(), t)
            v = v + 1 if name in ("bn1.weight", "bn1.running_var") else v
            state[name] = torch.tensor(v.astype(np.float32)).reshape(state[name].shape)
        self.load_state_dict(state)

    def forward(self, x):
        low = self.dense["relu"](F.relu(self.bn1(self.conv1(x))))
        low = F.interpolate(low, x.shape[2:], mode="bilinear", align_corners=False)
        return (low + self.dense["input"](x))[:, 0]


def masks():
    """Image 6 has none."""
    i, y, x = np.meshgrid(np.arange(6), np.arange(16), np.arange(16), indexing="ij")
    return torch.tensor((x * 3 + y * 5 + i * 7) % 16 < 9, dtype=torch.float64)


def dice(z, t):
    p = torch.sigmoid(z)
    return 1 - (2 * (p * t).sum((1, 2)) + 1) / (p.sum((1, 2)) + t.sum((1, 2)) + 1)


def bce(z, t):
    return F.binary_cross_entropy_with_logits(z, t, reduction="none").mean((1, 2))


def train(loss):
    net = Net().double()
    optimiser = torch.optim.SGD(net.parameters(), lr=1e-1, momentum=0.9)
    for _ in range(2):
        for (x, _), t in zip(batches(torch.float64), (masks()[:4], masks()[4:])):
            optimiser.zero_grad()
            (loss(net(x)[: len(t)], t).sum() / len(x)).backward()
            optimiser.step()
    return net.state_dict()


print("/* Made by tests/ref/map_golden.py with PyTorch %s. */" % torch.__version__)
for how in bce, dice:
    s = train(how)
    for key in NAMES:
        if "running" not in key:
            emit("golden_%s_%s" % (how.__name__, key.replace(".", "_")), s[key])
