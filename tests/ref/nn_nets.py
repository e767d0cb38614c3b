"""Every architecture of lib/zoo in PyTorch: torchvision's, and what it does not have, written from the published
definitions."""
import warnings
import torch
import torchvision
from torch import nn
from torchvision.ops import Conv2dNormActivation

warnings.filterwarnings("ignore")


def mobilenet_v2_onnx(num_classes):
    """The ONNX model zoo's MobileNetV2: block 1 has an expansion by 1."""
    net = torchvision.models.mobilenet_v2(num_classes=num_classes)
    act = dict(norm_layer=nn.BatchNorm2d, activation_layer=nn.ReLU6)
    net.features[1].conv = nn.Sequential(
        Conv2dNormActivation(32, 32, 1, **act),
        Conv2dNormActivation(32, 32, 3, groups=32, **act),
        nn.Conv2d(32, 16, 1, bias=False),
        nn.BatchNorm2d(16),
    )
    return net


def head(text, width, num_classes):
    layers = []
    for word in text.split(","):
        if word.isdigit():
            layers.append(nn.Linear(width, int(word)))
            width = int(word)
        elif word == "bn":
            layers.append(nn.BatchNorm1d(width))
        else:
            layers.append(nn.ReLU() if word == "relu" else nn.Dropout(float(word[4:])))
    return nn.Sequential(*layers, nn.Linear(width, num_classes))


class Stack(nn.Module):
    """Branches without their classifiers, in modules a, b ...; pooled features joined; one head."""

    def __init__(self, names, text, num_classes):
        super().__init__()
        self.branches = []
        width = 0
        for letter, name in zip("abcdefgh", names):
            net, module = plain(name, 1)
            width += last_width(getattr(net, module))
            setattr(net, module, nn.Identity())
            setattr(self, letter, net)
            self.branches.append(letter)
        self.head = head(text, width, num_classes)

    def forward(self, x):
        return self.head(torch.cat([getattr(self, b)(x) for b in self.branches], 1))


def last_width(classifier):
    first = next(m for m in classifier.modules() if isinstance(m, nn.Linear))
    return first.in_features


def plain(name, num_classes, **options):
    """The network and its classifier's name."""
    if name == "mobilenet_v2_onnx":
        return mobilenet_v2_onnx(num_classes), "classifier"
    net = getattr(torchvision.models, name)(num_classes=num_classes, **options)
    return net, "fc" if hasattr(net, "fc") else "classifier"


def network(spec, num_classes):
    """As zoo_net builds it: NAME or stack:A+B, head=, aux=."""
    name, *fields = spec.split(":")
    branches = fields.pop(0).split("+") if name == "stack" else []
    keys = dict(f.split("=") for f in fields)
    if branches:
        return Stack(branches, keys.get("head", "bn,256,relu,drop0.5,bn,128,relu,drop0.5"), num_classes)
    net, module = plain(name, num_classes)
    if "head" in keys:
        width = 512 if name.startswith("vgg") else last_width(getattr(net, module))
        net.avgpool = nn.AdaptiveAvgPool2d(1)
        net.dropout = nn.Identity()
        setattr(net, module, head(keys["head"], width, num_classes))
    return net
