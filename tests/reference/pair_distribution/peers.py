"""G(r) of rock salt and of gamma-Mg(BH4)2 by PDFfit2 and by libdiffpy: writes the tables beside this file.

    python peers.py FOLDER SRREAL     SRREAL: libdiffpy.cpp of this folder, compiled; FOLDER: where to write

Needs diffpy.pdffit2 (which brings diffpy.structure and numpy).
"""
import subprocess
import sys
from pathlib import Path

import numpy as np
from diffpy.pdffit2 import PdfFit
from diffpy.structure import Atom, Lattice, Structure, loadStructure

HERE = Path(__file__).resolve().parent
GAMMA = HERE.parents[2] / "inputs/structures/gamma_MgBH42_dft.cif"
STEP = 0.01
# [A] peers let G end 2 to 10 A behind the last r before they cut at Qmax; so the last r is put further out where that shows
BEYOND = {"rock_salt": 60, "gamma": 0}


def rock_salt():
    s = Structure(lattice=Lattice(5.64, 5.64, 5.64, 90, 90, 90))
    for shift, name in ((0, "Na"), (0.5, "Cl")):
        for x in ((0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)):
            s.append(Atom(name, [(c + shift) % 1 for c in x], Uisoequiv=0.01))
    return s, 1.5, 25.0, {"beyond": BEYOND["rock_salt"]}


def gamma():
    s = loadStructure(str(GAMMA))
    for a in s:
        a.anisotropy = False
        a.Uisoequiv = {"Mg": 0.012, "B": 0.015, "H": 0.03}[a.element]
        a.occupancy = 0.5 if a.element == "H" else 1.0
    return s, 1.0, 20.0, {"delta2": 1.0, "qdamp": 0.035, "beyond": BEYOND["gamma"]}


def pdffit2(s, rmin, rmax, qmax, more):
    p = PdfFit()
    p.add_structure(s)
    first, last, n = (int(round(r / STEP)) for r in (rmin, rmax, rmax + more["beyond"]))
    p.alloc("X", qmax, more.get("qdamp", 0.0), STEP, n * STEP, n)  # from 0: its window starts at the first point
    p.setvar("delta2", more.get("delta2", 0.0))
    p.calc()
    return np.array(p.getR())[first - 1:last], np.array(p.getpdf_fit())[first - 1:last]


def libdiffpy(program, s, rmin, rmax, qmax, more):
    text = f"{s.lattice.a}\n" + "".join(
        f"{a.element} {a.xyz[0]:.12g} {a.xyz[1]:.12g} {a.xyz[2]:.12g} {a.Uisoequiv} {a.occupancy}\n" for a in s)
    out = subprocess.run([program, *map(str, (qmax, rmin, rmax + more["beyond"], STEP, more.get("qdamp", 0), more.get("delta2", 0)))],
                         input=text, capture_output=True, text=True, check=True).stdout
    return np.array([[float(x) for x in line.split()] for line in out.splitlines()]).T[:, :int(round((rmax - rmin) / STEP)) + 1]


def main(folder, program):
    for name, make, every in (("rock_salt", rock_salt, 25), ("gamma", gamma, 20)):
        s, rmin, rmax, more = make()
        columns = []
        for qmax in (0.0, 23.8):
            r, g = pdffit2(s, rmin, rmax, qmax, more)
            r2, g2 = libdiffpy(program, s, rmin, rmax, qmax, more)
            assert len(r) == len(r2) and np.allclose(r, r2)
            columns += [g[::every], g2[::every]]
        with open(Path(folder) / f"{name}.csv", "w") as f:
            f.write("r [angstrom],pdffit2,libdiffpy,pdffit2 qmax,libdiffpy qmax\n")
            for row in zip(r[::every], *columns):
                f.write(",".join(f"{x:.8g}" for x in row) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
