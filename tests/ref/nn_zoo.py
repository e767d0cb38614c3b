#!/usr/bin/env python3
"""Writes tests/zoo/golden: PyTorch's networks, operation by operation as a traced forward pass meets them, in the words
of graph_dump.      tests/ref/nn_zoo.py tests/zoo/golden [ARCH...]"""
import sys
import torch
import torch.fx
import torch.nn.functional as F
from torch import nn
from torch.fx.passes.shape_prop import ShapeProp
from nn_nets import network

ARCHS = ["resnet18", "resnet34", "resnet50", "resnet101", "vgg16", "vgg19", "vgg16_bn", "vgg19_bn", "densenet121",
         "densenet169", "densenet201", "mobilenet_v2", "mobilenet_v2_onnx", "inception_v3", "inception_v3:aux=1",
         "xception", "stack:mobilenet_v2+densenet169", "resnet18:last=1", "resnet50:last=1", "vgg16_bn:last=1",
         "densenet121:last=1", "mobilenet_v2:last=1"]


class Tracer(torch.fx.Tracer):
    """Every node knows in which module's forward it stands."""

    scope = [""]

    def call_module(self, m, forward, args, kwargs):
        self.scope.append(self.path_of_module(m))
        result = super().call_module(m, forward, args, kwargs)
        self.scope.pop()
        return result

    def create_node(self, *args, **kwargs):
        node = super().create_node(*args, **kwargs)
        node.meta["scope"] = self.scope[-1]
        return node


def pair(v):
    return v if isinstance(v, tuple) else (v, v)


def window(kernel, stride, padding):
    s, p = pair(stride), pair(padding)
    text = " %dx%d" % pair(kernel)
    text += " stride %dx%d" % s if s != (1, 1) else ""
    return text + (" pad %d,%d,%d,%d" % (p + p) if p != (0, 0) else "")


def of_module(m, out):
    """Kind and attributes; None for what changes nothing."""
    if isinstance(m, nn.Conv2d):
        return "conv" + window(m.kernel_size, m.stride, m.padding) + (" groups %d" % m.groups if m.groups > 1 else "")
    if isinstance(m, (nn.BatchNorm2d, nn.BatchNorm1d)):
        return "bn eps %g" % m.eps
    if isinstance(m, (nn.ReLU, nn.ReLU6)):
        return "act " + type(m).__name__.lower()
    if isinstance(m, nn.MaxPool2d):
        return "maxpool" + window(m.kernel_size, m.stride, m.padding)
    if isinstance(m, nn.AvgPool2d):
        return "avgpool" + window(m.kernel_size, m.stride, m.padding) + " include_pad"
    if isinstance(m, nn.AdaptiveAvgPool2d):
        return "gap" if pair(m.output_size) == (1, 1) else "avgpool adaptive"
    if isinstance(m, nn.Dropout):
        return "dropout rate %g" % m.p
    return {nn.Linear: "dense", nn.Identity: None}[type(m)]


