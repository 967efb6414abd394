"""Synthetic QENS counts for fit_qens.sh, by another road than the program's: I(Q,t) R(t) to S(Q,E) by Simpson's rule in time.

Writes 310K.csv, 350K.csv, 390K.csv and cold.csv (the resolution). Truth: Gamma = hbar/(tau0 exp(Ea/kT)), tau0 1 ps, Ea 0.03 eV; modes
at 3.0 and 5.4 meV; immobile fraction 0.3, d 1.22 A, <u^2> 0.3 A^2 * T/310 K; FWHM 0.1 meV.
"""
import math
import random

HBAR, KB = 0.6582119569, 0.08617333262
SIGMA, BIN, STEP, STEPS = 0.1 / 2.3548200450309493, 0.05, 0.05, 1600
Q = [0.5 + 0.25 * k for k in range(7)]
MODES = [(3.0, 0.3), (5.4, 0.5)]
EDGES = [-8.0 + BIN * k for k in range(191)]


def poisson(rng, mean):
    if mean > 50:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, k, p = math.exp(-mean), 0, rng.random()
    while p > limit:
        k, p = k + 1, p * rng.random()
    return k


def shapes(gamma):
    """Elastic, Lorentzian, modes at the bins' centres, averaged over the bins."""
    t = [STEP * k / HBAR for k in range(STEPS + 1)]
    weight = [STEP / HBAR / 3 * (1 if k in (0, STEPS) else 4 if k % 2 else 2) / math.pi for k in range(STEPS + 1)]
    seen = [w * math.exp(-0.5 * (SIGMA * x) ** 2) * (math.sin(BIN * x / 2) / (BIN * x / 2) if x else 1)
            for w, x in zip(weight, t)]
    rows = [seen, [s * math.exp(-gamma * x) for s, x in zip(seen, t)]]
    for e0, g in MODES:
        w = math.sqrt(e0 * e0 - g * g)
        rows.append([s * math.exp(-g * x) * (math.cos(w * x) + g / w * math.sin(w * x)) for s, x in zip(seen, t)])
    out = []
    for a, b in zip(EDGES, EDGES[1:]):
        wave = [math.cos(0.5 * (a + b) * x) for x in t]
        out.append([sum(r * c for r, c in zip(row, wave)) for row in rows])
    return out


def write(name, kelvin, spectra, rng):
    with open(name, "w") as f:
        f.write(f"# title: synthetic\n# temperature: {kelvin} K\nQ [1/A],E_low [meV],E_high [meV],y\n")
        for q, means in zip(Q, spectra):
            for a, b, m in zip(EDGES, EDGES[1:], means):
                f.write(f"{q},{a:.6f},{b:.6f},{poisson(rng, max(m, 0))}\n")


def main():
    rng = random.Random(7)
    for kelvin in (310, 350, 390):
        table = shapes(HBAR / math.exp(30 / (KB * kelvin)))
        spectra = []
        for q in Q:
            x = math.sqrt(8 / 3) * q * 1.22
            a0, d = 0.3 + 0.7 * 0.5 * (1 + math.sin(x) / x), math.exp(-q * q * 0.3 * kelvin / 310 / 3)
            part = [d * a0, d * (1 - a0), 0.3 * (1 - d), 0.3 * (1 - d)]
            row = []
            for k, v in enumerate(table):
                e = 0.5 * (EDGES[k] + EDGES[k + 1]) / (KB * kelvin)
                b = e / (1 - math.exp(-e)) if abs(e) > 1e-9 else 1
                row.append(2e4 * (part[0] * v[0] + b * sum(p * s for p, s in zip(part[1:], v[1:])) + 0.002))
            spectra.append(row)
        write(f"{kelvin}K.csv", kelvin, spectra, rng)
    write("cold.csv", 3.5, [[2e5 * v[0] for v in shapes(1.0)]] * len(Q), rng)


main()
