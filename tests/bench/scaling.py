#!/usr/bin/env python3
"""scaling.py -- how long a step takes on many ranks: compute, halo, mesh, latency. A model, no measurement.

    tests/bench/scaling.py [--atoms 1e7] [--ranks 1 100 1000 10000] [--cutoff 10] [KEY=VALUE ...]

KEY=VALUE replaces one of the inputs below, all of which are printed with the table. Formulas (n = atoms/ranks, brick edge
b = (n/density)^(1/3), reach R = cut-off + skin; points N of the mesh on m = R C ranks in C columns):

    pairs      n (pair + rest)                                 every pair once, also those over a brick's face
    ghosts     2 G ghost,  G = density ((b + 2 R)^3 - b^3)     packing, loading, adding forces
    halo       2 k latency + 48 G/bandwidth,  k neighbours     domain.h; k = 26 while b > R, then (2 ceil(R/b) + 1)^3 - 1
    mesh       n spread + N (point + fft)/m                    p3m_cost.h
    exchange   2 [(R - 1 + C - 1) latency + 16 N'/m ((1 - 1/R) + (1 - 1/C))/bandwidth] + charges 56 n t/bandwidth
               N' = n0 n1 (n2/2 + 1), t = (1 + 4 R/n0)(1 + 4 C/n1): ranks a charge touches; charges to ranks that own a brick's
               share of the mesh, 4 messages each way                                         p3m.h
    lengths    log2(ranks) (latency + 2 ranks bytes/bandwidth) one all-to-all of 4 bytes (Bruck)           p3m.h
    sums       2 x 2 log2(ranks) latency                       two reductions: forces, integrator
R, C and m are those with the least mesh + exchange, as p3m_cost_ranks looks for them.
"""
import argparse
import math

INPUTS = {  # name: (value, unit, where from)
    "pair": (1310, "ns", "pairs and lists per atom at a cut-off of 10 A, from `paddlewheel bench`; grows as its cube"),
    "rest": (106, "ns", "bonds, integration, sums per atom, from `paddlewheel bench`"),
    "ghost": (5, "ns", "per ghost and direction: 48 bytes packed, loaded, added; an estimate"),
    "spread": (103, "ns", "per atom, order 5: p3m_cost.c"),
    "point": (0.5, "ns", "per point of the mesh: p3m_cost.c"),
    "fft": (15, "ns", "both transforms per point, meshes beyond 128^3: fft_cost.c"),
    "spacing": (1.07, "A", "of the mesh at 10 A and 1.5e-4 eV/A, from `paddlewheel bench`; grows with the cut-off"),
    "density": (0.0675, "1/A^3", "gamma Mg(BH4)2"),
    "skin": (1, "A", "of the list"),
    "latency": (1500, "ns", "per message: p3m_cost.c"),
    "bandwidth": (0.4, "B/ns", "of a rank: 200 Gbit/s of a node over 64 ranks, all of it off the node"),
}


def grids(m):
    return [(m // c, c) for c in range(1, m + 1) if m % c == 0]


def mesh_terms(v, n, edge, points, ranks, m, rows, columns):
    half = edge * edge * (edge // 2 + 1)
    work = n * v["spread"] + points * (v["point"] + v["fft"]) / m
    if ranks == 1:
        return work, 0.0
    touched = (1 + 4 * rows / edge) * (1 + 4 * columns / edge)
    share = 16 * half / m * ((1 - 1 / rows) + (1 - 1 / columns))
    send = 2 * ((rows + columns - 2) * v["latency"] + share / v["bandwidth"])
    return work, send + 8 * v["latency"] + 56 * n * touched / v["bandwidth"]


def best_mesh(v, n, edge, points, ranks):
    """Members of the mesh: all ranks, or a power of two of them."""
    best = None
    members = {ranks} | {2**k for k in range(int(math.log2(ranks)) + 1)}
    for m in members:
        for rows, columns in grids(m):
            if rows > edge or columns > edge // 2 + 1:
                continue
            terms = mesh_terms(v, n, edge, points, ranks, m, rows, columns)
            # atoms of a rank that spreads for others: the members share all of them
            terms = (terms[0] + n * v["spread"] * (ranks / m - 1), terms[1] + 56 * n * (ranks / m - 1) / v["bandwidth"])
            if best is None or sum(terms) < sum(best[0]):
                best = (terms, rows, columns)
    return best


def good_edge(length):
    edge = 2 * math.ceil(length / 2)
    while True:
        rest = edge
        for factor in (2, 3, 5, 7):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return edge
        edge += 2


def step(v, atoms, ranks, cutoff):
    n = atoms / ranks
    brick, reach = (n / v["density"]) ** (1 / 3), cutoff + v["skin"]
    ghosts = v["density"] * ((brick + 2 * reach) ** 3 - brick**3)
    near = 26 if brick > reach else (2 * math.ceil(reach / brick) + 1) ** 3 - 1
    edge = good_edge((atoms / v["density"]) ** (1 / 3) / (v["spacing"] * cutoff / 10))
    (mesh, exchange), rows, columns = best_mesh(v, n, edge, edge**3, ranks)
    alone = ranks == 1
    log = math.log2(ranks)
    times = {
        "pairs": n * (v["pair"] * (cutoff / 10) ** 3 + v["rest"]),
        "ghosts": 2 * ghosts * v["ghost"],
        "halo": 0.0 if alone else 2 * min(near, ranks - 1) * v["latency"] + 48 * ghosts / v["bandwidth"],
        "mesh": mesh,
        "exchange": exchange,
        "lengths": log * (v["latency"] + 2 * ranks / v["bandwidth"]),
        "sums": 4 * log * v["latency"],
    }
    return times, edge, rows, columns, ghosts


def main():
    parser = argparse.ArgumentParser(description="a model of a step on many ranks; the head of this file has the formulas")
    parser.add_argument("--atoms", type=float, default=1e7)
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 100, 1000, 10000])
    parser.add_argument("--cutoff", type=float, default=10)
    parser.add_argument("inputs", nargs="*", metavar="KEY=VALUE")
    given = parser.parse_args()
    v = {key: value for key, (value, _, _) in INPUTS.items()}
    for text in given.inputs:
        key, _, value = text.partition("=")
        if key not in v:
            parser.error(f"unknown input '{key}'; known: {', '.join(v)}")
        v[key] = float(value)
    for key, (_, unit, source) in INPUTS.items():
        print(f"  {key:10} {v[key]:8g} {unit:6} {source}")
    print(f"\n{given.atoms:.3g} atoms, cut-off {given.cutoff:g} A, ms a step")
    names = None
    for ranks in given.ranks:
        times, edge, rows, columns, ghosts = step(v, given.atoms, ranks, given.cutoff)
        whole = sum(times.values())
        if names is None:
            names = list(times)
            first = whole * ranks
            print("| ranks | mesh on | atoms, ghosts a rank | " + " | ".join(names) + " | sum | efficiency | most |")
            print("|---" * (len(names) + 6) + "|")
        most = max(times, key=times.get)
        cells = " | ".join(f"{times[k] / 1e6:.3g}" for k in names)
        print(f"| {ranks} | {edge}^3, {rows} x {columns} | {given.atoms / ranks:.0f}, {ghosts:.0f} | {cells} | {whole / 1e6:.3g} "
              f"| {first / ranks / whole:.0%} | {most} |")


if __name__ == "__main__":
    main()
