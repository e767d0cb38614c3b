#!/usr/bin/env python3
"""Writes tests/explain/map_golden.h: maps of a ResNet-18 as PyTorch's autograd (float64) and the papers' formulas make
them. Parameters and images by formula, batch-norm statistics of a training pass over four other images (momentum
1).
    tests/ref/explain_gradcam.py > tests/explain/map_golden.h
    tests/ref/explain_gradcam.py search 600                      images that are safe to compare"""
import sys
import numpy as np
import torch
import torchvision
from nn_ops import emit, formula, noise

N, SIZE = 4, 64
SHOWN = 16  # values of a map that are written out
LAYERS = ("layer4", "layer3", "layer2.0.conv1", "layer1", "layer1.0.add")
STREAMS = (169, 353, 315, 183)  # images that are mapped: explain_gradcam.py search
TARGETS = ((2, 0, 1), (2, 1, 3), (1, 0, 2))  # logits, class, image


def images(n, fine, patches):
    count = n * SIZE * SIZE * 3
    x = np.float32(0.5) * noise(count, fine).astype(np.float32)
    x += noise(count // 200 + 1, patches).astype(np.float32).repeat(200)[:count]
    return torch.tensor(x.astype(np.float64)).reshape(n, SIZE, SIZE, 3).permute(0, 3, 1, 2).contiguous()


def mapped():
    return torch.cat([images(1, s, s) for s in STREAMS])


def resnet(logits):
    model = torchvision.models.resnet18(num_classes=logits)
    for name, t in model.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            t.copy_(formula(name, tuple(t.shape)))
    model.double().train()
    for m in model.modules():
        if isinstance(m, torch.nn.ReLU):
            m.inplace = False
        if isinstance(m, torch.nn.BatchNorm2d):
            m.momentum = 1.0
    with torch.no_grad():
        model(images(N, 12, 2))
    return model.eval()


def kept(model, name, x):
    """The value of a layer in a forward of x, whose gradient will be kept, and the logits. The sum before a block's
    last ReLU is no module: it is what goes into that ReLU the second time it is called."""
    store = []

    def keep(value):
        value.retain_grad()
        store.append(value)

    if name.endswith(".add"):
        module = model.get_submodule(name[: -len("add")] + "relu")
        hook = module.register_forward_pre_hook(lambda m, args: keep(args[0]))
    else:
        hook = model.get_submodule(name).register_forward_hook(lambda m, args, out: keep(out))
    z = model(x)
    hook.remove()
    return store[-1], z


def methods(a, g, w):
    """Name -> map [h,w] of A [c,h,w] and its gradient; w: weights of the dense layer behind the average, or None."""
    over = lambda weight: (weight[:, None, None] * a).sum(0)
    maps = {}
    if w is not None:
        maps["cam"] = over(w)
    maps["gradcam"] = over(g.mean((1, 2)))
    total = a.sum((1, 2), keepdim=True)
    below = 2 * g**2 + total * g**3
    alpha = torch.where(below != 0, g**2 / torch.where(below != 0, below, torch.ones_like(below)), torch.zeros_like(g))
    maps["gradcampp"] = over((alpha * g.clamp(min=0)).sum((1, 2)))
    maps["hirescam"] = (g * a).sum(0)
    share = torch.where(total != 0, a / torch.where(total != 0, total, torch.ones_like(total)), torch.zeros_like(a))
    maps["xgradcam"] = over((share * g).sum((1, 2)))
    maps["layercam"] = (g.clamp(min=0) * a).sum(0)
    return maps


def condition(a, g, w, maps):
    """Method -> how far its map moves, as a share of its largest, when features and gradient do by what float32 may be
    off. In a layer that has not been through its ReLU the sum over a channel may come near to 0, where XGrad-CAM has a
    pole, or to -2/g, where Grad-CAM++ has one: no two programs agree there."""
    worst, rng = dict.fromkeys(maps, 0.0), np.random.default_rng(0)
    near = lambda t: t + 2e-6 * t.std() * torch.tensor(rng.standard_normal(t.shape)) * (t != 0)
    for _ in range(16):
        for name, m in methods(near(a), near(g), w).items():
            worst[name] = max(worst[name], float(abs(m - maps[name]).max() / abs(maps[name]).max()))
    return worst


def cases():
    for logits, which, image in TARGETS:
        model, x = resnet(logits), mapped()
        for layer in LAYERS:
            a, z = kept(model, layer, x[image : image + 1])
            score = z[0, which] if logits > 1 else -z[0, 0]
            score.backward()
            sign, row = (1, which) if logits > 1 else (-1, 0)
            w = sign * model.fc.weight[row].detach() if layer == "layer4" else None
            values, gradient = a.detach()[0], a.grad[0]
            maps = methods(values, gradient, w)
            off = condition(values, gradient, w, maps)
            for method, m in maps.items():
                yield (logits, which, image, layer, method), m.numpy().ravel(), off[method]


def main():
    print("/* Written by tests/ref/explain_gradcam.py: of each map of a ResNet-18 the sum, the sum of squares, the")
    print(" * largest size and every (places / %d)th value; limit: what may be asked for, as a share of the" % SHOWN)
    print(" * largest size. */")
    rows, values = [], []
    for (logits, which, image, layer, method), m, off in cases():
        step, limit = max(len(m) // SHOWN, 1), max(5e-5, 4 * off)
        if limit > 1e-3:
            print("%s at %s, %d logits: no number, moves by %.2g" % (method, layer, logits, off), file=sys.stderr)
            continue
        row = (logits, which, image, layer, method, limit, len(values))
        rows.append('\t{%d, %d, %d, "%s", METHOD_%s, %.1g, %d},' % row)
        values += [m.sum(), (m * m).sum(), abs(m).max(), *m[::step]]
    print("static const struct {\n\tint logits, class, image;\n\tconst char *layer;")
    print("\tenum method method;\n\tdouble limit;\n\tint at;\n} golden_maps[] = {\n%s\n};" % "\n".join(rows))
    emit("golden_values", values)


def search(tries):
    """Streams whose images keep every ReLU's input of the last seven blocks farthest from zero: elsewhere a float may
    fall on the other side, and the gradient of all that lies below is another one."""
    model, nearest, margins = resnet(1), [], []
    for module in model.modules():
        if isinstance(module, torch.nn.ReLU):
            module.register_forward_pre_hook(lambda m, args: nearest.append(abs(args[0]).min().item()))
    with torch.no_grad():
        for stream in range(tries):
            nearest.clear()
            model(images(1, stream, stream))
            margins.append((min(nearest[2:]), stream))
    print(sorted(margins)[-4:])


if __name__ == "__main__":
    search(int(sys.argv[2])) if sys.argv[1:2] == ["search"] else main()
