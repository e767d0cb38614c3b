"""Rows of the tools: whole processes, from files to files, beside Python scripts that do the same."""
import glob
import os
import shutil
import signal
import subprocess
import time

import nets
from side import DATA, DIR, QUICK, ROUNDS, Line, Pipe, Sides, output_of, peer, tool


def listed(name, folder):
    """The list of a folder's images: (file, rows)."""
    path = os.path.join(DIR, name)
    with open(path, "w") as f:
        subprocess.run(tool("cxr-list", folder), stdout=f, check=True)
    with open(path) as f:
        return path, f.read().splitlines()


def synthetic(n, size):
    """A folder of n synthetic images as JPEG, made once."""
    base = os.path.join(DIR, f"phantom-{n}-{size}")
    if not os.path.exists(base + "-jpeg"):
        output_of(tool("cxr-phantom", "-q", "-n", n, "-s", size, "-o", base))
        pngs = sorted(glob.glob(base + "/**/chest/**/*.png", recursive=True))
        output_of(peer("peer_tools.py", "jpeg", base + "-jpeg.tmp", *pngs))
        os.rename(base + "-jpeg.tmp", base + "-jpeg")
    return base + "-jpeg"


def cut(name, lines, n):
    """The header and n rows, over and over where there are fewer."""
    path = os.path.join(DIR, name)
    with open(path, "w") as f:
        print(lines[0], *(lines[1 + i % (len(lines) - 1)] for i in range(n)), sep="\n", file=f)
    return path