class Dump:
    def __init__(self, model, size):
        self.modules = dict(model.named_modules())
        self.lines, self.index, self.joined, self.names = [], {}, {}, set()
        graph = Tracer().trace(model)
        ShapeProp(torch.fx.GraphModule(model, graph)).propagate(torch.zeros(2, 3, size, size))
        self.users = {n: list(n.users) for n in graph.nodes}
        for n in graph.nodes:
            self.node(n)

    def add(self, node, name, what, inputs, module=None):
        shape = node.meta["tensor_meta"].shape[1:]
        c, h, w = shape if len(shape) == 3 else (shape[0], 1, 1)
        params = [(k, v) for k, v in (module.state_dict().items() if module else ()) if k != "num_batches_tracked"]
        text = "".join(" %s:%s" % (k, "x".join(map(str, v.shape))) for k, v in params)
        assert name not in self.names, name
        self.names.add(name)
        self.index[node] = len(self.lines)
        self.lines.append("%d %s %s (%s) %dx%dx%d%s" % (len(self.lines), name, what, " ".join(map(str, inputs)), h, w, c, text))

    def same(self, node):
        self.index[node] = self.index[node.args[0]]

    def cat(self, node, name):
        """The inputs before the last are one value already where an earlier concat joined them, as in DenseNet."""
        parts = [self.index[a] for a in node.args[0]]
        if len(parts) == 1:
            self.index[node] = parts[0]
        elif tuple(parts[:-1]) in self.joined:
            self.add(node, name, "concat", [self.joined[tuple(parts[:-1])], parts[-1]])
        else:
            self.add(node, name, "concat", parts)
        self.joined[tuple(parts)] = self.index[node]

    def module_name(self, node):
        """torchvision's ResNet uses one relu module several times; the last one's value is the block's."""
        if node.target.endswith(".relu") and "layer" in node.target:
            block = node.target[: -len(".relu")]
            before = sum(1 for n in self.names if n.startswith(block + ".relu"))
            return block if block + ".add" in self.names else "%s.relu%d" % (block, before + 1)
        return node.target

    def function_name(self, node):
        scope, kind = node.meta["scope"], node.target.__name__
        if kind == "cat" and ".denselayer" in scope:
            return scope + ".concat"
        if kind == "add" and "layer" in scope:
            return scope + ".add"
        if kind == "cat" and scope.startswith("Mixed_7"):  # InceptionE joins forks of a branch
            forks = [a.meta["scope"] for a in node.args[0]]
            return forks[0][:-3] if len(forks) == 2 else scope
        named = ("BasicConv2d", "InvertedResidual", "_DenseBlock", "XceptionBlock")  # modules whose value it is
        if type(self.modules[scope]).__name__ in named or ("Mixed" in scope and kind == "cat"):
            return scope
        kind = {"cat": "concat", "adaptive_avg_pool2d": "avgpool"}.get(kind, "pool" if "pool" in kind else kind)
        return scope + "." + kind if scope else kind

    def node(self, node):
        args = [self.index[a] for a in node.args if isinstance(a, torch.fx.Node) and a in self.index]
        if node.op == "placeholder":
            self.add(node, "input", "input", [])
        elif node.op == "call_module":
            m = self.modules[node.target]
            what = of_module(m, node)
            if what:
                self.add(node, self.module_name(node), what, args, m)
            else:
                self.same(node)
        elif node.op == "call_function" and "Outputs" not in node.target.__name__:
            self.function(node, args)

    def function(self, node, args):
        what, name = node.target, self.function_name(node)
        before = node.args[0].meta["tensor_meta"].shape if isinstance(node.args[0], torch.fx.Node) else ()
        if what is torch.cat:
            self.cat(node, name)
        elif what is torch.flatten:
            if before[2:].numel() > 1:
                self.add(node, "flatten", "flatten", args)
            else:
                self.same(node)
        elif what is F.relu:
            self.add(node, name, "act relu", args)
        elif what is F.adaptive_avg_pool2d:
            self.add(node, name, "gap", args)
        elif what is F.max_pool2d or what is torch._C._nn.avg_pool2d:
            k = dict(zip(("kernel_size", "stride", "padding"), node.args[1:]), **node.kwargs)
            size = window(k["kernel_size"], k["stride"], k.get("padding", 0))
            self.add(node, name, "maxpool" + size if what is F.max_pool2d else "avgpool" + size + " include_pad", args)
        else:
            assert what.__name__ in ("add", "iadd"), what
            self.add(node, name, "add", args)


for arch in sys.argv[2:] or ARCHS:
    dump = Dump(network(arch, 1000), 299 if "ception" in arch else 224)
    name = "stack" if "stack" in arch else arch.replace(":aux=1", "-aux").replace(":last=1", "-last")
    open("%s/%s" % (sys.argv[1], name), "w").write("\n".join(dump.lines) + "\n")
