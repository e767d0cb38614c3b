#!/usr/bin/env python3
"""Writes tests/nn/ops_golden.h: what PyTorch (float64) makes of the small networks that tests/nn/test_ops.c builds from
the same formulas.      tests/ref/nn_ops.py > tests/nn/ops_golden.h"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def noise(n, t):
    x = (np.arange(n, dtype=np.uint64) * 0x9E3779B1 + t & 0xFFFFFFFF).astype(np.uint32)
    x ^= x >> 16
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> 13
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> 16
    return (x >> 8) / 8388608.0 - 1


def key(name):
    h = 2166136261
    for b in name.encode():
        h = (h ^ b) * 16777619 & 0xFFFFFFFF
    return h


def formula(name, shape):
    """The tensor of a parameter: nets.h's formula_tensor."""
    n = int(np.prod(shape))
    weight = len(shape) > 1
    one = not weight and name.endswith("weight") or name.endswith("running_var")
    scale = np.float32(np.sqrt(6 / (n / shape[0])) if weight else 0.5)
    v = np.float32(1 if one else 0) + scale * noise(n, key(name)).astype(np.float32)
    return torch.tensor(v.astype(np.float32).astype(np.float64).reshape(shape))


def fill(module):
    state = module.state_dict()
    for name, t in state.items():
        if not name.endswith("num_batches_tracked"):
            t.copy_(formula(name, tuple(t.shape)))


def nhwc(n, h, w, c, t):
    return torch.tensor(noise(n * h * w * c, t)).reshape(n, h, w, c).permute(0, 3, 1, 2).contiguous()


def flat(t):
    """In the order the C side has: pixels before channels."""
    t = t.detach()
    return (t.permute(0, 2, 3, 1) if t.dim() == 4 else t).reshape(-1).numpy()