def originals(out, row):
    folder = os.path.join(DATA, "chest_xray_original")
    n = 32 if QUICK else 64
    real = os.path.isdir(folder)
    _, lines = listed("originals.tsv", folder if real else synthetic(n, 1600))
    out.note(row, "images: " + ("real, original size" if real else "synthetic, 1600x1600, JPEG"))
    # every other, so that a quick run has both classes
    rows = lines[1::max(1, (len(lines) - 1) // n)][:n]
    return cut("originals.tsv", [lines[0]] + rows, len(rows)), len(rows), rows[0].split("\t")[0]


def small(out, row):
    """Rows of a list of labelled 224x224 JPEGs, both classes mixed."""
    folder = os.path.join(DATA, "chest_xray")
    real = os.path.isdir(folder)
    _, lines = listed("small.tsv", folder if real else synthetic(624, 224))
    out.note(row, "images: " + ("real" if real else "synthetic") + ", 224x224 JPEG")
    step = 7919  # a prime: walks through all of them in a mixed order
    rows = lines[1:]
    return lines[:1] + [rows[i * step % len(rows)] for i in range(len(rows))]


def model():
    return nets.files("resnet18")[0]


def cold(name, sides, out):
    _, _, image = originals(out, name)
    scores = os.path.join(DIR, "cold.tsv")
    sides["ours"] = Pipe(tool("cxr-prep", image), tool("cxr-infer", "-t", "-m", model()), stdout=scores)
    sides["torch"] = Pipe(peer("peer_tools.py", "score", model(), image), stdout=scores + ".torch")
    ms = sides.alternate(1, warm=1, rounds=min(ROUNDS, 7))
    with open(scores) as f, open(scores + ".torch") as g:
        head, row = (line.rstrip("\n").split("\t") for line in f)
        p, q = float(row[head.index("p_PNEUMONIA")]), float(g.read())
    out.check(name, f"probability {p:.6f}, PyTorch's {q:.6f}", abs(p - q) < .01)
    out.add(name, "one JPEG to one score, new processes", "all", ms, "ours", {"python+torch": "torch"}, .1,
            {k: s.peak() for k, s in sides.items()}, torch=("python+torch",))


def prep(name, sides, out):
    path, n, _ = originals(out, name)
    n *= 4  # PIL's process runs already: the start of ours is for more images than these few, too
    with open(path) as f:
        path = cut("prep.tsv", f.read().splitlines(), n)
    fast = "shrink=load"
    for t in (1, 2):
        sides[f"full-{t}"] = Pipe(tool("cxr-prep", "-j", t), stdin=path)
        sides[f"load-{t}"] = Pipe(tool("cxr-prep", "-j", t, "--recipe", fast), stdin=path)
    sides["pil"] = Line(peer("peer_tools.py", "prep", "pil", path), 1)
    sides["draft"] = Line(peer("peer_tools.py", "prep", "draft", path), 1)
    for p in ("pil", "draft"):
        sides[p].read()
    for form, recipe in (("full", "imagenet"), ("load", fast)):
        stream = os.path.join(DIR, "prep.stream")
        Pipe(tool("cxr-prep", "--store", "u8", "--recipe", recipe), stdin=path, stdout=stream).run(1)
        mean, worst = map(float, output_of(peer("peer_tools.py", "compare-prep", stream, path)).split())
        text = f"shrink={form}: mean {mean:.2f}, at most {worst:.2f} gray levels from PIL's full decode"
        out.check(name, text, mean < 1)
    ms = sides.alternate(n, warm=1, rounds=min(ROUNDS, 7))
    peaks = {k: s.peak() for k, s in sides.items()}
    for form, most in (("full", None), ("load", True)):
        for t, target in ((1, .6), (2, .33)):
            out.add(name, f"cxr-prep shrink={form}, against one process of PIL", t, ms, f"{form}-{t}",
                    {"PIL": "pil"}, most and target, peaks, torch=("PIL",))
    out.add(name, "cxr-prep shrink=load, against PIL with draft()", 1, ms, "load-1", {"PIL draft": "draft"}, 1.0,
            peaks, torch=("PIL draft",))


def overlays(name, sides, out):
    n = 128 if QUICK else 624
    path = cut("cam.tsv", small(out, name), n)
    ours, theirs = (os.path.join(DIR, d) for d in ("overlays", "overlays-torch"))
    stream = os.path.join(DIR, "cam.stream")
    m = model()
    for folder in (ours, theirs):
        shutil.rmtree(folder, ignore_errors=True)
    sides["ours"] = Pipe(tool("cxr-prep", "-j2", "--store", "u8"), tool("cxr-cam", "-j2", "-m", m, "--colormap", "jet",
                         "--paint", "all", "--scale", "own", "--no-caption", "-o", ours), stdin=path, stdout=stream)
    sides["torch"] = Pipe(peer("peer_tools.py", "cam", m, path, theirs, 2))
    ms = sides.alternate(n, warm=0, rounds=1 if QUICK else 3)
    mean, worst, gap = map(float, output_of(peer("peer_tools.py", "compare-cam", stream, ours, theirs)).split())
    text = f"{n} overlays: mean {mean:.2f}, at most {worst:.2f} gray levels from PyTorch's; logits at most {gap:.1e}"
    out.check(name, text, worst < 2 and gap < .05)
    out.add(name, f"{n} JPEGs to scores and Grad-CAM overlays", 2, ms, "ours", {"torch script": "torch"}, .4,
            {k: s.peak() for k, s in sides.items()}, torch=("torch script",))


def flat(name, sides, out):
    """Memory of cxr-prep | cxr-infer, and what an image costs, as the number of images grows."""
    lines = small(out, name)
    cost, first, peaks = {}, None, []
    for n in (1, 64, 640) if QUICK else (1, 64, 624, 5000):
        p = Pipe(tool("cxr-prep", "-j2"), tool("cxr-infer", "-j2", "-t", "-m", model()),
                 stdin=cut("flat.tsv", lines, n), stdout=os.path.join(DIR, "flat.scores"))
        seconds = min(p.run(1) for _ in range(1 if n > 999 else 3)) / 1e3
        first = first or seconds
        if n > 1:
            cost[n] = (seconds - first) * 1e3 / (n - 1)
        peaks = p.peaks
    text = ", ".join(f"{n}: {c:.2f} ms" for n, c in cost.items())
    change = list(cost.values())[-1] / list(cost.values())[0]
    out.check(name, f"cxr-prep | cxr-infer, 2 threads, start ({first:.2f} s) taken off, per image of {text}; "
              f"last / first {change:.2f}", change < 1.15 or QUICK)  # a few seconds say little
    text = f"peak memory over {n} images: cxr-prep {peaks[0]:.0f} MB (150), cxr-infer {peaks[1]:.0f} MB (400)"
    out.check(name, text, peaks[0] <= 150 and peaks[1] <= 400)


def train_memory(name, sides, out):
    """cxr-train on as many images as the known training set has: an epoch and a validation, or some batches."""
    n, stop_after = 5216, 6 if QUICK else None
    lines = small(out, name)
    val, trained = os.path.join(DIR, "val.stream"), os.path.join(DIR, "trained.safetensors")
    Pipe(tool("cxr-prep", "--store", "u8"), stdin=cut("val.tsv", lines, 624), stdout=val).run(1)
    p = Pipe(tool("cxr-prep", "--store", "u8"),
             tool("cxr-train", "-q", "-j2", "-a", "resnet18", "--epochs", 1, "--allow-seen", "--val", val,
                  "-o", trained),
             stdin=cut("train.tsv", lines, n), good=(0, 75))
    procs = p.start()
    while os.waitid(os.P_PID, procs[0].pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        time.sleep(.1)  # cxr-prep ends when all is read
    start = time.perf_counter()
    if stop_after:
        time.sleep(stop_after)
        procs[1].send_signal(signal.SIGTERM)
    p.finish(procs)
    seconds = time.perf_counter() - start
    what = f"stopped after {stop_after} s" if stop_after else f"an epoch and 624 to validate: {seconds:.0f} s"
    out.check(name, f"cxr-train, ResNet-18, batch 16, {n} 8-bit images, {what}: peak {p.peaks[1]:.0f} MB (2500)",
              p.peaks[1] <= 2500)


def dicom_films(n):
    """{syntax: list of n films of 2,000 x 2,500}, made once."""
    base = os.path.join(DIR, f"dicom-{n}")
    if not os.path.exists(base):
        output_of(dicom_peer("films", base + ".tmp", n), cwd=DIR)
        os.rename(base + ".tmp", base)
    lists = {}
    for syntax in sorted(os.listdir(base)):
        lists[syntax] = os.path.join(DIR, f"films-{syntax}.txt")
        with open(lists[syntax], "w") as f:
            print(*sorted(glob.glob(f"{base}/{syntax}/*")), sep="\n", file=f)
    return lists


def first_lines(path, n):
    """The list of the first n."""
    with open(path) as f, open(f"{path}.{n}", "w") as g:
        g.writelines(f.readlines()[:n])
    return g.name


def dicom_peer(*args):
    return [os.environ["BENCH_DICOM"], *peer("peer_dicom.py", *args)[1:]]


def dicom(name, sides, out):
    """Films in each syntax, one thread beside one process; where there is an aim, more of them, more often."""
    for syntax, films in dicom_films(12).items():
        target = .5 if syntax in ("uncompressed", "jpeg-baseline") else None
        n, rounds = (12, 7) if target and not QUICK else (4, 3)
        films = first_lines(films, n)
        here = Sides(ours=Pipe(tool("cxr-prep", "-j1", "--recipe", "gray"), stdin=films),
                     python=Line(dicom_peer("prep", films), 1))
        with here:
            here.ready()
            stream = os.path.join(DIR, "dicom.stream")
            Pipe(tool("cxr-prep", "--store", "u8", "--recipe", "gray"), stdin=films, stdout=stream).run(1)
            mean, worst = map(float, output_of(dicom_peer("compare", stream, films)).split())
            out.check(name, f"{syntax}: mean {mean:.2f}, at most {worst:.2f} gray levels from pydicom's", mean < 1)
            ms = here.alternate(n, warm=1, rounds=rounds)
            out.add(name, f"DICOM 2,000 x 2,500 to 224, {syntax}", 1, ms, "ours", {"pydicom": "python"}, target,
                    {k: s.peak() for k, s in here.items()}, torch=("pydicom",))


ROWS = {"cold": cold, "dicom": dicom, "prep": prep, "cam": overlays, "flat": flat, "trainmem": train_memory}
