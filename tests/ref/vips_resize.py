#!/usr/bin/env python3
"""How far vips_resize (kernel linear) is from PIL's antialiased bilinear: why lib/image/resample.c exists.

usage: vips_resize.py IMAGE...   (needs numpy, PIL and the vips command)
Prints, of all images resized to 224 x 224 gray, the largest and the mean difference in gray levels: in 8 bits with and
without libvips' vector code, and in floats; everywhere, and away from the border.
"""
import os, subprocess, sys, tempfile
import numpy as np
from PIL import Image

SIDE = 224


def vips(*args, env={}):
    subprocess.run(["vips", *map(str, args)], check=True, env=dict(os.environ, **env))


def read(path):
    return np.asarray(Image.open(path)).astype(float)


def resize(source, out, tmp, floats=False, env={}):
    w, h = Image.open(source).size
    if floats:
        vips("cast", source, tmp + "/f.v", "float")
        source = tmp + "/f.v"
    vips("resize", source, tmp + "/r.v", SIDE / w, "--vscale", SIDE / h, "--kernel", "linear", "--gap", 0, env=env)
    vips("linear", tmp + "/r.v", tmp + "/l.v", 1, .5 if floats else 0)
    vips("cast", tmp + "/l.v", out, "uchar")


def main(paths):
    seen = {}

    def note(name, got, want):
        d = np.abs(got - want)
        seen.setdefault(name, []).append((d.max(), d.mean()))

    with tempfile.TemporaryDirectory() as tmp:
        for path in paths:
            gray = tmp + "/gray.png"
            image = Image.open(path).convert("L")
            image.save(gray)
            want = np.asarray(image.resize((SIDE, SIDE), Image.BILINEAR)).astype(float)
            kind = "enlarged" if min(image.size) < SIDE else "reduced"
            for name, floats, env in (("8 bits", False, {}), ("8 bits, no vector code", False, {"VIPS_NOVECTOR": "1"}),
                                      ("floats", True, {})):
                resize(gray, tmp + "/out.png", tmp, floats, env)
                got = read(tmp + "/out.png")
                note("%s, %s, all" % (kind, name), got, want)
                note("%s, %s, 3 pixels off the border" % (kind, name), got[3:-3, 3:-3], want[3:-3, 3:-3])
    for name, values in sorted(seen.items()):
        print("%-55s %3d images: largest %3d, mean %.3f" % (name, len(values), max(v[0] for v in values),
                                                            sum(v[1] for v in values) / len(values)))


main(sys.argv[1:])
