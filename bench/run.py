"""Times our tools and network core beside PyTorch and ONNX Runtime: see bench/bench.mk. Standard library only.

All sides of a row take turns in one run, round after round (ours, peer, peer, ours, ...), each in processes of its own;
a ratio is the median over the rounds of (our time / the peer's time of the same round). The peers' answers are compared
with ours before anything is timed."""
import os
import sys
import time
import traceback

import nets
import table
import tools
from side import QUICK, Sides

ROWS = {**nets.ROWS, **tools.ROWS}
EXTRA = {"layers": nets.layers}  # only on request


def choose(text):
    names = text.split(",") if text else list(ROWS)
    for n in names:
        if n not in ROWS and n not in EXTRA:
            sys.exit("rows: " + ", ".join([*ROWS, *EXTRA]))
    return names


def main():
    names = choose(os.environ.get("ROWS", ""))
    start, failed = time.time(), []
    out = table.Table()
    table.describe_machine(QUICK)
    for name in names:
        print(f"bench: {name} ({time.time() - start:.0f} s)", file=sys.stderr, flush=True)
        try:
            with Sides() as sides:
                {**ROWS, **EXTRA}[name](name, sides, out)
        except Exception as e:  # one row's trouble is not the others'
            failed.append(f"{name}: {e}")
            traceback.print_exc()
        out.save()  # a run that is ended early has measured something, too
    out.print()
    print(f"\n{time.time() - start:.0f} seconds")
    for text in failed + out.wrong:
        print("failed:", text)
    sys.exit(1 if failed or out.wrong else 0)


if __name__ == "__main__":
    main()
