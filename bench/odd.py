#!/usr/bin/env python3
"""How often cxr-infer's `odd` finds what is no upright frontal chest X-ray (bench/odd.md).
    bench/odd.py MODEL LIST [NAME=LIST_OR_FOLDER ...]   LIST: images of the training images' kind, on none of which the
                                                   model was trained or its cut chosen; NAME: further images
Images are made (noise, stripes, drawings, black, white), taken from scikit-learn and SciPy (photographs), or are the
first 80 of LIST turned and inverted."""
import glob
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image, ImageDraw, ImageOps

SIZE, COUNT = 256, 40
random = np.random.RandomState(1)


def noise(i):
    if i % 2:
        return Image.fromarray(np.clip(random.normal(128, (20, 40, 70)[i % 3], (SIZE, SIZE)), 0, 255).astype(np.uint8))
    coarse = random.randint(0, 256, (SIZE >> i % 4, SIZE >> i % 4)).astype(np.uint8)
    return Image.fromarray(coarse).resize((SIZE, SIZE))


def stripes(i):
    y, x = np.mgrid[:SIZE, :SIZE]
    angle, period = random.uniform(0, np.pi), random.uniform(4, 60)
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period)
    return Image.fromarray((127 + 100 * (np.sign(wave) if i % 2 else wave)).astype(np.uint8))


def drawing(_):
    image = Image.new("L", (SIZE, SIZE), 255)
    draw = ImageDraw.Draw(image)
    for _ in range(random.randint(4, 16)):
        (x0, x1), (y0, y1) = sorted(random.randint(0, SIZE, 2)), sorted(random.randint(0, SIZE, 2))
        box, fill = [x0, y0, x1 + 2, y1 + 2], int(random.randint(200)) if random.rand() < 0.3 else None
        kind = random.randint(4)
        if kind < 2:
            (draw.ellipse, draw.rectangle)[kind](box, outline=0, fill=fill, width=3)
        elif kind == 2:
            draw.line(box, fill=0, width=4)
        else:
            draw.text((x0, y0), "CHEST PA " * 2, fill=0)
    return image


def photographs():
    import scipy.misc
    import sklearn.datasets

    for array in (*sklearn.datasets.load_sample_images().images, scipy.misc.face()):
        whole = Image.fromarray(array)
        for _ in range(COUNT // 3):
            side = int(min(whole.size) * random.uniform(0.4, 1))
            x, y = random.randint(0, whole.width - side + 1), random.randint(0, whole.height - side + 1)
            yield whole.crop((x, y, x + side, y + side)).resize((SIZE, SIZE))


def nearly(level):
    """Not one value: those are refused as flat, before any network sees them."""
    return Image.fromarray((level + random.randint(0, 2, (SIZE, SIZE))).astype(np.uint8))


def make(folder, paths):
    def save(kind, images):
        os.makedirs(f"{folder}/{kind}")
        for i, image in enumerate(images):
            image.save(f"{folder}/{kind}/{i:03d}.png")

    films = [Image.open(p).convert("L") for p in paths[:80]]
    photos = list(photographs())
    save("noise", map(noise, range(COUNT)))
    save("stripes", map(stripes, range(COUNT)))
    save("drawings", map(drawing, range(COUNT)))
    save("photographs", photos)
    save("gray photographs", (p.convert("L") for p in photos))
    save("black", (nearly(0) for _ in range(COUNT)))
    save("white", (nearly(254) for _ in range(COUNT)))
    save("inverted", map(ImageOps.invert, films))
    save("upside down", (f.rotate(180) for f in films))
    save("on its side", (f.rotate(90) for f in films))


def share(model, paths):
    """How many of these are odd, of how many that were scored."""
    prep = subprocess.run(["cxr-prep", "-q", "-m", model, "--store", "u8", "-"], input="\n".join(paths).encode(),
                          stdout=subprocess.PIPE, check=False)
    rows = subprocess.run(["cxr-infer", "-q", "-m", model, "-t"], input=prep.stdout, stdout=subprocess.PIPE, check=True)
    head, *rows = [line.split("\t") for line in rows.stdout.decode().splitlines()]
    odd = [float(r[head.index("odd")]) for r in rows if r[head.index("odd")]]
    return sum(v >= 1 for v in odd), len(odd)


def paths_of(name):
    if os.path.isdir(name):
        return sorted(glob.glob(name + "/**/*.*", recursive=True))
    with open(name) as f:
        return [line.split("\t")[0].strip() for line in f if not line.startswith("path\t")]


def main():
    model, usual, *further = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        make(folder, paths_of(usual))
        sets = [("of the training images' kind", paths_of(usual))]
        sets += [(kind, paths_of(f"{folder}/{kind}")) for kind in sorted(os.listdir(folder))]
        sets += [(name, paths_of(value)) for name, _, value in (f.partition("=") for f in further)]
        print("| images | odd | of |\n|---|---|---|")
        for name, paths in sets:
            print("| %s | %d | %d |" % (name, *share(model, paths)), flush=True)


main()
