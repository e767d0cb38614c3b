#!/usr/bin/env python3
"""Writes tests/image/data: small images in every format that is read, and what PIL makes of them.

usage: image_golden.py [DIRECTORY]   (needs numpy and PIL; the tests themselves need neither)
"""
import io, os, struct, sys, zlib
import numpy as np
from PIL import Image

out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "image", "data")
os.makedirs(out, exist_ok=True)


def path(name):
    return os.path.join(out, name)


def pattern(h, w, c):
    """Pixel (y, x, channel) is (7 y + 3 x + 40 channel) mod 256: tests/image/test_decode.c has the same formula."""
    y, x, k = np.mgrid[:h, :w, :c]
    return ((7 * y + 3 * x + 40 * k) % 256).astype(np.uint8)


def png(name, a, bits, colour, significant=b""):
    """PNG by hand: PIL does not write 16-bit colour, nor sBIT."""
    a = np.asarray(a)
    rows = b"".join(b"\0" + row.astype(">u2" if bits == 16 else "u1").tobytes() for row in a)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    h, w = a.shape[:2]
    with open(path(name), "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, bits, colour, 0, 0, 0))
                + (chunk(b"sBIT", significant) if significant else b"") + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def tiff(name, a, photometric, largest):
    """A 16-bit gray TIFF by hand, with MaxSampleValue: black is 0 (photometric 1) or white is (0)."""
    h, w = a.shape
    entries = (256, 3, w), (257, 3, h), (258, 3, 16), (259, 3, 1), (262, 3, photometric), (273, 4, 8), (277, 3, 1), \
        (278, 3, h), (279, 4, 2 * h * w), (281, 3, largest)
    with open(path(name), "wb") as f:
        f.write(b"II*\0" + struct.pack("<I", 8 + 2 * h * w) + a.astype("<u2").tobytes() + struct.pack("<H", len(entries))
                + b"".join(struct.pack("<HHII", tag, kind, 1, v) for tag, kind, v in entries) + b"\0\0\0\0")


def pnm(name, a):
    a = np.asarray(a)
    kind = b"P5" if a.ndim == 2 or a.shape[2] == 1 else b"P6"
    with open(path(name), "wb") as f:
        f.write(kind + b"\n%d %d\n255\n" % (a.shape[1], a.shape[0]) + a.astype(np.uint8).tobytes())


# ---- formats, 13 x 9, without loss
H, W = 9, 13
gray, rgb, rgba = pattern(H, W, 1)[..., 0], pattern(H, W, 3), pattern(H, W, 4)
la = pattern(H, W, 2)
Image.fromarray(gray).save(path("gray.png"))
Image.fromarray(rgb).save(path("rgb.png"))
Image.fromarray(la, "LA").save(path("graya.png"))
Image.fromarray(rgba, "RGBA").save(path("rgba.png"))
Image.fromarray((gray >= 60)).convert("1").save(path("bit.png"))
palette = Image.fromarray(gray, "P")
palette.putpalette([v for i in range(256) for v in (i, 255 - i, i // 2)])
palette.save(path("palette.png"))
png("gray16.png", gray.astype(int) * 257 + 3, 16, 0)
png("rgb16.png", rgb.astype(int) * 257, 16, 2)
png("rgba16.png", rgba.astype(int) * 257, 16, 6)
png("low12.png", gray.astype(int) * 16, 16, 0, b"\x0c")  # 12 bits in the lower bits, as scanners write them
png("high12.png", gray.astype(int) * 257, 16, 0, b"\x0c")  # in the upper bits, as the standard has it
png("low12rgb.png", rgb.astype(int) * 16, 16, 2, b"\x0b\x0c\x0b")
tiff("low12.tif", gray.astype(int) * 16, 1, 4095)
tiff("inverted12.tif", 4095 - gray.astype(int) * 16, 0, 4095)
Image.fromarray(np.dstack([gray, gray * 0]), "LA").save(path("hidden.png"))
Image.fromarray(gray).save(path("gray.gif"))
Image.fromarray(rgb).save(path("rgb.webp"), lossless=True)
Image.fromarray(rgba, "RGBA").save(path("rgba.webp"), lossless=True, exact=True)
Image.fromarray(gray).save(path("gray.bmp"))
Image.fromarray(gray).save(path("gray.tif"))
Image.fromarray(rgb).save(path("rgb.tif"), compression="tiff_lzw")
Image.fromarray(gray).save(path("pages.tif"), save_all=True, append_images=[Image.fromarray(255 - gray)])
Image.fromarray(gray.astype(np.uint16) * 257).save(path("gray16.tif"))
Image.fromarray(gray.astype(np.float32)).save(path("float.tif"))
pnm("gray.pgm", gray)
pnm("rgb.ppm", rgb)
with open(path("gray12.pgm"), "wb") as f:
    f.write(b"P5 # 12 bits\n%d %d\n4095\n" % (W, H) + (gray.astype(int) * 16).astype(">u2").tobytes())
with open(path("plain.pgm"), "w") as f:
    f.write("P2\n# plain\n%d %d\n255\n" % (W, H) + "\n".join(" ".join(map(str, r)) for r in gray) + "\n")

# ---- JPEG: what PIL decodes is kept as PNM
big_y, big_x = np.mgrid[:47, :61]
smooth = 128 + 60 * np.sin(big_x / 7.0) + 50 * np.cos(big_y / 5.0 + big_x / 20.0)
edges = np.where((big_x - 30) ** 2 + (big_y - 22) ** 2 < 200, 40, 0)
noise = np.random.RandomState(5).randint(-20, 21, smooth.shape)
scene = np.clip(smooth + edges + noise, 0, 255).astype(np.uint8)
scene3 = np.dstack([scene, np.roll(scene, 5, 1), 255 - scene])


def jpeg(name, im, **how):
    buffer = io.BytesIO()
    im.save(buffer, "JPEG", quality=90, **how)
    with open(path(name), "wb") as f:
        f.write(buffer.getvalue())
    return Image.open(io.BytesIO(buffer.getvalue()))


pnm("gray.jpeg.pgm", np.asarray(jpeg("gray.jpeg", Image.fromarray(scene))))
pnm("rgb.jpeg.ppm", np.asarray(jpeg("rgb.jpeg", Image.fromarray(scene3), progressive=True)))
exif = Image.Exif()
exif[0x112] = 6  # "turn me to the right": people who look at the file see it upright, so the network does
pnm("turned.jpeg.pgm", np.rot90(np.asarray(jpeg("turned.jpeg", Image.fromarray(scene), exif=exif)), -1))
jpeg("cmyk.jpeg", Image.fromarray(scene3).convert("CMYK"))
pnm("luma.pgm", np.asarray(Image.fromarray(scene3).convert("L")))

# ---- resampling: <kernel>-<channels>-<width>x<height>.p?m from scene.pgm, scene.ppm
pnm("scene.pgm", scene)
pnm("scene.ppm", scene3)
kernels = {"nearest": Image.NEAREST, "linear": Image.BILINEAR, "cubic": Image.BICUBIC, "lanczos3": Image.LANCZOS}
for kernel, code in kernels.items():
    for w, h in (16, 16), (9, 70), (100, 20), (7, 5):
        pnm("%s-1-%dx%d.pnm" % (kernel, w, h), np.asarray(Image.fromarray(scene).resize((w, h), code)))
    pnm("%s-3-16x12.pnm" % kernel, np.asarray(Image.fromarray(scene3).resize((16, 12), code)))


def mitchell(n_in, n_out):
    """The matrix of a Mitchell-Netravali resize (B = C = 1/3), which PIL does not have."""
    scale = n_in / n_out
    wide = max(scale, 1)
    m = np.zeros((n_out, n_in))
    for i in range(n_out):
        x = np.abs((np.arange(n_in) + .5 - (i + .5) * scale) / wide)
        m[i] = np.where(x < 1, (7 * x**3 - 12 * x**2 + 16 / 3) / 6,
                        np.where(x < 2, (-7 / 3 * x**3 + 12 * x**2 - 20 * x + 32 / 3) / 6, 0))
    return m / m.sum(1, keepdims=True)


for w, h in (16, 16), (100, 20):
    v = mitchell(47, h) @ scene @ mitchell(61, w).T
    pnm("mitchell-1-%dx%d.pnm" % (w, h), np.clip(np.floor(v + .5), 0, 255))
# crop: 61 x 47 to a centred square of 47; pad: 61 x 47 to 32 x 25 inside 32 x 32
pnm("crop-1-16x16.pnm", np.asarray(Image.fromarray(scene).resize((16, 16), Image.BILINEAR, box=(7, 0, 54, 47))))
padded = Image.new("L", (32, 32))
padded.paste(Image.fromarray(scene).resize((32, 25), Image.BILINEAR), (0, 3))
pnm("pad-1-32x32.pnm", np.asarray(padded))

# ---- arrays, 5 x 4 (x 3): the pattern in every type
whites = {"u1": 255, "u2": 65535, "i2": 32767}
for code in "u1", "u2", "i2", "f2", "f4", "f8", "i4", "i8", "c8":
    white = whites.get(code, 1)
    a = pattern(5, 4, 1)[..., 0] / 255 * white
    np.save(path("%s.npy" % code), a.round().astype(code) if white > 1 else a.astype(code))
base = pattern(5, 4, 3) / np.float32(255)
np.save(path("hwc.npy"), base.astype("<f4"))
np.save(path("chw.npy"), np.ascontiguousarray(base.transpose(2, 0, 1)).astype("<f4"))
np.save(path("hw1.npy"), base[..., :1].astype("<f4"))
np.save(path("1hw.npy"), base[..., 0][None].astype("<f4"))
np.save(path("fortran.npy"), np.asfortranarray(base.astype("<f4")))
np.save(path("big.npy"), base.astype(">f4"))
np.save(path("bigu2.npy"), (pattern(5, 4, 3).astype(int) * 257).astype(">u2"))
np.save(path("bool.npy"), pattern(5, 4, 1)[..., 0] > 20)
with open(path("version2.npy"), "wb") as f:
    np.lib.format.write_array(f, base.astype("<f4"), version=(2, 0))
np.save(path("object.npy"), np.array([[1, "x"]], dtype=object))
np.save(path("struct.npy"), np.zeros((3, 3), dtype=[("a", "u1"), ("b", "f4")]))
np.save(path("nan.npy"), np.array([[0, np.nan], [1, 1]], dtype="f4"))
np.save(path("negative.npy"), np.array([[0, -1], [1, 1]], dtype="i2"))
np.save(path("wide.npy"), np.array([[0, -2.5], [1, 300]], dtype="f4"))
np.save(path("line.npy"), np.zeros(7, dtype="f4"))
np.save(path("empty.npy"), np.zeros((0, 4), dtype="f4"))
