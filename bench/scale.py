"""scale.py BIN DIR N...: time and memory of cxr-prep, -infer, -cam and -metrics over N synthetic images each.

The cost of an image and the peak of memory must not depend on N. Images are drawn once (500 of 224 x 224) and listed as
often as it takes, under other names; the network is a ResNet-18 of random weights. A table on standard output:
tool, images, seconds for 1,000 images by the clock and of processors, peak of resident memory in MiB."""
import os
import subprocess
import sys

DRAWN = 500
bin_, work, counts = sys.argv[1], sys.argv[2], [int(n) for n in sys.argv[3:]]
env = dict(os.environ, PATH=os.path.abspath(bin_) + ":" + os.environ["PATH"])


def run(command, source=None, output="/dev/null"):
    """Seconds, seconds of processors, MiB of one process."""
    with open(source or "/dev/null", "rb") as i, open(output, "wb") as o:
        start = os.times().elapsed
        p = subprocess.Popen(command, stdin=i, stdout=o, env=env, cwd=work)
        _, status, used = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode:
        sys.exit(f"scale.py: {command[0]} exits with {p.returncode}")
    return os.times().elapsed - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


os.makedirs(work, exist_ok=True)
at = lambda name: os.path.join(work, name)
if not os.path.exists(at("set")):
    run(["cxr-phantom", "-q", "-n", str(DRAWN), "-s", "224", "-o", "set"])
run(["cxr-list", "-q", "set/chest"], output=at("list.tsv"))
head, *rows = open(at("list.tsv")).read().splitlines()
run(["cxr-prep", "-q", "--store", "u8", "-s", "224"], at("list.tsv"), at("first.cxr"))
run(["cxr-train", "-q", "-a", "resnet18", "--epochs", "1", "--batch", "16", "-o", "model", "first.cxr"])
print("tool\timages\tseconds_1000\tcpu_seconds_1000\tpeak_mib")
for n in counts:
    with open(at("many.tsv"), "w") as f:
        print(head, file=f)
        for i in range(n):
            print(rows[i % len(rows)], file=f)
    steps = [(["cxr-prep", "-q", "--store", "u8", "-s", "224"], "many.tsv", "many.cxr"),
             (["cxr-infer", "-q", "-m", "model", "-t", "many.cxr"], None, "scores.tsv"),
             (["cxr-cam", "-q", "-m", "model", "-t", "-o", "maps.tar", "many.cxr"], None, "maps.tsv"),
             (["cxr-metrics", "scores.tsv"], None, "metrics.tsv")]
    for command, source, output in steps:
        clock, cpu, peak = run(command, source and at(source), at(output))
        print(f"{command[0]}\t{n}\t{clock * 1000 / n:.2f}\t{cpu * 1000 / n:.2f}\t{peak:.0f}", flush=True)
