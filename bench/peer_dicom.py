"""Python's side of the row on DICOM, pydicom with Pillow and GDCM: the script that somebody would write.

  peer_dicom.py films OUT N      OUT/SYNTAX/*: N films of 2,000 x 2,500 in each syntax, made by pydicom, DCMTK and GDCM
  peer_dicom.py prep LIST        decode, window, resize, to float; "run N" times N of them, "peak" is memory in MB
  peer_dicom.py compare STREAM LIST   mean gray levels between 8-bit records and ours here, mean and worst
"""
import json
import os
import resource
import subprocess
import sys
import time

import numpy
import PIL.Image
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.pixel_data_handlers.util import apply_voi_lut

SIZE, WIDTH, HEIGHT = 224, 2000, 2500
CODECS = {"jpeg-lossless": ["dcmcjpeg", "+e1"], "jpeg-ls": ["dcmcjpls", "+el"], "rle": ["dcmcrle"],
          "jpeg-2000": ["gdcmconv", "--j2k"]}


def pixels(seed, bits):
    """Smooth shapes and some noise, as films have."""
    r = numpy.random.default_rng(seed)
    small = PIL.Image.fromarray(r.random((12, 10), numpy.float32)).resize((WIDTH, HEIGHT), PIL.Image.BICUBIC)
    x = numpy.asarray(small) * .8 + .1 + r.normal(0, .002, (HEIGHT, WIDTH))
    return (numpy.clip(x, 0, 1) * (2 ** bits - 1)).astype(numpy.uint8 if bits == 8 else numpy.uint16)


def film(path, seed, bits):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    meta.MediaStorageSOPInstanceUID = f"2.25.{seed + 1}"
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    d = FileDataset(path, {}, file_meta=meta, preamble=b"\0" * 128)
    d.is_little_endian, d.is_implicit_VR = True, False
    d.SOPClassUID, d.SOPInstanceUID, d.Modality = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID, "CR"
    d.StudyInstanceUID, d.SeriesInstanceUID = "2.25.100", "2.25.101"
    d.Rows, d.Columns, d.SamplesPerPixel, d.PixelRepresentation = HEIGHT, WIDTH, 1, 0
    d.PhotometricInterpretation = "MONOCHROME2"
    d.BitsStored, d.HighBit, d.BitsAllocated = bits, bits - 1, 8 if bits == 8 else 16
    d.WindowCenter, d.WindowWidth = 2 ** (bits - 1), 2 ** bits
    d.add_new("PixelData", "OB" if bits == 8 else "OW", pixels(seed, bits).tobytes())
    d.save_as(path, write_like_original=False)  # with the length of its first group, which DCMTK asks for


def films(out, n):
    for name in ("uncompressed", "jpeg-baseline", *CODECS):
        os.makedirs(f"{out}/{name}", exist_ok=True)
    for i in range(int(n)):
        plain = f"{out}/uncompressed/{i}"
        film(plain, i, 12)
        for name, command in CODECS.items():
            subprocess.run([*command, plain, f"{out}/{name}/{i}"], check=True, stdout=subprocess.DEVNULL)
        film("plain8", i, 8)
        subprocess.run(["dcmcjpeg", "+eb", "+q", "90", "plain8", f"{out}/jpeg-baseline/{i}"], check=True)
        os.remove("plain8")


def gray(path):
    d = pydicom.dcmread(path)
    x = apply_voi_lut(d.pixel_array, d).astype(numpy.float32) * (255 / (2 ** d.BitsStored - 1))
    if d.PhotometricInterpretation == "MONOCHROME1":
        x = 255 - x
    return numpy.asarray(PIL.Image.fromarray(x).resize((SIZE, SIZE), PIL.Image.BILINEAR))


def paths_of(list_file):
    with open(list_file) as f:
        return [line.rstrip("\n") for line in f]


def prep(list_file):
    paths = paths_of(list_file)
    print("ready", flush=True)
    for line in sys.stdin:
        word, _, n = line.strip().partition(" ")
        if word == "peak":
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, flush=True)
            continue
        start = time.perf_counter()
        for i in range(int(n)):
            gray(paths[i % len(paths)]) / 255
        print((time.perf_counter() - start) * 1e3 / int(n), flush=True)


def records(path):
    with open(path, "rb") as f:
        while size := f.read(8):
            header = json.loads(f.read(int.from_bytes(size, "little")))
            tensors = [t["data_offsets"][1] for name, t in header.items() if name != "__metadata__"]
            data = f.read(max(tensors, default=0))
            if header["__metadata__"]["cxr"] == "item":
                yield numpy.frombuffer(data, numpy.uint8, SIZE * SIZE).reshape(SIZE, SIZE).astype(numpy.float32)


def compare(stream, list_file):
    d = [numpy.abs(a - gray(p)).mean() for a, p in zip(records(stream), paths_of(list_file), strict=True)]
    print(f"{numpy.mean(d):.4f} {numpy.max(d):.4f}")


if __name__ == "__main__":
    {"films": films, "prep": prep, "compare": compare}[sys.argv[1]](*sys.argv[2:])
