#!/usr/bin/env python3
"""Writes tests/zoo/golden/resnet*: torchvision's networks, module by module as a forward pass meets them, in the words of
graph_dump.      tests/ref/nn_zoo.py tests/zoo/golden"""
import sys
import torch
import torchvision
from torch import nn


class Dump:
    def __init__(self, model):
        self.lines, self.shape = [], {}
        for name, m in model.named_modules():
            m.register_forward_hook(lambda m, i, o, name=name: self.shape.__setitem__(name, tuple(o.shape[1:])))
        model.eval()
        with torch.no_grad():
            model(torch.zeros(1, 3, 224, 224))

    def add(self, name, what, inputs, shape, module=None, pre="", stats=()):
        c, h, w = shape if len(shape) == 3 else (shape[0], 1, 1)
        params = [(k, v) for k, v in (module.state_dict().items() if module else ()) if k != "num_batches_tracked"]
        text = "".join(" %s:%s" % (k, "x".join(map(str, v.shape))) for k, v in params)
        self.lines.append(
            "%d %s %s%s (%s) %dx%dx%d%s" % (len(self.lines), name, what, pre, " ".join(map(str, inputs)), h, w, c, text)
        )
        return len(self.lines) - 1

    def module(self, name, m, at):
        pre = ""
        pair = lambda v: v if isinstance(v, tuple) else (v, v)
        if isinstance(m, (nn.Conv2d, nn.MaxPool2d)):
            pre = " %dx%d" % pair(m.kernel_size)
            if pair(m.stride) != (1, 1):
                pre += " stride %dx%d" % pair(m.stride)
            if pair(m.padding) != (0, 0):
                p = pair(m.padding)
                pre += " pad %d,%d,%d,%d" % (p[0], p[1], p[0], p[1])
        if isinstance(m, nn.BatchNorm2d):
            pre = " eps %g" % m.eps
        what = {nn.Conv2d: "conv", nn.MaxPool2d: "maxpool", nn.BatchNorm2d: "bn", nn.AdaptiveAvgPool2d: "gap"}
        what = {**what, nn.Linear: "dense", nn.ReLU: "act relu"}[type(m)]
        return self.add(name, what, [at], self.shape[name], m, pre)


def block(d, name, b, at):
    n, shortcut = at, at
    for i in range(1, 4):
        conv = getattr(b, "conv%d" % i, None)
        if conv is None:
            break
        if i > 1:
            n = d.add("%s.relu%d" % (name, i - 1), "act relu", [n], d.shape["%s.bn%d" % (name, i - 1)])
        n = d.module("%s.conv%d" % (name, i), conv, n)
        n = d.module("%s.bn%d" % (name, i), getattr(b, "bn%d" % i), n)
    if b.downsample is not None:
        for i, m in enumerate(b.downsample):
            shortcut = d.module("%s.downsample.%d" % (name, i), m, shortcut)
    n = d.add(name + ".add", "add", [n, shortcut], d.shape[name])
    return d.add(name, "act relu", [n], d.shape[name])


for arch in ("resnet18", "resnet34", "resnet50", "resnet101"):
    model = getattr(torchvision.models, arch)(num_classes=1000)
    d = Dump(model)
    n = d.add("input", "input", [], (3, 224, 224))
    for name in ("conv1", "bn1", "relu", "maxpool"):
        n = d.module(name, getattr(model, name), n)
    for i in range(1, 5):
        for k, b in enumerate(getattr(model, "layer%d" % i)):
            n = block(d, "layer%d.%d" % (i, k), b, n)
    n = d.module("avgpool", model.avgpool, n)
    d.module("fc", model.fc, n)
    open("%s/%s" % (sys.argv[1], arch), "w").write("\n".join(d.lines) + "\n")
