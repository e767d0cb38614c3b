#!/usr/bin/env python3
"""How far cxr-prep's pixels are from PIL's antialiased bilinear, in gray levels.

usage: resize_pil.py IMAGE...   (needs numpy and PIL; cxr-prep in PATH)
Each image is decoded and resized to 224 x 224 by either; colours are compared channel by channel. Prints the mean and
the largest difference over all images, and the image that it is in; fails when the mean is over .5 or the largest over
3. --decoded: PIL resizes what cxr-prep is given as PNG, so that the JPEG decoder is the same on both sides.
"""
import json, os, struct, subprocess, sys, tempfile
import numpy as np
from PIL import Image

SIDE, MEAN, LARGEST = 224, .5, 3


def records(stream):
    while head := stream.read(8):
        header = json.loads(stream.read(struct.unpack("<Q", head)[0]))
        sizes = [v["data_offsets"][1] for k, v in header.items() if k != "__metadata__"]
        yield header, stream.read(max(sizes, default=0))


def prepared(paths):
    """Pixels of each image as cxr-prep stores them."""
    recipe = "size=%dx%d channels=3 kernel=linear shrink=full depth=8" % (SIDE, SIDE)
    out = subprocess.run(["cxr-prep", "-q", "--recipe", recipe, "--store", "u8", *paths], stdout=subprocess.PIPE)
    if out.returncode:
        sys.exit("cxr-prep failed")
    with tempfile.TemporaryFile() as f:
        f.write(out.stdout)
        f.seek(0)
        for header, data in records(f):
            if "image" in header:
                at = header["image"]["data_offsets"]
                yield np.frombuffer(data[at[0]:at[1]], np.uint8).reshape(header["image"]["shape"]).astype(float)


def main(args):
    decoded = args[:1] == ["--decoded"]
    paths = args[decoded:]
    with tempfile.TemporaryDirectory() as tmp:
        if decoded:
            for i, path in enumerate(paths):
                paths[i] = "%s/%04d.png" % (tmp, i)
                Image.open(path).convert("RGB").save(paths[i])
        worst, means = (0, ""), []
        for path, got in zip(paths, prepared(paths), strict=True):
            want = np.asarray(Image.open(path).convert("RGB").resize((SIDE, SIDE), Image.BILINEAR)).astype(float)
            d = np.abs(got - want)
            means.append(d.mean())
            worst = max(worst, (d.max(), os.path.basename(path)))
    mean = sum(means) / len(means)
    print("%d images: mean %.4f (of one at most %.4f), largest %d in %s" % (len(means), mean, max(means), *worst))
    return mean > MEAN or worst[0] > LARGEST


sys.exit(int(main(sys.argv[1:])))
