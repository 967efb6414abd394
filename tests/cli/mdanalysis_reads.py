#!/usr/bin/python3
"""Does MDAnalysis (Debian's python3-mdanalysis) read our H5MD files?

usage: mdanalysis_reads.py PROGRAM   PROGRAM FILE writes the sample of tests/unit/store/test_h5md.c
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
        assert math.isclose(frame.data["energy"], -0.1 * k, abs_tol=1e-12)
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


with tempfile.TemporaryDirectory() as folder:
    sample = os.path.join(folder, "sample.h5md")
    subprocess.run([sys.argv[1], sample], check=True)
    check(sample)
print("MDAnalysis", MDAnalysis.__version__, "reads the trajectory")
