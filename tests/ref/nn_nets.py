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


class Separable(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cin, 3, padding=1, groups=cin, bias=False)
        self.pointwise = nn.Conv2d(cin, cout, 1, bias=False)

    def forward(self, x):
        return self.pointwise(self.conv1(x))


class XceptionBlock(nn.Module):
    """Separable convolutions, each behind a relu; residual is a strided 1x1 convolution where the size is halved."""

    def __init__(self, widths, relu_first=True, halve=False):
        super().__init__()
        layers = []
        for cin, cout in zip(widths, widths[1:]):
            layers += [nn.ReLU(), Separable(cin, cout), nn.BatchNorm2d(cout)]
        if halve:
            layers.append(nn.MaxPool2d(3, 2, 1))
            self.skip = nn.Conv2d(widths[0], widths[-1], 1, 2, bias=False)
            self.skipbn = nn.BatchNorm2d(widths[-1])
        self.rep = nn.Sequential(*layers[0 if relu_first else 1 :])
        self.halve = halve

    def forward(self, x):
        return self.rep(x) + (self.skipbn(self.skip(x)) if self.halve else x)


class Xception(nn.Module):
    """Figure 5 of Chollet 2017: entry, middle and exit flow."""

    def __init__(self, num_classes):
        super().__init__()
        entry = [(64, 128, 128), (128, 256, 256), (256, 728, 728)]
        self.conv1, self.bn1 = nn.Conv2d(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32)
        self.conv2, self.bn2 = nn.Conv2d(32, 64, 3, bias=False), nn.BatchNorm2d(64)
        self.relu1, self.relu2, self.relu3, self.relu4 = (nn.ReLU() for _ in range(4))
        for i, widths in enumerate(entry, 1):
            setattr(self, "block%d" % i, XceptionBlock(widths, relu_first=i > 1, halve=True))
        for i in range(4, 12):
            setattr(self, "block%d" % i, XceptionBlock((728,) * 4))
        self.block12 = XceptionBlock((728, 728, 1024), halve=True)
        self.conv3, self.bn3 = Separable(1024, 1536), nn.BatchNorm2d(1536)
        self.conv4, self.bn4 = Separable(1536, 2048), nn.BatchNorm2d(2048)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(2048, num_classes)

    def forward(self, x):
        x = self.relu1(self.bn1(self.conv1(x)))
        x = self.relu2(self.bn2(self.conv2(x)))
        for i in range(1, 13):
            x = getattr(self, "block%d" % i)(x)
        x = self.relu3(self.bn3(self.conv3(x)))
        x = self.relu4(self.bn4(self.conv4(x)))
        return self.fc(torch.flatten(self.avgpool(x), 1))


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


def keep_places(net, name):
    """last=1: the last stage keeps its input's places; the weights stay what they are."""
    if name.startswith("resnet"):
        first = net.layer4[0]
        for conv in (first.conv2 if hasattr(first, "conv3") else first.conv1, first.downsample[0]):
            conv.stride = (1, 1)
    elif name.startswith("vgg"):
        net.features[-1] = nn.Identity()
    elif name.startswith("densenet"):
        net.features.transition3.pool = nn.Identity()
    elif name.startswith("mobilenet"):
        net.features[14].conv[1][0].stride = (1, 1)


def plain(name, num_classes, **options):
    """The network and its classifier's name."""
    if name == "mobilenet_v2_onnx":
        return mobilenet_v2_onnx(num_classes), "classifier"
    if name == "xception":
        return Xception(num_classes), "fc"
    if name == "inception_v3":
        options = dict({"aux_logits": False, "init_weights": False}, **options)
    net = getattr(torchvision.models, name)(num_classes=num_classes, **options)
    return net, "fc" if hasattr(net, "fc") else "classifier"


def network(spec, num_classes):
    """As zoo_net builds it: NAME or stack:A+B, head=, aux=, last= (not in stacks)."""
    name, *fields = spec.split(":")
    branches = fields.pop(0).split("+") if name == "stack" else []
    keys = dict(f.split("=") for f in fields)
    if branches:
        return Stack(branches, keys.get("head", "bn,256,relu,drop0.5,bn,128,relu,drop0.5"), num_classes)
    options = {"aux_logits": True} if keys.get("aux") == "1" else {}
    net, module = plain(name, num_classes, **options)
    if keys.get("last") == "1":
        keep_places(net, name)
    if "head" in keys:
        width = 512 if name.startswith("vgg") else last_width(getattr(net, module))
        net.avgpool = nn.AdaptiveAvgPool2d(1)
        net.dropout = nn.Identity()
        setattr(net, module, head(keys["head"], width, num_classes))
    return net
