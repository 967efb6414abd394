#!/usr/bin/env bash
# Coherent scattering, distinct van Hove function, density of states, infrared absorption from a stored trajectory: what they
# say of themselves, what they refuse, and that their numbers fit one another.
. "$SOURCE/tests/cli/lib.sh"
/usr/bin/python3 -c 'import h5py, numpy' 2>/dev/null || skip "python3 with h5py and numpy is needed"
study 's/observables: .*/observables: {}\n    velocities: true/'
works 1 run study.yaml
t=out/hot/trajectory.h5
for name in coherent van_hove_distinct vdos dipole; do
    works 1 explain $name
    grep -q "^observable $name: " "$said/out" || fail "explain $name says: $(head -n 1 "$said/out")"
done
refuses 2 "input error: coherent: hkl: '0 0 0'; three whole numbers up to 4096, not all 0, are wanted, as in \"2 0 -1\"" \
    analyse coherent --trajectory $t --write bad.h5 --options 'hkl: ["0 0 0"]'
on 1 analyse coherent --trajectory $t --write bad.h5 --options 'q_min: 0.01 1/angstrom, q_max: 0.02 1/angstrom, q_step: 0.01 1/angstrom'
says 2 "input error: coherent: q_min, q_max: the box has no wave vector between 0.01 and 0.03 1/A"
on 1 analyse coherent --trajectory $t --write bad.h5 --options 'spectrum: {fwhm: 1 meV}'
says 2 "input error: coherent: command line:1: temperature: ..."
on 1 analyse van_hove_distinct --trajectory $t --write bad.h5 --options 'rmax: 2 angstrom, bin: 3 angstrom'
says 2 "input error: van_hove_distinct: bin: 3 A is wider than rmax = 2 A"
on 1 analyse vdos --trajectory $t --write bad.h5 --options 'e_step: 1 meV'
says 2 "input error: vdos: e_step: 1 meV is more than half of fwhm = 1 meV"
on 1 analyse dipole --trajectory $t --write bad.h5 --options 'temperature: 310 K, charge_mg: 1'
says 2 "input error: dipole: charge_mg, charge_b, charge_h: the sample has charge -24 e; it must be neutral, or its dipole depends on the origin"
works 1 analyse coherent --trajectory $t --write coherent.h5 --options \
    'self: true, q_max: 1.4 1/angstrom, spectrum: {temperature: 300 K, fwhm: 20 meV, e_min: -50 meV, e_max: 50 meV, e_step: 1 meV}'
works 1 analyse van_hove_distinct --trajectory $t --write van_hove.h5 --options 'lags: [0 ps], rmax: 6 angstrom, stride: 1'
works 1 analyse vdos --trajectory $t --write vdos.h5 --options 'fwhm: 20 meV'
works 1 analyse dipole --trajectory $t --write dipole.h5 --options 'temperature: 300 K, fwhm: 20 meV'
works 1 analyse pdf --trajectory $t --write pdf.h5 --options 'rmax: 6 angstrom, bin: 0.05 angstrom, bragg_qmax: 0 1/angstrom'
/usr/bin/python3 - <<'PYTHON' || fail "the numbers do not fit one another"
import h5py
import numpy as np

c = h5py.File("coherent.h5")["coherent"]
text = lambda d: [t.decode() if isinstance(t, bytes) else t for t in d[:]]
f, conc, b = c["F"][:], c["concentration"][:], c["b_coh"][:] @ [1, 1j]
pairs, species = text(c["pairs"]), text(c["species"])
number = [[species.index(s) for s in p.split("-")] for p in pairs]
weight = np.array([(1 if i == j else 2) * (b[i] * b[j].conj()).real for i, j in number])
total = np.tensordot(weight, f, 1) / (conc @ np.abs(b) ** 2)
assert np.allclose(total, c["I_Q_t"][:], atol=1e-12), "sum of partials is not the total"
for p, (i, j) in enumerate(number):
    s = 1 + (f[p, :, 0] - conc[i] * (i == j)) / (conc[i] * conc[j])
    assert np.allclose(s, c["S_ab"][p], atol=1e-9), "S_ab"
same = [p for p, (i, j) in enumerate(number) if i == j]
assert np.allclose(f[same] - c["F_self"][:], c["F_distinct"][:][same], atol=1e-12)
assert np.allclose(c["F_self"][:, :, 0], conc[:, None], atol=1e-9) and np.allclose(c["I_incoherent"][:, 0], 1, atol=1e-9)
e, s, chi = (c["sqw"][k][:] for k in ("E", "S", "chi_sum"))
assert np.allclose(s[:, ::-1], s * np.exp(-e / (0.08617333262 * 300)), atol=1e-9), "detailed balance"
assert np.allclose(chi, np.pi * (1 - np.exp(-e / (0.08617333262 * 300))) * s.sum(axis=0), atol=1e-9)
v, g = h5py.File("van_hove.h5")["van_hove_distinct"], h5py.File("pdf.h5")["pdf"]
for p, pair in enumerate(text(v["pairs"])):
    a, b = pair.split("-")
    name = f"{a}-{b}" if f"{a}-{b}" in g["pair"] else f"{b}-{a}"
    count = sum(g["pair"][name][k][:].sum(axis=0) for k in ("count_intra", "count_inter"))
    assert np.abs(v["count"][0, p] - 2 * count).sum() <= 2e-4 * count.sum(), f"{pair}: not the counts of pdf"
d = h5py.File("vdos.h5")["vdos"]
assert np.allclose(d["area"][:], 1, atol=1e-3), d["area"][:]
assert text(d["rows"]) == species + ["BH4 translation", "BH4 libration", "total", "neutron"]
i = h5py.File("dipole.h5")["dipole"]
assert np.allclose(i["n_alpha"][:], 376.730313668 * i["sigma"][:], rtol=1e-7)
print("van Hove counts, sums of partials, balances and areas agree")
PYTHON
finish