def digest(values):
    """Sum, sum of squares, and about 24 of the values."""
    v = np.asarray(values, dtype=np.float64)
    return [v.sum(), (v * v).sum(), *v[:: len(v) // 24 + 1]]


def emit(name, values):
    rows = [", ".join("%.9g" % v for v in values[i : i + 8]) for i in range(0, len(values), 8)]
    print("static const double %s[%d] = {\n\t%s,\n};" % (name, len(values), ",\n\t".join(rows)))


class Of(nn.Module):
    """A network of named modules and a function of them."""

    def __init__(self, f, **modules):
        super().__init__()
        for name, m in modules.items():
            setattr(self, name, m)
        self.f = f

    def forward(self, x):
        return self.f(self, x)


def conv(cin, cout, kernel, stride=1, padding=0, groups=1, bias=False):
    return nn.Conv2d(cin, cout, kernel, stride, padding, groups=groups, bias=bias)


def joined(m, x):
    a = F.relu(m.a(x))
    b = m.b(a)
    return torch.cat([a, torch.sigmoid(b), F.relu(b + a)], 1)


def keras_same(m, x):
    return m.op(F.pad(x, (0, 1, 0, 1)))


def one(module):
    return Of(lambda m, x: m.op(x), op=module)


def ONE(f):
    return Of(lambda m, x: f(x))


# name: (shape of the input without batch, network)
CASES = {
    "conv3": ((5, 7, 3), one(conv(3, 5, 3, 1, 1, bias=True))),
    "conv_even": ((6, 5, 4), one(conv(4, 6, 2, 1, 0))),
    "conv_rect": ((7, 9, 3), one(conv(3, 4, (1, 5), (2, 1), (0, 2)))),
    "conv3_wino": ((9, 11, 16), one(conv(16, 32, 3, 1, 1, bias=True))),
    "conv3_wide": ((5, 6, 20), one(conv(20, 24, 3, 1, 1))),
    "conv7": ((13, 11, 3), one(conv(3, 8, 7, 2, 3))),
    "conv3_strided": ((9, 8, 35), one(conv(35, 18, 3, 2, 1))),
    "conv1": ((4, 6, 18), one(conv(18, 33, 1, bias=True))),
    "conv1_strided": ((5, 7, 16), one(conv(16, 16, 1, 2))),
    "conv_padded": ((3, 4, 5), one(conv(5, 3, 3, 1, 3))),
    "conv_groups": ((5, 5, 8), one(conv(8, 12, 3, 1, 1, groups=4, bias=True))),
    "depthwise": ((6, 7, 20), one(conv(20, 20, 3, 1, 1, groups=20))),
    "depthwise_strided": ((7, 6, 5), one(conv(5, 5, 3, 2, 1, groups=5))),
    "conv_keras": ((8, 6, 4), Of(keras_same, op=conv(4, 6, 3, 2))),
    "bn": ((5, 4, 7), one(nn.BatchNorm2d(7))),
    "bn_many": ((41, 33, 3), one(nn.BatchNorm2d(3))),
    "relu": ((3, 4, 5), ONE(F.relu)),
    "relu6": ((3, 4, 5), ONE(lambda x: F.relu6(8 * x))),
    "sigmoid": ((3, 4, 5), ONE(torch.sigmoid)),
    "maxpool": ((7, 8, 5), ONE(lambda x: F.max_pool2d(torch.floor(2 * x), 3, 2, 1))),
    "maxpool2": ((5, 6, 3), ONE(lambda x: F.max_pool2d(x, 2, 2))),
    "avgpool": ((7, 8, 5), ONE(lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False))),
    "avgpool_padded": ((7, 8, 5), ONE(lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=True))),
    "adaptive": ((5, 8, 6), ONE(lambda x: F.adaptive_avg_pool2d(x, (3, 4)))),
    "adaptive_wide": ((2, 3, 5), ONE(lambda x: F.adaptive_avg_pool2d(x, (7, 7)))),
    "enlarge": ((5, 4, 3), ONE(lambda x: F.interpolate(x, (13, 9), mode="bilinear", align_corners=False))),
    "enlarge_wide": ((1, 3, 2), ONE(lambda x: F.interpolate(x, (8, 6), mode="bilinear", align_corners=False))),
    "gap": ((5, 3, 6), ONE(lambda x: x.mean((2, 3)))),
    "dense": ((1, 1, 37), Of(lambda m, x: m.op(x.flatten(1)), op=nn.Linear(37, 5))),
    "flatten": ((3, 2, 4), Of(lambda m, x: m.op(x.flatten(1)), op=nn.Linear(24, 3))),
    "joined": ((4, 5, 16), Of(joined, a=conv(16, 16, 3, 1, 1, bias=True), b=nn.BatchNorm2d(16))),
}
BATCH = 3


def run(name, shape, net, train):
    fill(net)
    net.train(train)
    net.zero_grad(set_to_none=True)
    x = nhwc(BATCH, *shape, key("x"))
    if name in ("relu6", "maxpool"):  # the C side does this to its input as well
        x = (torch.floor(2 * x) if name == "maxpool" else 8 * x).clone()
        net = ONE(F.relu6 if name == "relu6" else lambda v: F.max_pool2d(v, 3, 2, 1))
    x.requires_grad_(True)
    y = net(x)
    dy = noise(y.numel(), key("dy"))
    shaped = torch.tensor(dy).reshape(BATCH, *([y.shape[2], y.shape[3], y.shape[1]] if y.dim() == 4 else [y.shape[1]]))
    y.backward(shaped.permute(0, 3, 1, 2) if y.dim() == 4 else shaped)
    values = digest(flat(y)) + digest(flat(x.grad))
    frozen = [] if train else [p for m in net.modules() if isinstance(m, nn.BatchNorm2d) for p in m.parameters()]
    for p in net.parameters():
        if not any(p is f for f in frozen):
            values += digest(p.grad.reshape(-1).numpy())
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d) and train:
            values += digest(m.running_mean.numpy()) + digest(m.running_var.numpy())
    emit("golden_%s%s" % (name, "" if train else "_eval"), values)


if __name__ == "__main__":
    print("/* Written by tests/ref/nn_ops.py: for each network its output, the gradient of its input, of its parameters, and the")
    print(" * running statistics afterwards; of each the sum, the sum of squares and some of the numbers. */")
    print("/* clang-format off */")
    for case, (size, network) in CASES.items():
        run(case, size, network, True)
    for case in ("bn", "joined"):
        run(case, *CASES[case], False)
