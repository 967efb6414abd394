"""Two trajectories of one ensemble: energy, volume, Mg-H distances and B-H directions, and how far apart they are.

    mc_md.py NAME MD/trajectory.h5 MC/trajectory.h5 from-md(ps) from-mc(sweeps)

Means with block errors (Flyvbjerg-Petersen: the largest error of the levels with at least 20 blocks), the difference in
standard errors of both. Exit code 1 if any exceeds 3.
"""
import sys

import h5py
import numpy as np


def blocked(values):
    """Mean and standard error of a correlated series."""
    v = np.asarray(values, float)
    mean, errors = v.mean(), []
    while len(v) >= 20:
        errors.append(v.std(ddof=1) / np.sqrt(len(v)))
        v = 0.5 * (v[: len(v) // 2 * 2 : 2] + v[1 : len(v) // 2 * 2 : 2])
    return mean, max(errors)


def logged(file, name, start):
    group = file[f"parameters/log/{name}"]
    keep = group["time"][:] > start
    return group["value"][:][keep]


def frames(file, start):
    """Per frame: the nearest Mg-H distances' histogram and moments of the B-H directions."""
    symbols = [s.decode() if isinstance(s, bytes) else s for s in file["parameters/atom_symbols"][:]]
    symbols = np.array([s.strip() for s in symbols])
    mg, b, h = (np.flatnonzero(symbols == s) for s in ("Mg", "B", "H"))
    position, time = file["particles/all/position/value"], file["particles/all/position/time"][:]
    edges = file["particles/all/box/edges/value"]
    out = {"Mg-H peak": [], "cubic harmonic of B-H": [], "B-H along Mg-B": [], "its fourth power": []}
    bins = np.linspace(1.6, 2.6, 51)
    for k in np.flatnonzero(time > start):
        x, cell = 10.0 * position[k], 10.0 * np.diag(edges[k])
        d = x[h][None] - x[mg][:, None]
        d -= cell * np.rint(d / cell)
        r = np.sqrt((d**2).sum(-1)).ravel()
        count = np.histogram(r, bins)[0] / (0.5 * (bins[1:] + bins[:-1])) ** 2
        out["Mg-H peak"].append(count)
        u = (x[h].reshape(len(b), 4, 3) - x[b][:, None])
        u /= np.sqrt((u**2).sum(-1, keepdims=True))
        out["cubic harmonic of B-H"].append((u**4).sum(-1).mean())
        e = x[mg][None] - x[b][:, None]
        e -= cell * np.rint(e / cell)
        near = np.argmin((e**2).sum(-1), 1)
        e = e[np.arange(len(b)), near]
        e /= np.sqrt((e**2).sum(-1, keepdims=True))
        c = np.einsum("bhi,bi->bh", u, e)
        out["B-H along Mg-B"].append(np.abs(c).mean())
        out["its fourth power"].append((c**4).mean())
    return out, 0.5 * (bins[1:] + bins[:-1])


def peak(r, counts):
    """Maximum of a histogram: the top of a parabola through what is above 70 % of the highest bin."""
    top = counts > 0.7 * counts.max()
    a, b, _ = np.polyfit(r[top], counts[top], 2)
    return -0.5 * b / a


def summary(path, start):
    with h5py.File(path) as file:
        n = int((np.array(file["parameters/atom_symbols"][:]).astype(str) == "Mg").sum())
        result = {name + " per Mg": blocked(logged(file, key, start) / n)
                  for name, key in (("energy", "potential_energy"), ("volume", "volume"))}
        found, r = frames(file, start)
    counts = np.array(found.pop("Mg-H peak"))
    parts = np.array_split(counts, 20)
    peaks = np.array([peak(r, part.sum(0)) for part in parts])
    result["Mg-H peak"] = peak(r, counts.sum(0)), peaks.std(ddof=1) / np.sqrt(len(parts))
    result.update({name: blocked(values) for name, values in found.items()})
    return result


def main(name, md, mc, from_md, from_mc):
    a, b = summary(md, float(from_md)), summary(mc, float(from_mc))
    worst = 0.0
    for key in a:
        if abs(b[key][0] - a[key][0]) < 1e-9 * abs(a[key][0]):
            continue  # held constant in both
        apart = (b[key][0] - a[key][0]) / np.hypot(a[key][1], b[key][1])
        worst = max(worst, abs(apart))
        print(f"{name:9} {key:22} MD {a[key][0]:11.5f} +- {a[key][1]:.5f}   MC {b[key][0]:11.5f} +- {b[key][1]:.5f}"
              f"   {apart:+.2f} s.e.")
    return int(worst > 3.0)


sys.exit(main(*sys.argv[1:]))
