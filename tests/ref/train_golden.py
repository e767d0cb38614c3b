#!/usr/bin/env python3
"""Writes tests/train/train_golden.h: what PyTorch makes of the inputs that tests/train/test_{loss,optim,train}.c rebuild by
the same formulas.      tests/ref/train_golden.py > tests/train/train_golden.h"""
import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def wave(n, t):
    return np.sin(np.arange(n) * 1.3 + t)


def emit(name, values, ctype="double"):
    flat = np.asarray(values, dtype=np.float64).ravel()
    rows = [", ".join("%.9g" % v for v in flat[i : i + 8]) for i in range(0, len(flat), 8)]
    print("static const %s %s[%d] = {\n\t%s,\n};" % (ctype, name, len(flat), ",\n\t".join(rows)))


# Losses, in double: z, labels, weights by formula; mean and gradient.
def losses():
    y = torch.tensor([0, 1, 1, 0, 1])
    z1 = torch.tensor(6 * wave(5, 0), requires_grad=True)
    for name, w in (("bce", [1, 1]), ("bce_weighted", [1.9448, 0.6730])):
        z1.grad = None
        loss = F.binary_cross_entropy_with_logits(z1, y.double(), weight=torch.tensor(w, dtype=torch.double)[y])
        loss.backward()
        emit("golden_" + name, [loss.item(), *z1.grad])
    y3 = torch.tensor([0, 1, 2, 0, 1])
    z3 = torch.tensor(6 * wave(15, 1).reshape(5, 3), requires_grad=True)
    for name, w in (("ce", [1, 1, 1]), ("ce_weighted", [0.5, 2, 3.25])):
        z3.grad = None
        loss = F.cross_entropy(z3, y3, weight=torch.tensor(w, dtype=torch.double))
        loss.backward()
        emit("golden_" + name, [loss.item(), *z3.grad.ravel()])


# Optimisers: 24 float32 parameters, 8 steps.
def optimisers():
    kinds = {
        "adam": lambda p: torch.optim.Adam(p, lr=1e-2),
        "adam_decay": lambda p: torch.optim.Adam(p, lr=1e-2, weight_decay=0.1),
        "adamw": lambda p: torch.optim.AdamW(p, lr=1e-2),
        "sgd": lambda p: torch.optim.SGD(p, lr=1e-2, momentum=0.9),
        "sgd_decay": lambda p: torch.optim.SGD(p, lr=1e-2, momentum=0.9, weight_decay=0.1),
    }
    for name, make in kinds.items():
        p = torch.tensor(wave(24, 0).astype(np.float32), requires_grad=True)
        o = make([p])
        for t in range(8):
            p.grad = torch.tensor((wave(24, t + 1) * 10.0 ** -t).astype(np.float32))
            o.step()
        emit("golden_" + name, p.detach())


# A small network on 7 images of 16x16, batches of 4 and 3, trained for 8 steps of the head, or 4 of everything.
BN = ["bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var"]
NAMES = ["conv1.weight", *BN, "fc.weight", "fc.bias"]


class Net(torch.nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 8, 3, 2, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(8)
        self.fc = torch.nn.Linear(8, outputs)
        state = self.state_dict()
        for t, name in enumerate(NAMES):
            v = 0.3 * wave(state[name].numel(), t)
            v = v + 1 if name in ("bn1.weight", "bn1.running_var") else v
            state[name] = torch.tensor(v.astype(np.float32)).reshape(state[name].shape)
        self.load_state_dict(state)

    def forward(self, x):
        return self.fc(F.relu(self.bn1(self.conv1(x))).mean((2, 3)))


def images():
    """Seven of them, labels 0 1 0 1 ...: stripes whose period depends on the label."""
    i, y, x, c = np.meshgrid(np.arange(7), np.arange(16), np.arange(16), np.arange(3), indexing="ij")
    return (((x * (1 + 2 * (i % 2)) + y + 2 * c + i) * 16) % 256).astype(np.uint8)


def batches(dtype):
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    x = torch.tensor((images() / 255.0 - mean) / std, dtype=dtype).permute(0, 3, 1, 2)
    y = torch.arange(7) % 2
    return [(x[:4], y[:4]), (x[4:], y[4:])]


def train(outputs, optimiser, epochs, head_only, weight, dtype=torch.float64):
    net = Net(outputs).to(dtype)
    if head_only:
        net.eval()
        for p in (*net.conv1.parameters(), *net.bn1.parameters()):
            p.requires_grad_(False)
    o = optimiser([p for p in net.parameters() if p.requires_grad])
    w = torch.tensor(weight, dtype=dtype)
    for _ in range(epochs):
        for x, y in batches(dtype):
            o.zero_grad()
            z = net(x)
            if outputs == 1:
                loss = F.binary_cross_entropy_with_logits(z[:, 0], y.to(dtype), weight=w[y])
            else:
                loss = F.cross_entropy(z, y, weight=w)
            loss.backward()
            o.step()
    return net.state_dict()


def networks():
    adam = lambda p: torch.optim.Adam(p, lr=1e-2)
    sgd = lambda p: torch.optim.SGD(p, lr=1e-1, momentum=0.9)
    kinds = ("bce_sgd", 1, sgd), ("bce_adam", 1, adam), ("ce_sgd", 2, sgd), ("ce_adam", 2, adam)
    for name, outputs, optimiser in kinds:
        s = train(outputs, optimiser, 4, True, [1.5, 0.75], torch.float32)
        emit("golden_head_" + name, [*s["fc.weight"].ravel(), *s["fc.bias"]])
    s = train(1, sgd, 2, False, [1, 1])
    for key in NAMES:
        emit("golden_all_" + key.replace(".", "_"), s[key])


if __name__ == "__main__":
    print("/* Made by tests/ref/train_golden.py with PyTorch %s. */" % torch.__version__)
    losses()
    optimisers()
    networks()
