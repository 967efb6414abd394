#!/usr/bin/python3
"""Does MDAnalysis (Debian's python3-mdanalysis) read our H5MD files?

usage: mdanalysis_reads.py PROGRAM PADDLEWHEEL SOURCE
  PROGRAM FILE writes the sample of tests/unit/store/test_h5md.c; PADDLEWHEEL runs a short study of our own.
Exit code 0: yes; 1: no; 77: MDAnalysis is not here (the test is skipped).
"""
import math
import os
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
try:
    import h5py
    import MDAnalysis
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

N, FRAMES = 7, 5


def check(path):
    universe = MDAnalysis.Universe.empty(N, trajectory=True, velocities=True)
    universe.load_new(path, format="H5MD")
    assert universe.trajectory.n_frames == FRAMES
    assert universe.trajectory.n_atoms == N
    i, j = np.meshgrid(np.arange(N), np.arange(3), indexing="ij")
    for k, frame in enumerate(universe.trajectory):
        # angstrom, ps, angstrom/ps, whatever the file has: the units must have been understood
        assert np.allclose(frame.positions, 30.0 * np.sin(1e3 * k + 7.0 * i + j), atol=1e-5)
        assert np.allclose(frame.velocities, 10.0 * np.cos(1e3 * k + 7.0 * i + j), atol=1e-5)
        assert math.isclose(frame.time, 0.1 * k, abs_tol=1e-12)
        assert frame.data["step"] == 10 * k
        lengths = frame.dimensions[:3]
        assert math.isclose(lengths[0], 15.7575 + 0.001 * k, rel_tol=1e-6), frame.dimensions
        assert 89.0 < frame.dimensions[3] < 90.0, frame.dimensions
    with h5py.File(path) as file:
        symbols = [s.decode() for s in file["parameters/atom_symbols"]]
        assert symbols == ["Mg", "11B", "D", "D", "D", "D", "Mg"]
        names = h5py.check_enum_dtype(file["particles/all/species"].dtype)
        by_value = {value: name for name, value in names.items()}
        assert [by_value[s] for s in file["particles/all/species"]] == symbols
        assert list(file["h5md"].attrs["version"]) == [1, 1]
        assert list(file["particles/all/box"].attrs["boundary"]) == ["periodic"] * 3
        assert file["particles/all/position/value"].attrs["unit"] == "nm"
        assert file["particles/all/velocity/value"].attrs["unit"] == "nm ps-1"
        assert file["particles/all/box/edges/time"].attrs["unit"] == "ps"
        assert list(file["connectivity/bonds"][1]) == [1, 3]


STUDY = """
study: small
output: out
stages:
  - {{name: gamma, kind: cell, structure: {source}/inputs/structures/gamma_MgBH42_dft.cif, hydrogen: D}}
  - {{name: hot, kind: md, cell: gamma, potential: {source}/tests/reference/lammps/parameters.yaml, model: rigid,
     timestep: 2 fs, duration: 20 fs, sample_every: 4 fs, log_every: 10 fs, velocities: true}}
"""


def check_run(paddlewheel, source):
    """The trajectory of a real run: what was simulated is what MDAnalysis sees."""
    with open("study.yaml", "w") as study:
        study.write(STUDY.format(source=source))
    subprocess.run([paddlewheel, "run", "study.yaml"], check=True, stderr=subprocess.DEVNULL)
    universe = MDAnalysis.Universe.empty(264, trajectory=True, velocities=True)
    universe.load_new("out/hot/trajectory.h5", format="H5MD")
    assert universe.trajectory.n_frames == 6
    with h5py.File("out/hot/trajectory.h5") as file:
        symbols = np.array([s.decode() for s in file["parameters/atom_symbols"]])
        mass = file["particles/all/mass"][()]
        bonds = file["connectivity/bonds"][()]
    assert sorted(set(symbols)) == ["B", "D", "Mg"] and (symbols == "D").sum() == 192
    assert np.allclose(mass[symbols == "D"], 2.0141018, atol=1e-6)
    before = None
    for k, frame in enumerate(universe.trajectory):
        assert math.isclose(frame.time, 0.004 * k, abs_tol=1e-9)
        assert np.allclose(frame.dimensions, [15.7575] * 3 + [90] * 3, atol=1e-4)
        lengths = np.linalg.norm(frame.positions[bonds[:, 0]] - frame.positions[bonds[:, 1]], axis=1)
        assert len(lengths) == 192 and 1.15 < lengths.min() and lengths.max() < 1.3, (lengths.min(), lengths.max())
        kinetic = 0.5 * (mass[:, None] * frame.velocities.astype(float) ** 2).sum()  # u A^2 ps^-2
        kelvin = 2 * kinetic / (3 * 24 + 6 * 48 - 3) * 1.20272  # 1 u A^2 ps^-2 = 1.20272 K k_B (CODATA 2018)
        assert 100 < kelvin < 400, kelvin  # begun at 310 K without potential energy
        if before is not None:  # velocities belong to positions: A/ps
            moved = (frame.positions - before) / 0.004
            assert np.corrcoef(moved.ravel(), frame.velocities.ravel())[0, 1] > 0.95
        before = frame.positions.copy()


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    subprocess.run([sys.argv[1], "sample.h5md"], check=True)
    check("sample.h5md")
    check_run(sys.argv[2], sys.argv[3])
    os.chdir("/")
print("MDAnalysis", MDAnalysis.__version__, "reads the trajectory")
