"""gamma-Mg(BH4)2 refined by PDFfit2 and by `paddlewheel fit pdf` against the same G(r).

    fit_pdf_pdffit2.py PADDLEWHEEL CIF

Without noise: the G(r) is PDFfit2's own, our refinement must give its parameters back and its curve to 2e-3 of the largest
peak. With noise that is white in Q: both programs must come to the same parameters within their e.s.d. (ours; PDFfit2's are too
small on a fine grid). Exit code 1 otherwise.
"""
import subprocess
import sys

import numpy as np
from diffpy.pdffit2 import PdfFit
from diffpy.structure import loadStructure

QMAX, QDAMP, RMIN, RMAX, STEP = 23.8, 0.035, 1.6, 8.0, 0.02
TRUTH = {"scale": 1.0, "a": 15.76, "U.Mg": 0.012, "U.B": 0.016, "U.H": 0.03, "delta2": 1.0}
START = {"scale": 0.9, "a": 15.7575, "U.Mg": 0.015, "U.B": 0.015, "U.H": 0.025, "delta2": 0.8}


def structure(cif, values):
    s = loadStructure(cif)
    s.lattice.setLatPar(values["a"], values["a"], values["a"])
    for atom in s:
        atom.anisotropy = False
        atom.Uisoequiv = values["U." + atom.element]
    return s


def calculate(cif, values):
    p = PdfFit()
    p.add_structure(structure(cif, values))
    n = int(round((RMAX + 12) / STEP))
    p.alloc("X", QMAX, QDAMP, STEP, n * STEP, n)
    p.setvar("delta2", values["delta2"])
    p.calc()
    return np.array(p.getR()), values["scale"] * np.array(p.getpdf_fit())


def by_pdffit2(cif, r, g):
    s = structure(cif, START)
    p = PdfFit()
    p.add_structure(s)
    p.read_data_lists("X", QMAX, QDAMP, list(r), list(g))
    p.pdfrange(1, RMIN, RMAX)
    names = list(START)
    for k, name in enumerate(names, 1):
        p.setpar(k, START[name])
    p.constrain("pscale", "@1")
    for axis in (1, 2, 3):
        p.constrain(f"lat({axis})", "@2")
    at = {"Mg": 3, "B": 4, "H": 5}
    for i, atom in enumerate(s, 1):
        for u in ("u11", "u22", "u33"):
            p.constrain(f"{u}({i})", f"@{at[atom.element]}")
    p.constrain("delta2", "@6")
    p.refine(toler=1e-8)
    return {name: p.getpar(k) for k, name in enumerate(names, 1)}


def by_paddlewheel(program, cif, r, g):
    with open("g.gr", "w") as f:
        f.write(f"[DEFAULT]\nmode = xray\nqmax = {QMAX}\nqmin = 0\nqdamp = {QDAMP}\n#### start data\n#L r G\n")
        f.writelines(f"{x:.10g} {y:.12g}\n" for x, y in zip(r, g))
    with open("g.yaml", "w") as f:
        f.write(f"fit: g\ndata: g.gr\nstructure: {cif}\nrmin: {RMIN} A\nrmax: {RMAX} A\nweights: constant_Z\n"
                "normalisation: r\nsites:\n"
                + "".join(f"  - {{site: {e}, U: {START['U.' + e]} A^2}}\n" for e in ("Mg", "B", "H"))
                + f"scale: \"{START['scale']}\"\ndelta2: {START['delta2']} A^2\nrefine:\n"
                + "".join(f"  - {{name: {name}}}\n" for name in START))
    subprocess.run([program, "fit", "pdf", "g.yaml"], check=True, stdout=subprocess.DEVNULL)
    import h5py
    with h5py.File("g.h5") as f:
        names = [x.decode() for x in f["parameter/name"][()]]
        values = dict(zip(names, f["parameter/value"][()]))
        errors = dict(zip(names, f["parameter/error"][()]))
        return values, errors, np.abs(f["difference"][()]).max() / np.abs(f["G"][()]).max()


def main(program, cif):
    bad = 0
    r, g = calculate(cif, TRUTH)
    ours, errors, off = by_paddlewheel(program, cif, r, g)
    print(f"without noise: curves differ by {off:.1e} of the largest peak")
    bad += not off < 2e-3
    for name, truth in TRUTH.items():
        print(f"  {name:7} {truth:9.5f}  ours {ours[name]:9.5f}")
        bad += not abs(ours[name] - truth) < 5e-3 * max(truth, 0.1)
    q = (np.arange(600) + 0.5) * QMAX / 600
    noise = np.sin(np.outer(r, q)) @ np.random.default_rng(7).normal(size=q.size) * np.sqrt(2 / q.size)
    noisy = g + 0.05 * noise
    ours, errors, off = by_paddlewheel(program, cif, r, noisy)
    peer = by_pdffit2(cif, r, noisy)
    print("with noise, 0.05 1/A^2:")
    for name in TRUTH:
        apart = (ours[name] - peer[name]) / errors[name]
        print(f"  {name:7} PDFfit2 {peer[name]:9.5f}  ours {ours[name]:9.5f} +- {errors[name]:.5f}  apart {apart:+.2f} e.s.d.")
        bad += not abs(apart) < 1
    return int(bad > 0)


sys.exit(main(*sys.argv[1:]))
