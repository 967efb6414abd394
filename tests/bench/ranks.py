#!/usr/bin/env python3
"""ranks.py -- how much faster the benchmark is on N ranks, and how much of the rest the machine takes.

    tests/bench/ranks.py [--ranks 2] [--pairs 15] [--steps 80] [-- OPTIONS of `paddlewheel bench`]

By turns: one rank; N ranks; N runs of one rank beside each other, which exchange nothing. Prints medians of

    N ranks / one rank           what a user gets
    without waiting              the same, less the time in calls that wait for other ranks: how the work itself scales
    N runs / one run             what the machine gives to N processes at best (N if they do not disturb one another)

PADDLEWHEEL names the program, MPIEXEC mpirun with options, e.g. MPIEXEC='chrt -f 50 mpirun --mca mpi_yield_when_idle 0'.
"""
import argparse
import os
import re
import shlex
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.environ.get("PADDLEWHEEL", os.path.join(HERE, "../../build/release/src/app/paddlewheel"))
MPIEXEC = shlex.split(os.environ.get("MPIEXEC", "mpirun --bind-to core"))
ROW = re.compile(r"  (\w[\w ,]*?) +([\d.]+) +[\d.]+ +[\d.]+ +[\d.]+%")


def start(ranks, options, core=None):
    launch = ["taskset", "-c", str(core)] if core is not None else MPIEXEC + ["-n", str(ranks)]
    command = launch + [PROGRAM, "bench"] + options
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def rows(process):
    """ms a step by phase"""
    text = process.communicate()[0]
    table = {m[1]: float(m[2]) for m in map(ROW.match, text.split("\n")) if m}
    if "sum" not in table:
        sys.exit(f"{' '.join(process.args)}: no table (exit code {process.returncode})")
    return table


def median(values):
    values = sorted(values)
    return (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--steps", default="80")
    parser.add_argument("options", nargs="*")
    a = parser.parse_args()
    options = ["--cells", "3", "--steps", a.steps] + a.options
    one, many, beside = [], [], []
    for _ in range(a.pairs):
        one.append(rows(start(1, options)))
        many.append(rows(start(a.ranks, options)))
        copies = [start(1, options, core) for core in range(a.ranks)]
        beside.append(sum(one[-1]["sum"] / rows(c)["sum"] for c in copies))
    whole = [o["sum"] / m["sum"] for o, m in zip(one, many)]
    work = [o["sum"] / (m["sum"] - m.get("of it for others", 0.0)) for o, m in zip(one, many)]
    for name, values in (
        (f"{a.ranks} ranks / one rank", whole),
        ("without waiting", work),
        (f"{a.ranks} runs / one run", beside),
    ):
        print(f"{name:22s} median {median(values):.2f}   from {min(values):.2f} to {max(values):.2f}, {len(values)} times")
    print(f"{'phase':22s} {'one':>8s} {'many':>8s} {'excess':>8s}  ms a step, medians; excess over one/{a.ranks}")
    for phase in many[0]:
        o, m = median([t.get(phase, 0.0) for t in one]), median([t[phase] for t in many])
        print(f"{phase:22s} {o:8.3f} {m:8.3f} {m - o / a.ranks:8.3f}")


main()
