#!/usr/bin/env python3
"""Eight steps of a ResNet-18's head on real images, cxr-train beside PyTorch.

    tests/ref/train_head.py build/bin DIR/NORMAL DIR/PNEUMONIA

Trains the whole network for one epoch first (so that batch norms have statistics), then the head alone from there, with
sgd and adam, by both programs from the same model and stream. Exits with 1 when a parameter differs by more than 1e-4
of the largest one. (Adam divides a gradient by its own size: where a feature is nearly zero, the last bits of a forward
pass move the parameter; sgd agrees far better.) Needs PyTorch and torchvision."""
import glob
import json
import struct
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torchvision


def records(path):
    """Every record of a stream or model: metadata, tensors (F32 only)."""
    with open(path, "rb") as f:
        while head := f.read(8):
            header = json.loads(f.read(struct.unpack("<Q", head)[0]))
            meta = header.pop("__metadata__", {})
            data = f.read(max([t["data_offsets"][1] for t in header.values()], default=0))
            yield meta, {
                k: torch.from_numpy(np.frombuffer(data[slice(*t["data_offsets"])], "<f4").reshape(t["shape"]).copy())
                for k, t in header.items()
            }


def torch_head(model, stream, optimiser):
    torch.manual_seed(0)
    net = torchvision.models.resnet18(num_classes=1)
    net.load_state_dict(next(records(model))[1], strict=False)
    net.eval()
    items = [(m, t) for m, t in records(stream) if m["cxr"] == "item"]
    x = torch.stack([t["image"] for _, t in items]).permute(0, 3, 1, 2)
    y = torch.tensor([float(m["label"] == "PNEUMONIA") for m, _ in items])
    for p in net.parameters():
        p.requires_grad_(False)
    net.fc.requires_grad_(True)
    o = optimiser(net.fc.parameters())
    for i in range(0, len(x), 8):
        o.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(net(x[i : i + 8])[:, 0], y[i : i + 8]).backward()
        o.step()
    return net.state_dict()


def main():
    tools, folders = sys.argv[1], sys.argv[2:]
    bad = False
    with tempfile.TemporaryDirectory() as d:
        files = [sorted(glob.glob(f + "/*"))[:32] for f in folders]
        mixed = [p for pair in zip(*files) for p in pair]
        with open(d + "/stream", "wb") as f:
            subprocess.run([tools + "/cxr-prep", "-q", *mixed], stdout=f, check=True)

        def train(*options):
            tool = [tools + "/cxr-train", "-q", "-a", "resnet18", "--batch", "8", "--epochs", "1"]
            subprocess.run([*tool, *options, d + "/stream"], check=True, stdout=subprocess.DEVNULL)

        train("-o", d + "/start")
        start = next(records(d + "/start"))[1]
        for name, rate, make in (
            ("sgd", 1e-2, lambda p: torch.optim.SGD(p, lr=1e-2, momentum=0.9)),
            ("adam", 1e-3, lambda p: torch.optim.Adam(p, lr=1e-3)),
        ):
            train("--init", d + "/start", "--train", "fc", "--no-shuffle", "--optimizer", name, "--lr", str(rate),
                  "-o", d + "/end")
            ours, theirs = next(records(d + "/end"))[1], torch_head(d + "/start", d + "/stream", make)
            frozen = all(torch.equal(ours[k], start[k]) for k in ours if not k.startswith("fc."))
            for k in ("fc.weight", "fc.bias"):
                gap, change = float((ours[k] - theirs[k]).abs().max()), float((theirs[k] - start[k]).abs().max())
                bad |= not gap < 1e-4 * float(theirs[k].abs().max())
                print("%s %s: largest change %.2g, gap %.2g" % (name, k, change, gap))
            bad |= not frozen
            print("%s: trunk %s" % (name, "keeps its bits" if frozen else "CHANGED"))
    return bad


if __name__ == "__main__":
    sys.exit(main())
