#!/usr/bin/env python3
"""Incoherent I(Q,t) of a trajectory whose answer is known: time, error, memory; beside dynasor and MDANSE.

    python3 tests/bench/self.py [--program build/release/src/app/paddlewheel] [--repeats 3] [--instructions] [--peers PYTHON]

The workload is that of scattering.md 1.1: 384 BH4 + 192 Mg, each BH4 on C3 jumps (tau 3 ps), 2000 frames of 0.1 ps, 30 Q from
0.3 to 2.2 1/A, lags 0..1000, all origins. Times are CPU seconds (user + system) of everything the program does, reading and
writing too, under `chrt -f 50` where that is allowed; smallest of the repeats. --instructions: those of one rank over those of the
busier of two, without MPI and the start of the program, counted by callgrind in two minutes: what does not depend on the machine. For peers:

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install dynasor MDANSE h5py
    python3 tests/bench/self.py --peers /tmp/peers/bin/python

They get 48 BH4 (192 H) of the same motion, in one file (H5MD for MDANSE, the same frames as extended XYZ for dynasor), one
thread; their time for the whole workload is x 8 (atoms), dynasor's besides x origins it leaves out.
Needs h5py and numpy.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

TAU, BOND, FRAMES, INTERVAL, LAGS, NQ, Q0, Q1 = 3.0, 1.22, 2000, 0.1, 1000, 30, 0.3, 2.2
STEP = (Q1 - Q0) / (NQ - 1)
OPTIONS = f"linear: {LAGS}, tmax: {LAGS * INTERVAL} ps, q_min: {Q0} 1/A, q_max: {Q1 + 1e-6} 1/A, q_step: {STEP:.12f} 1/A"
STUDY = """study: self
output: {out}
seed: 1
stages:
  - name: jumps
    kind: constructed
    motion: {{motion: c3, tau: {tau} ps, bond: {bond} angstrom, ions: {ions}, frames: {frames}, interval: {interval} ps}}
    trajectory: true
"""


def exact(q, t):
    x = np.asarray(q) * BOND * np.sqrt(8 / 3)
    a0 = 0.5 * (1 + np.sin(x) / x)
    return a0[:, None] + (1 - a0)[:, None] * np.exp(-1.5 * np.asarray(t) / TAU)


def root_mean_square(x):
    return float(np.sqrt(np.mean(np.square(x))))


def begin(command):
    """Ahead of everything else, where that is allowed."""
    if shutil.which("chrt") and subprocess.run(["chrt", "-f", "50", "true"], capture_output=True).returncode == 0:
        command = ["chrt", "-f", "50", *command]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def measured(command):
    """CPU and wall seconds, peak memory of the largest process [MiB]."""
    start = time.monotonic()
    process = begin(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024


def side_by_side(commands):
    """Wall seconds until all of them are done: what the machine's cores give."""
    start = time.monotonic()
    processes = [begin(c) for c in commands]
    if any(p.wait() != 0 for p in processes):
        sys.exit("failed: side by side")
    return time.monotonic() - start


