"""The table that `make bench` prints and saves."""
import os
import statistics
import subprocess

from side import DIR, OURS, PYTHON, ROUNDS, kernels, median_ratio, output_of, tool

COLUMNS = "row what threads side ms ratio target gflops of_sgemm mb".split()


def describe_machine(quick):
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    versions = "import torch, torchvision, PIL; print(torch.__version__, torchvision.__version__, PIL.__version__)"
    torch, vision, pil = output_of([PYTHON, "-c", versions]).split()
    ort = os.path.join(DIR, "node_modules/onnxruntime-node")
    ours = output_of(tool("cxr-infer", "--version")).strip().replace("\n", "; ")
    print(f"{cpu}, {os.cpu_count()} CPUs; load {os.getloadavg()[0]:.1f} at the start")
    print(ours)
    print(f"PyTorch {torch}, torchvision {vision}, Pillow {pil}, ONNX Runtime {ort_version(ort)}; OpenBLAS kernels of "
          f"theirs: {kernels()}")
    print(f"{ROUNDS} rounds{' (QUICK: rough)' if quick else ''}; ms are medians per image, ratios medians of each "
          "round's ours / theirs\n", flush=True)


def ort_version(path):
    if not os.path.exists(path):
        return "absent"
    return subprocess.run(["node", "-p", f"require('{path}/package.json').version"], env=OURS, capture_output=True,
                          text=True).stdout.strip()


class Table:
    def __init__(self):
        self.lines, self.values, self.notes, self.wrong = [], [], [], []

    def add(self, row, what, threads, ms, ours, peers, target=None, peaks=None, gflop=0, sgemm=None, torch=()):
        """One line: side `ours` of ms against the sides `peers` (label -> side). target: most that the ratio to the
        fastest peer may be. gflop: work per image. torch: labels of PyTorch's forms, for the memory beside ours."""
        peaks = peaks or {}
        med = {k: statistics.median(v) for k, v in ms.items()}
        fastest = min(peers, key=lambda p: med[peers[p]])
        ratio = median_ratio(ms[ours], ms[peers[fastest]])
        rate = gflop / med[ours] * 1e3 if gflop else None
        share = rate / med[sgemm] if gflop and sgemm else None
        memory = [peaks[peers[p]] for p in torch if peers.get(p) in peaks]
        self.lines.append([row, what, threads, f"{med[ours]:.2f}", verdict(ratio, target), number(rate, 0),
                           number(share, 2), number(peaks.get(ours), 0), number(min(memory, default=None), 0),
                           ", ".join(f"{p} {med[s]:.1f}" for p, s in peers.items())])
        self.values.append([row, what, threads, "ours", med[ours], 1, "", rate, share, peaks.get(ours)])
        for p, s in peers.items():
            self.values.append([row, what, threads, p, med[s], median_ratio(ms[ours], ms[s]),
                                target if p == fastest else "", gflop / med[s] * 1e3 if gflop else None, None,
                                peaks.get(s)])

    def speedup(self, row, what, ms, one, two, least):
        ratio = median_ratio(ms[one], ms[two])
        self.lines.append([row, what, "1 -> 2", "", f"{ratio:.2f}x {'ok' if ratio >= least else f'MISS {least}'}",
                           "", "", "", "", ""])
        self.values.append([row, what, "1 -> 2", "ours", None, ratio, least, None, None, None])

    def note(self, row, text):
        self.notes.append(f"{row}: {text}")
        self.values.append([row, text] + [""] * 8)

    def check(self, row, text, good):
        self.note(row, text + ("" if good else " -- WRONG"))
        if not good:
            self.wrong.append(f"{row}: {text}")

    def print(self):
        head = ["row", "what", "threads", "ours ms", "ours/fastest", "GFLOP/s", "of sgemm", "MB", "torch MB",
                "peers ms"]
        rows = [head] + [[str(c) for c in line] for line in self.lines]
        width = [max(len(r[i]) for r in rows) for i in range(len(head))]
        if self.lines:
            for r in rows:
                print("  ".join(c.ljust(w) if i in (0, 1, 9) else c.rjust(w)
                                for i, (c, w) in enumerate(zip(r, width))).rstrip())
        for n in self.notes:
            print(n)

    def save(self):
        with open(os.path.join(DIR, "results.tsv"), "w") as f:
            print(*COLUMNS, sep="\t", file=f)
            for v in self.values:
                print(*("" if c is None else f"{c:.6g}" if isinstance(c, float) else c for c in v), sep="\t", file=f)


def number(v, digits):
    return "" if v is None else f"{v:.{digits}f}"


def verdict(ratio, target):
    if target is None:
        return f"{ratio:.2f}"
    return f"{ratio:.2f} {'ok' if ratio <= target else 'MISS'} {target:g}"
