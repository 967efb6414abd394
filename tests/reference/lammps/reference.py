#!/usr/bin/env python3
"""Cells for the comparison with LAMMPS, and its answers as extended XYZ. Needs nothing but Python.

  reference.py cell NAME.data            write a shaken 264-atom cell (NAME: cubic or triclinic)
  reference.py collect NAME.data DUMP LOG OUT.extxyz

The crystal is the 132-atom cell of potentials/training/ground.extxyz and its body-centred copy. Every coordinate
is moved by a random number within +-0.08 A, Mersenne Twister seed 4711. The triclinic cell is strained before.
"""
import math
import os
import random
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
GROUND = os.path.join(HERE, "..", "..", "..", "potentials", "training", "ground.extxyz")
A = 15.7575  # A
LATTICE = {"cubic": [[A, 0, 0], [0, A, 0], [0, 0, A]],
           "triclinic": [[15.6, 0, 0], [0.9, 15.9, 0], [-0.7, 0.5, 15.8]]}
TYPE = {"Mg": 1, "B": 2, "H": 3}
SYMBOL = {v: k for k, v in TYPE.items()}
CHARGE = {"Mg": 2.0, "B": 0.2, "H": -0.3}
MASS = {"Mg": 24.305, "B": 10.811, "H": 1.008}
BAR = 1.6021765e6  # bar per eV/A^3 in LAMMPS' metal units
THERMO = ["step", "energy", "evdwl", "ecoul", "elong", "ebond", "eangle", "xx", "yy", "zz", "xy", "xz", "yz", "volume"]


def crystal():
    """Symbols and positions of 264 atoms in the cubic cell: Mg first, then B and its four H."""
    lines = open(GROUND).read().splitlines()
    atoms = []
    for line in lines[2:2 + int(lines[0])]:
        w = line.split()
        r = [float(t) for t in w[1:4]]
        for shift in (0.0, 0.5 * A):
            atoms.append((w[0], [(x + shift) % A for x in r]))
    near = lambda b, r: [x + A * round((y - x) / A) for x, y in zip(r, b)]
    hydrogen = [r for s, r in atoms if s == "H"]
    out = [(s, r) for s, r in atoms if s == "Mg"]
    for s, b in atoms:
        if s == "B":
            bound = [near(b, r) for r in hydrogen if math.dist(b, near(b, r)) < 1.5]
            assert len(bound) == 4
            out += [("B", b)] + [("H", r) for r in bound]
    assert len(out) == 264
    return out


def write_cell(path):
    h = LATTICE[os.path.basename(path).split(".")[0]]
    random.seed(4711)
    atoms = []
    for s, r in crystal():
        r = [sum(r[i] / A * h[i][k] for i in range(3)) for k in range(3)]
        atoms.append((s, [x + random.uniform(-0.08, 0.08) for x in r]))
    boron = [i + 1 for i, (s, _) in enumerate(atoms) if s == "B"]
    pairs = [(a, b) for a in range(1, 5) for b in range(a + 1, 5)]
    bonds = [(1, b, b + k) for b in boron for k in range(1, 5)] + [(2, b + i, b + j) for b in boron for i, j in pairs]
    angles = [(b + i, b, b + j) for b in boron for i, j in pairs]
    with open(path, "w") as f:
        f.write(f"gamma-Mg(BH4)2, shaken\n\n{len(atoms)} atoms\n{len(bonds)} bonds\n{len(angles)} angles\n")
        f.write("3 atom types\n2 bond types\n1 angle types\n\n")
        for k, axis in enumerate("xyz"):
            f.write(f"0.0 {h[k][k]!r} {axis}lo {axis}hi\n")
        if h[1][0] or h[2][0] or h[2][1]:
            f.write(f"{h[1][0]!r} {h[2][0]!r} {h[2][1]!r} xy xz yz\n")
        f.write("\nMasses\n\n" + "".join(f"{TYPE[s]} {MASS[s]}\n" for s in TYPE) + "\nAtoms # full\n\n")
        ion = 0
        for i, (s, r) in enumerate(atoms):
            ion += s != "H"
            f.write(f"{i + 1} {ion} {TYPE[s]} {CHARGE[s]} " + " ".join(f"{x:.10f}" for x in r) + "\n")
        f.write("\nBonds\n\n" + "".join(f"{i + 1} {t} {a} {b}\n" for i, (t, a, b) in enumerate(bonds)))
        f.write("\nAngles\n\n" + "".join(f"{i + 1} 1 {a} {b} {c}\n" for i, (a, b, c) in enumerate(angles)))


def thermo(log):
    """The numbers of the line after the header 'Step PotEng ...'."""
    lines = open(log).read().splitlines()
    at = next(i for i, line in enumerate(lines) if line.split()[:2] == ["Step", "PotEng"])
    return dict(zip(THERMO, (float(t) for t in lines[at + 1].split())))


def collect(data, dump, log, out):
    """Positions as given to LAMMPS (its dump wraps them), forces from the dump, energy and virial from the log."""
    h = LATTICE[os.path.basename(data).split(".")[0]]
    text = open(data).read()
    version = re.search(r"LAMMPS \(([^)]*)\)", open(log).read()).group(1)
    rows = re.search(r"Atoms # full\n\n(.*?)\n\n", text, re.S).group(1).splitlines()
    dumped = open(dump).read().split("ITEM: ATOMS")[1].splitlines()[1:]
    t = thermo(log)
    virial = {k: t[k] * t["volume"] / BAR for k in ("xx", "yy", "zz", "xy", "xz", "yz")}
    tensor = " ".join(f"{virial[k]:.10f}" for k in ("xx", "xy", "xz", "xy", "yy", "yz", "xz", "yz", "zz"))
    with open(out, "w") as f:
        lattice = " ".join(repr(float(x)) for row in h for x in row)
        f.write(f'{len(rows)}\nLattice="{lattice}" Properties=species:S:1:pos:R:3:forces:R:3 '
                f'energy={t["energy"]:.10f} virial="{tensor}" program="LAMMPS {version}" pbc="T T T"\n')
        for row, answer in zip(rows, dumped):
            w, v = row.split(), answer.split()
            assert w[0] == v[0] and w[2] == v[1]
            f.write(f"{SYMBOL[int(w[2])]} {' '.join(w[4:7])} " + " ".join(f"{float(x):.12f}" for x in v[5:8]) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["cell"] and len(sys.argv) == 3:
        write_cell(sys.argv[2])
    elif sys.argv[1:2] == ["collect"] and len(sys.argv) == 6:
        collect(*sys.argv[2:])
    else:
        sys.exit(__doc__)
