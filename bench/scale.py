"""scale.py BIN DIR N...: time and memory of each tool over N images, the table of cxr-cluster(7).

The cost of an image and the peak of memory must not depend on N. Synthetic images (500 of 224 x 224) are drawn once and
listed as often as it takes, under other names; the network is a ResNet-18 trained for one epoch. The original JPEGs are
those of CXR_DATA/chest_xray_original; without, their row is left out. A table on standard output: tool, of what, images,
seconds for 1,000 images by the clock and of processors, peak of resident memory in MiB."""
import os
import subprocess
import sys

DRAWN = 500
SMALL = ["-q", "--store", "u8", "-s", "224"]


def run(command, source="/dev/null", output="/dev/null"):
    """Seconds, seconds of processors, MiB of one process."""
    with open(source, "rb") as i, open(output, "wb") as o:
        start = os.times().elapsed
        p = subprocess.Popen(command, stdin=i, stdout=o)
        _, status, used = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode:
        sys.exit(f"scale.py: {command[0]} exits with {p.returncode}")
    return os.times().elapsed - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def row(what, n, command, source="/dev/null", output="/dev/null"):
    clock, cpu, peak = run(command, source, output)
    print(f"{command[0]}\t{what}\t{n}\t{clock * 1000 / n:.2f}\t{cpu * 1000 / n:.2f}\t{peak:.0f}", flush=True)


def link(target, name):
    if not os.path.lexists(name):
        os.symlink(target, name)


def repeat(path, lines, n):
    """A list of n images: the rows of another, over and over, each time through another link, as names occur once."""
    head, *rows = lines
    for k in range(1, n // len(rows) + 1):
        link(".", f"again{k}")
    with open(path, "w", encoding="utf-8") as f:
        print(head, file=f)
        for i in range(n):
            k = i // len(rows)
            print((f"again{k}/" if k else "") + rows[i % len(rows)], file=f)


def lines_of(folder, path):
    run(["cxr-list", "-q", folder], output=path)
    with open(path, encoding="utf-8") as f:
        return f.read().splitlines()


def main():
    os.environ["PATH"] = os.path.abspath(sys.argv[1]) + ":" + os.environ["PATH"]
    originals = os.path.abspath(os.path.join(os.environ.get("CXR_DATA", "."), "chest_xray_original"))
    os.makedirs(sys.argv[2], exist_ok=True)
    os.chdir(sys.argv[2])
    print("tool\tof\timages\tseconds_1000\tcpu_seconds_1000\tpeak_mib", flush=True)
    if not os.path.exists("set"):
        run(["cxr-phantom", "-q", "-n", str(DRAWN), "-s", "224", "-o", "set"])
    drawn = lines_of("set/chest", "drawn.tsv")
    run(["cxr-prep", *SMALL], "drawn.tsv", "train.cxr")
    train = ["cxr-train", "-q", "-a", "resnet18", "--epochs", "1", "--batch", "16", "-o", "model", "train.cxr"]
    row("an epoch", len(drawn) - 1, train)
    real = None
    if os.path.isdir(originals):
        link(originals, "originals")
        real = lines_of("originals", "originals.tsv")
    for n in map(int, sys.argv[3:]):
        if real:
            repeat("many.tsv", real, n)
            row("original JPEG", n, ["cxr-prep", *SMALL], "many.tsv")
        repeat("many.tsv", drawn, n)
        row("PNG 224x224", n, ["cxr-prep", *SMALL], "many.tsv", "many.cxr")
        row("stream", n, ["cxr-infer", "-q", "-m", "model", "-t", "many.cxr"], output="scores.tsv")
        row("stream", n, ["cxr-cam", "-q", "-m", "model", "-t", "-o", "maps.tar", "many.cxr"], output="maps.tsv")
        row("scores", n, ["cxr-metrics", "--allow-seen", "scores.tsv"], output="metrics.tsv")


main()