def make(program, folder, ions):
    study = folder / f"study{ions}.yaml"
    study.write_text(STUDY.format(out=folder / f"out{ions}", tau=TAU, bond=BOND, ions=ions, frames=FRAMES, interval=INTERVAL))
    subprocess.run([program, "run", study], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder / f"out{ions}" / "jumps" / "trajectory.h5"


def ours(program, trajectory, folder, repeats):
    def command(ranks, out, options=OPTIONS):
        run = [program, "analyse", "isf", "--trajectory", trajectory, "--write", out, "--options", options]
        return run if ranks == 1 else ["mpirun", "-n", str(ranks), "--bind-to", "none", *run]

    best, memory, faster, ceiling = 1e9, 0, [], []
    start = [min(measured([*launch, program, "explain", "isf"])[1] for _ in range(repeats))
             for launch in ([], ["mpirun", "-n", "2", "--bind-to", "none"])]
    reading = min(measured([program, "analyse", "reorient", "--trajectory", trajectory, "--write", folder / "r.h5",
                            "--options", "tmax: 0.1 ps"])[0] for _ in range(repeats))
    for _ in range(repeats):
        cpu, single, memory = measured(command(1, folder / "one.h5"))
        best = min(best, cpu)
        double = measured(command(2, folder / "two.h5"))[1]
        faster.append((single - start[0]) / (double - start[1]))
        ceiling.append(2 * (single - start[0]) / (side_by_side(command(1, folder / f"{k}.h5") for k in "ab") - start[0]))
    with h5py.File(folder / "one.h5") as f:
        q, t, i = f["isf/Q"][:], f["isf/t"][:], f["isf/I_Q_t"][:]
        pairs = int(f["isf/pairs"][:].sum())
    print(f"paddlewheel, 1 rank     {best:8.2f} s CPU ({reading:.2f} s for another observable of the same file, mostly reading), {memory:.0f} MiB; "
          f"{pairs:.3g} pairs; rms from the exact answer {root_mean_square(i - exact(q, t)):.2e}")
    print(f"paddlewheel, 2 ranks    {statistics.median(faster):8.2f} x faster by wall without the start of the program ({start[0]:.2f}, "
          f"{start[1]:.2f} s), median of {repeats}, {min(faster):.2f} to {max(faster):.2f}; two programs side by side do "
          f"{statistics.median(ceiling):.2f} x as much as one")
    same = [1]
    for ranks in (2, 3, 7):
        subprocess.run(["mpirun", "-n", str(ranks), "--oversubscribe", *command(1, folder / f"n{ranks}.h5")], check=True,
                       stdout=subprocess.DEVNULL)
        with h5py.File(folder / "one.h5") as a, h5py.File(folder / f"n{ranks}.h5") as b:
            if all(a["isf"][k][()].tobytes() == b["isf"][k][()].tobytes() for k in a["isf"] if a["isf"][k].dtype.kind != "O"):
                same.append(ranks)
    print(f"same bytes on ranks     {same}")
    return best


def instructions(launch, command, folder):
    """Of each rank [1e9], without those of MPI's libraries, which wait."""
    for old in folder.glob("callgrind.*"):
        old.unlink()
    subprocess.run([*launch, "valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind.%p", *command], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    counts = []
    for file in folder.glob("callgrind.*"):
        text = subprocess.run(["callgrind_annotate", "--threshold=100", file], check=True, capture_output=True, text=True).stdout
        rows = re.findall(r"^ *([\d,]+) \([^)]*\) +(.*)$", text, re.M)
        counts.append(1e-9 * sum(int(n.replace(",", "")) for n, where in rows
                                 if not re.search("PROGRAM TOTALS|=>|sched_yield|libmpi|open-pal|open-rte|mca_|pmix|libevent", where)))
    return counts


def divided(program, trajectory, folder):
    run = [program, "analyse", "isf", "--trajectory", trajectory, "--write", folder / "i.h5", "--options", OPTIONS]
    start = max(instructions([], [program, "explain", "isf"], folder))
    one = max(instructions([], run, folder)) - start
    two = max(instructions(["mpirun", "-n", "2", "--bind-to", "none"], run, folder)) - start
    print(f"instructions            {one:.2f}e9 on one rank, {two:.2f}e9 on the busier of two: {one / two:.2f} x fewer")


def numbers(trajectory):
    with h5py.File(trajectory) as f:
        x = 10.0 * f["particles/all/position/value"][:]
        symbols = [s.decode() for s in f["parameters/atom_symbols"][:]]
        edges = 10.0 * f["particles/all/box/edges/value"][0]
    return x, symbols, edges


def peer_dynasor(trajectory):
    import logging
    from dynasor import Trajectory, compute_dynamic_structure_factors
    from dynasor.qpoints import get_spherical_qpoints

    logging.disable(logging.CRITICAL)
    x, symbols, edges = numbers(trajectory)
    h = [k for k, s in enumerate(symbols) if s == "H"]
    path = trajectory.with_suffix(".xyz")
    with open(path, "w", encoding="ascii") as f:
        for frame in x:
            f.write(f'{len(h)}\nLattice="{" ".join(f"{e:.6f}" for e in edges.ravel())}" Properties=species:S:1:pos:R:3\n')
            f.writelines("H {:.6f} {:.6f} {:.6f}\n".format(*frame[k]) for k in h)
    origins = 1  # each window of dynasor is one origin; windows that begin later would be cut short
    q = get_spherical_qpoints(edges, q_max=Q1, max_points=30 * 20)
    q = q[np.linalg.norm(q, axis=1) >= Q0]
    t = Trajectory(str(path), trajectory_format="extxyz", frame_stop=LAGS + 1)
    compute_dynamic_structure_factors(Trajectory(str(path), trajectory_format="extxyz", frame_stop=20), q, dt=100, window_size=8,
                                      calculate_incoherent=True)  # compiles
    for _ in Trajectory(str(path), trajectory_format="extxyz", frame_stop=2):
        pass
    start = time.process_time()
    sample = compute_dynamic_structure_factors(t, q, dt=100, window_size=LAGS, window_step=LAGS + 1, calculate_incoherent=True)
    cpu = time.process_time() - start
    f = np.asarray(sample.Fqt_incoh)
    size = np.linalg.norm(np.asarray(sample.q_points), axis=1)
    lags = np.asarray(sample.time) / 1000
    if f.shape[0] != len(size):
        f = f.T
    shell = np.minimum((NQ * (size - Q0) / (Q1 - Q0 + 1e-9)).astype(int), NQ - 1)
    off = [np.mean(f[shell == k] / f[shell == k][:, :1] - exact(size[shell == k], lags), axis=0) for k in range(NQ) if (shell == k).any()]
    return {"name": "dynasor " + __import__("dynasor").__version__, "cpu": cpu, "rms": root_mean_square(off), "q": len(q), "origins": origins,
            "scale": 8 * (30 * 20 / len(q)) * 1000 / origins, "text": f"1 of 1000 origins, 192 of 1536 H, {len(q)} of 600 q-vectors"}


def peer_mdanse(trajectory):
    import MDANSE
    from MDANSE.Framework.Jobs.IJob import IJob

    out = trajectory.with_name("disf")
    job = IJob.create("DynamicIncoherentStructureFactor")
    settings = {
        "trajectory": str(trajectory),
        "frames": (0, FRAMES, 1, LAGS + 1),
        "instrument_resolution": ("ideal", {}),
        "q_vectors": ("SphericalQVectors", {"seed": 0, "shells": (10 * Q0, 10 * Q1 + 1e-6, 10 * STEP), "n_vectors": 20, "width": 0.01}),
        "atom_selection": json.dumps({"0": {"function_name": "select_atoms", "atom_types": ["H"], "operation_type": "union"}}),
        "weights": "b_incoherent",
        "output_files": (str(out), ("MDAFormat",), "no logs"),
        "running_mode": ("single-core",),
    }
    start = time.process_time()
    job.run(settings, status=False)
    cpu = time.process_time() - start
    with h5py.File(str(out) + ".mda") as f:
        names = []
        f.visit(names.append)
        name = [n for n in names if n.endswith("f(q,t)_H") or n.endswith("f(q,t)/H")]
        name = name[0] if name else [n for n in names if "f(q,t)" in n][0]
        i = f[name][:]
        q = np.asarray([f[n][:] for n in names if n.endswith("axes/q")][0]) / 10
        t = np.asarray([f[n][:] for n in names if n.endswith("axes/time")][0])
    off = i / i[:, :1] - exact(q, t[: i.shape[1]])
    return {"name": "MDANSE " + MDANSE.__version__, "cpu": cpu, "rms": root_mean_square(off), "scale": 8, "text": "192 of 1536 H"}


def peers(python, program, folder, our_cpu):
    trajectory = make(program, folder, 48)
    environment = dict(os.environ, NUMBA_NUM_THREADS="1", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    for name in ("dynasor", "mdanse"):
        done = subprocess.run([python, __file__, "--peer", name, "--trajectory", trajectory], env=environment, capture_output=True, text=True)
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode != 0 or not lines:
            print(f"{name:23s} did not run: {done.stderr.strip().splitlines()[-1:]}")
            continue
        r = json.loads(lines[-1])
        whole = r["cpu"] * r["scale"]
        print(f"{r['name']:23s} {r['cpu']:8.1f} s CPU for {r['text']}: {whole:.0f} s for all, {whole / our_cpu:.0f} x ours; rms {r['rms']:.2e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/release/src/app/paddlewheel")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--instructions", action="store_true", help="those of one rank and of two, by callgrind")
    parser.add_argument("--peers", help="python with dynasor and MDANSE")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--trajectory", type=pathlib.Path, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.peer:
        print(json.dumps({"dynasor": peer_dynasor, "mdanse": peer_mdanse}[a.peer](a.trajectory)))
        return
    program = pathlib.Path(a.program).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        trajectory = make(program, folder, 384)
        if a.instructions:
            divided(program, trajectory, folder)
            return
        cpu = ours(program, trajectory, folder, a.repeats)
        if a.peers:
            peers(a.peers, program, folder, cpu)


if __name__ == "__main__":
    main()
