"""PyTorch's side of the tools' benchmark: the script that somebody would write, with what makes it fast.

  peer_tools.py score MODEL PICTURE                  one image to one probability, printed
  peer_tools.py prep pil|draft LIST                  decode, resize, normalise; line protocol of bench_net.c
  peer_tools.py cam MODEL LIST OUT THREADS           scores.tsv and Grad-CAM overlays of a list
  peer_tools.py compare-prep STREAM LIST             mean gray levels between 8-bit records and PIL's, mean and worst
  peer_tools.py compare-cam STREAM OURS THEIRS       the same of two folders of overlays; the largest gap of logits
  peer_tools.py jpeg OUT PNG...                      JPEG copies of images, where there are no real ones
"""
import concurrent.futures
import json
import os
import sys

import numpy
import PIL.Image
import torch
from torchvision import transforms

import peer_torch

SIZE, BATCH = 224, 16
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
resize = transforms.Resize((SIZE, SIZE))
tensor = transforms.Compose([transforms.ToTensor(), transforms.Normalize(MEAN, STD)])


def decode(path, draft=False):
    """Pixels at the network's size. draft: JPEGs are decoded at a half, a quarter or an eighth where that is enough."""
    image = PIL.Image.open(path)
    if draft:
        image.draft("RGB", (SIZE, SIZE))
    return resize(image.convert("RGB"))


def paths_of(list_file):
    with open(list_file) as f:
        return [line.split("\t")[0].rstrip("\n") for line in f][1:]


def network(model):
    return peer_torch.load(model).eval()


def score(model, path):
    with torch.inference_mode():
        print(network(model)(tensor(decode(path)).unsqueeze(0)).sigmoid().item())


class Prep:
    def __init__(self, form, list_file):
        self.paths, self.draft = paths_of(list_file), form == "draft"

    def run(self, n):
        for i in range(n):
            tensor(decode(self.paths[i % len(self.paths)], self.draft))


def jet(v):
    """[h,w] in 0..1 -> [h,w,3] in 0..255."""
    return 255 * numpy.clip(1.5 - numpy.abs(4 * v[..., None] - numpy.array([3., 2., 1.], dtype=v.dtype)), 0, 1)


def overlay(pixels, heat, path):
    PIL.Image.fromarray(numpy.rint(.5 * pixels + .5 * jet(heat)).astype(numpy.uint8)).save(path)


class GradCam:
    """The backward stops at the last feature map: nothing before it is needed."""

    def __init__(self, net):
        self.trunk = torch.nn.Sequential(*list(net.children())[:-2])
        self.head = torch.nn.Sequential(net.avgpool, torch.nn.Flatten(), net.fc)

    def __call__(self, x):
        with torch.no_grad():
            feat = self.trunk(x)
        feat.requires_grad_()
        z = self.head(feat)
        z.sum().backward()  # the last class, as cxr-cam explains unless told
        heat = (feat.grad.mean((2, 3), keepdim=True) * feat.detach()).sum(1, keepdim=True).relu()
        heat = torch.nn.functional.interpolate(heat, size=(SIZE, SIZE), mode="bilinear", align_corners=False)
        top = heat.amax((2, 3), keepdim=True)
        return z.detach().flatten(), (heat / torch.where(top > 0, top, torch.ones_like(top))).squeeze(1).numpy()


def cam(model, list_file, out, threads):
    torch.set_num_threads(int(threads))
    os.makedirs(out, exist_ok=True)
    paths, explain = paths_of(list_file), GradCam(network(model))
    with concurrent.futures.ThreadPoolExecutor(int(threads)) as pool, open(out + "/scores.tsv", "w") as table:
        print("id\tz\tp", file=table)
        batches = [list(range(i, min(i + BATCH, len(paths)))) for i in range(0, len(paths), BATCH)]
        load = lambda batch: pool.map(decode, [paths[i] for i in batch])  # noqa: E731
        coming, saving = load(batches[0]), []
        for k, batch in enumerate(batches):
            images = list(coming)
            coming = load(batches[k + 1]) if k + 1 < len(batches) else None
            x = torch.stack([tensor(p) for p in images]).contiguous(memory_format=torch.channels_last)
            z, heat = explain(x)
            for i, p, h, v in zip(batch, images, heat, z):
                saving.append(pool.submit(overlay, numpy.asarray(p), h, f"{out}/{i:05d}.png"))
                print(paths[i], v.item(), v.sigmoid().item(), sep="\t", file=table)
        for s in saving:
            s.result()


def records(path):
    """(header, data) of every record of a stream."""
    with open(path, "rb") as f:
        while size := f.read(8):
            header = json.loads(f.read(int.from_bytes(size, "little")))
            tensors = [t["data_offsets"][1] for name, t in header.items() if name != "__metadata__"]
            yield header, f.read(max(tensors, default=0))


def compare(pairs):
    d = [numpy.abs(a.astype(numpy.float32) - b.astype(numpy.float32)).mean() for a, b in pairs]
    print(f"{numpy.mean(d):.4f} {numpy.max(d):.4f}")


def compare_prep(stream, list_file):
    ours = [numpy.frombuffer(data, numpy.uint8, offset=h["image"]["data_offsets"][0]).reshape(h["image"]["shape"])
            for h, data in records(stream) if h["__metadata__"]["cxr"] == "item"]
    compare((a, numpy.asarray(decode(p))) for a, p in zip(ours, paths_of(list_file), strict=True))


def compare_cam(stream, ours, theirs):
    names = [sorted(n for n in os.listdir(d) if n.endswith(".png")) for d in (ours, theirs)]
    pixels = lambda path: numpy.asarray(PIL.Image.open(path).convert("RGB"))  # noqa: E731
    compare((pixels(f"{ours}/{a}"), pixels(f"{theirs}/{b}")) for a, b in zip(*names, strict=True))
    z = [numpy.frombuffer(data, numpy.float32, 1, h["logit"]["data_offsets"][0])[0]
         for h, data in records(stream) if h["__metadata__"]["cxr"] == "item"]
    with open(theirs + "/scores.tsv") as f:
        their_z = [float(line.split("\t")[1]) for line in list(f)[1:]]
    print(max(abs(a - b) for a, b in zip(z, their_z, strict=True)))


def jpeg(out, *pngs):
    for path in pngs:
        label = os.path.basename(os.path.dirname(path))
        os.makedirs(f"{out}/{label}", exist_ok=True)
        PIL.Image.open(path).convert("L").save(f"{out}/{label}/{os.path.basename(path)[:-4]}.jpeg", quality=95)


def main(what, *args):
    if what == "prep":
        torch.set_num_threads(1)
        peer_torch.serve(Prep(*args))
    else:
        {"score": score, "cam": cam, "compare-prep": compare_prep, "compare-cam": compare_cam,
         "jpeg": jpeg}[what](*args)


if __name__ == "__main__":
    main(*sys.argv[1:])
