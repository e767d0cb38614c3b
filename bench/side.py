"""What takes part in a benchmark: processes that run for long and answer lines, and pipelines that start and end."""
import os
import statistics
import subprocess
import time

DIR = os.path.abspath(os.environ["BENCH_DIR"])
BIN = os.path.abspath(os.environ["BENCH_BIN"])
NET = os.path.abspath(os.environ["BENCH_NET"])
PYTHON = os.environ.get("BENCH_PYTHON") or "python3"
DATA = os.environ.get("CXR_DATA", "")
QUICK = bool(os.environ.get("QUICK"))
ROUNDS = 3 if QUICK else 15
HERE = os.path.dirname(os.path.abspath(__file__))
ERRORS = os.path.join(DIR, "errors.log")
PAUSE = .05  # seconds between turns: thread pools of the others stop spinning

# Our tools choose their kernels themselves; the peers get the same choice, which on new CPUs is a favour.
OURS = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "CXR_MODEL")}


def tool(name, *args):
    return [os.path.join(BIN, name), *map(str, args)]


def peer(script, *args):
    if script.endswith(".js"):
        return ["node", os.path.join(HERE, script), *map(str, args)]
    return [PYTHON, os.path.join(HERE, script), *map(str, args)]


def is_ours(argv):
    return argv[0].startswith((BIN, NET))


def environment(argv, threads):
    env = dict(OURS, OMP_NUM_THREADS=str(threads))
    if not is_ours(argv):
        env["OPENBLAS_CORETYPE"] = kernels()
    return env


def kernels(cache=[]):
    if not cache:
        text = subprocess.run(tool("cxr-infer", "--version"), env=OURS, capture_output=True, text=True).stdout
        cache.append(text.split(" kernels")[0].split()[-1])
    return cache[0]


def output_of(argv, **more):
    """Standard output of a command that must succeed."""
    p = subprocess.run(argv, env=environment(argv, 1), stdout=subprocess.PIPE, text=True, **more)
    if p.returncode:
        raise RuntimeError(f"{' '.join(argv[:3])} ...: exit {p.returncode}")
    return p.stdout


class Line:
    """A process that answers lines. Time is what it measured itself."""

    def __init__(self, argv, threads):
        self.argv = argv
        self.p = subprocess.Popen(argv, env=environment(argv, threads), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True)

    def read(self):
        line = self.p.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(self.argv[:3])} ...: ended with exit {self.p.wait()}")
        return line.strip()

    def ask(self, line):
        print(line, file=self.p.stdin, flush=True)
        return self.read()

    def run(self, n):
        return float(self.ask(f"run {n}"))

    def peak(self):
        return float(self.ask("peak"))

    def close(self):
        self.p.stdin.close()
        self.p.wait()


class Pipe:
    """A pipeline, started anew for every turn: wall clock and peak memory of its processes, from start to end."""

    def __init__(self, *argvs, threads=2, stdin=os.devnull, stdout=os.devnull, good=(0,)):
        self.argvs, self.threads, self.stdin, self.stdout, self.good = argvs, threads, stdin, stdout, good
        self.peaks = [0.] * len(argvs)

    def start(self):
        procs, before = [], open(self.stdin, "rb")
        for i, argv in enumerate(self.argvs):
            last = i + 1 == len(self.argvs)
            out = open(self.stdout, "wb") if last else subprocess.PIPE
            with open(ERRORS, "a") as errors:
                p = subprocess.Popen(argv, env=environment(argv, self.threads), stdin=before, stdout=out, stderr=errors)
            before.close()
            before = out if last else p.stdout
            procs.append(p)
        before.close()
        return procs

    def finish(self, procs):
        for i, p in enumerate(procs):
            _, status, usage = os.wait4(p.pid, 0)
            p.returncode = os.waitstatus_to_exitcode(status)
            self.peaks[i] = max(self.peaks[i], usage.ru_maxrss / 1024)
        for p, argv in zip(procs, self.argvs):
            if p.returncode not in self.good:
                raise RuntimeError(f"{' '.join(argv[:3])} ...: exit {p.returncode}, see {ERRORS}")

    def run(self, n):
        start = time.perf_counter()
        self.finish(self.start())
        return (time.perf_counter() - start) * 1e3 / n

    def peak(self):
        return sum(self.peaks)

    def close(self):
        pass


class Sides(dict):
    """Sides of a row by name, closed at its end."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for s in self.values():
            s.close()

    def ready(self):
        for s in self.values():
            if isinstance(s, Line) and s.read() != "ready":
                raise RuntimeError(f"{s.argv[:3]}: not ready")

    def alternate(self, n, warm=2, rounds=ROUNDS):
        """Milliseconds per image of every side and round: {name: [ms, ...]}; sgemm: GFLOP/s."""
        ms = {name: [] for name in self}
        for i in range(-warm, rounds):
            for name, side in self.items():
                t = side.run(n)
                if i >= 0:
                    ms[name].append(t)
                time.sleep(PAUSE)
        return ms


def median_ratio(a, b):
    return statistics.median(x / y for x, y in zip(a, b))
