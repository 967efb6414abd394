#!/usr/bin/env python3
"""Coherent F_ab(Q,t) beside dynasor on the same positions and vectors: largest difference, CPU seconds of both.

    coherent_dynasor.py BENCH_PROGRAM [FRAMES [LAGS]]

Run with a Python that has dynasor, h5py and numpy (pip install dynasor h5py). dynasor gets its frames from memory, and its
compiled kernels are warm before its clock runs; every origin is used by both. Exit code 1 if they differ by more than 1e-6.
"""
import logging
import os
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

import dynasor
from dynasor.trajectory import trajectory as source
from dynasor.trajectory.trajectory_frame import ReaderFrame


class Reader:
    """Frames of a bench_coherent file; takes the place of dynasor's reader of extended xyz."""

    force_unit = None

    def __init__(self, filename, **units):
        self.types = np.array(open(filename + ".species").read().split())
        self.cell = np.loadtxt(filename + ".cell")
        self.x = np.fromfile(filename, dtype=np.float32).reshape(-1, len(self.types), 3)
        self.k = 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.k == len(self.x):
            raise StopIteration
        self.k += 1
        return ReaderFrame(self.k - 1, self.cell, len(self.types), 10.0 * self.x[self.k - 1].astype(float),
                           atom_types=self.types)


def peer(path, q, lags):
    traj = source.Trajectory(path, "extxyz", atomic_indices="read_from_trajectory")
    return dynasor.compute_dynamic_structure_factors(traj, q, dt=100.0, window_size=lags, logging_interval=0)


def direct(path, q, mine, theirs, pairs):
    """Who is right: the same for a few vectors by numpy's complex exponential, lag by lag."""
    frames, off, peer_off = Reader(path), 0.0, 0.0
    types, x = frames.types, frames.x
    rho = {s: np.array([np.exp(1j * (10.0 * f[types == s].astype(float) @ q.T)).sum(axis=0) for f in x])
           for s in set(types)}
    for p, pair in enumerate(pairs):
        a, b = (rho[s] for s in pair.split("-"))
        for lag in range(0, mine.shape[2], max(1, mine.shape[2] // 20)):
            n = len(a) - lag
            f = 0.5 * np.real(a[lag:] * b[:n].conj() + b[lag:] * a[:n].conj()).mean(axis=0) / len(types)
            off = max(off, np.abs(f - mine[p, :, lag]).max())
            peer_off = max(peer_off, np.abs(f - partial(theirs, pair)[:3, lag]).max())
    print(f"against numpy on three vectors: ours {off:.1e}, dynasor {peer_off:.1e}")


def partial(theirs, pair):
    a, b = pair.split("-")
    name = next(n for n in (f"Fqt_coh_{a}_{b}", f"Fqt_coh_{b}_{a}") if hasattr(theirs, n))
    return getattr(theirs, name) / (1 if a == b else 2)  # dynasor adds the two orders of a pair


def main():
    program, frames, lags = sys.argv[1], *(int(a) for a in (sys.argv[2:4] + ["2000", "1000"][len(sys.argv) - 2:]))
    source.ExtxyzTrajectoryReader = Reader
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        path, result = os.path.join(folder, "positions"), os.path.join(folder, "result.h5")
        said = subprocess.run([program, str(frames), str(lags), result, path], check=True, capture_output=True,
                              text=True).stdout
        print("paddlewheel:", said.strip())
        ours = float(said.split(" lags: ")[1].split(" CPU s")[0])
        with h5py.File(result) as f:
            mine, pairs = f["F"][:], [p.decode() if isinstance(p, bytes) else p for p in f["pairs"][:]]
            hkl = f["hkl"][:][np.argsort(f["bin"][:])]
        cell = np.loadtxt(path + ".cell")
        q = 2 * np.pi * hkl @ np.linalg.inv(cell).T
        small = np.fromfile(path, dtype=np.float32, count=4 * len(open(path + ".species").read().split()) * 3)
        small.tofile(path + ".small")
        for end in (".species", ".cell"):
            os.link(path + end, path + ".small" + end)
        peer(path + ".small", q, 3)
        start, wall = time.process_time(), time.time()
        theirs = peer(path, q, lags)
        cpu, wall = time.process_time() - start, time.time() - wall
        print(f"dynasor {dynasor.__version__}: {cpu:.2f} CPU s ({wall:.2f} s by the clock); ratio {cpu / ours:.1f}")
        worst = 0.0
        for p, pair in enumerate(pairs):
            f = partial(theirs, pair)
            off = np.abs(mine[p] - f[:, :mine.shape[2]]).max()
            worst = max(worst, off)
            print(f"  {pair}: largest |difference| {off:.2e}, largest value {np.abs(f).max():.3g}")
        print(f"largest difference {worst:.2e}")
        direct(path, q[:3], mine[:, :3], theirs, pairs)
        return int(worst > 1e-6)


if __name__ == "__main__":
    sys.exit(main())
