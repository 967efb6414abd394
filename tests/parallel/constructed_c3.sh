#!/usr/bin/env bash
# A known answer through the whole chain (BH4 on C3 jumps, tau 3 ps): EISF, width and residence time within 2 standard
# errors of the truth, with errors small enough to mean something; the same measurement on 1 and 2 ranks.
. "$SOURCE/tests/cli/lib.sh"
cp "$SOURCE/inputs/constructed-c3.yaml" .
/usr/bin/python3 -c 'import h5py, numpy' 2>/dev/null || skip "python3 with h5py and numpy is needed"
cat >measured.csv <<'CSV'
id,quantity,sample,T_K,value,uncertainty,unit,kind,where,sentence,note
width,half width,C3 jumps,310,0.329106,,meV,exact,,,
stay,residence time,C3 jumps,310,3.0000,,ps,exact,,,
second,a second width,C3 jumps,310,1,,meV,none,,,
CSV
cat >>constructed-c3.yaml <<'YAML'

  - name: compare
    kind: compare
    measured: measured.csv
    from: [qens]
    rows:
      - {id: width, technique: QENS, stage: qens, value: hwhm1}
      - {id: stay, technique: QENS, stage: qens, value: residence1_c3}
      - {id: second, technique: QENS, stage: qens, value: hwhm2}
YAML
works 2 run constructed-c3.yaml --output two
[ "$(cut -d, -f8 two/compare/comparison.csv | tail -n 3 | tr '\n' ';')" = "agrees;agrees;no simulated number;" ] ||
    fail "the comparison says: $(cat two/compare/comparison.csv)"
/usr/bin/python3 - two <<'PYTHON' || fail "the answer is not the known one"
import sys
import h5py
import numpy as np

jumps, qens = (h5py.File(f"{sys.argv[1]}/{s}/result.h5") for s in ("jumps", "qens"))
scalar = lambda f, name: tuple(float(f[f"scalars/{name}/{k}"][()]) for k in ("value", "error"))
bad = []


def near(name, truth, largest_error):
    value, error = scalar(qens, name)
    print(f"{name}: {value:.5g} +- {error:.2g}, truth {truth:.5g}: {(value - truth) / error:+.2f} s.e.")
    if not (abs(value - truth) <= 2 * error and error <= largest_error):
        bad.append(name)


hbar = 0.6582119569  # meV ps
assert abs(scalar(jumps, "hwhm")[0] - 1.5 * hbar / 3) < 1e-9  # C3: the rate is 1.5/tau
j0 = lambda x: np.sin(x) / x
assert np.allclose(jumps["truth/eisf"][:], 0.5 * (1 + j0(jumps["truth/Q"][:] * 1.22 * np.sqrt(8 / 3))), atol=1e-12)
near("hwhm1", 1.5 * hbar / 3, 0.05 * 0.33)
near("tau1", 2.0, 0.05 * 2.0)
near("residence1_c3", 3.0, 0.05 * 3.0)
near("eisf_fit", 0.5 * (1 + j0(1.35 * 1.22 * np.sqrt(8 / 3))), 0.01)
near("d_BH", 1.22, 0.02)
near("p", 0.0, 0.02)
# all EISF(Q) at once, with their covariance: chi squared of n numbers is n +- sqrt(2 n)
off = qens["eisf/fit"][:] - jumps["truth/eisf"][:]
n, chi2 = len(off), float(off @ np.linalg.solve(qens["eisf/covariance"][:], off))
print(f"EISF(Q): chi squared {chi2:.1f} of {n} numbers")
if chi2 > n + 2 * np.sqrt(2 * n) or qens["eisf/fit_error"][:].max() > 0.02:
    bad.append("EISF(Q)")
# the four definitions side by side; without vibration they are one number
table = qens["eisf_table"]
names = [n.decode() for n in table["name"][:]]
assert names == ["EISF (model)", "EISF (plateau)", "EISF (time average)", "EISF (time average, corrected)", "EISF (fit)"], names
exact = np.interp(table["Q"][:], jumps["truth/Q"][:], jumps["truth/eisf"][:])
assert np.allclose(table["value"][0], exact, atol=1e-12)
assert np.array_equal(table["value"][4], qens["eisf/fit"][:])
for row, name in ((1, names[1]), (3, names[3])):
    if (abs(table["value"][row] - exact) > 5 * table["error"][row]).any():
        bad.append(name)
if not (table["value"][2] > exact).all():
    bad.append(names[2])
if scalar(qens, "lines")[0] != 1:
    bad.append("number of Lorentzians")
sys.exit(f"wrong: {', '.join(bad)}" if bad else 0)
PYTHON
works 1 run constructed-c3.yaml --output one --only jumps
same_data "1 and 2 ranks" one/jumps/result.h5 two/jumps/result.h5

# mistakes that --check finds
wrong() {
    sed "$1" constructed-c3.yaml >wrong.yaml
    refuses 2 "input error: stage $2" run wrong.yaml --check
}
wrong 's/isf: {/msd: {}  # {/' "qens: wrong.yaml:16: from: stage 'jumps' does not measure isf; add \`isf:\` to its observables"
wrong 's/ions: 128/ions: 127/' "jumps: wrong.yaml:8: ions: 127 is odd; two BH4 are needed for each Mg"
wrong 's/e_step: 0.02 meV/counts: "1e4"/' "qens: wrong.yaml:21: counts: belongs to the stage, not to its instrument"
wrong 's/e_step: 0.02 meV/e_high: 4 meV/' "qens: wrong.yaml:21: instrument: e_high: 4 meV; a neutron of 5 A has only 3.272 meV to lose"
wrong 's/counts: "2e5"/eisf_at: 3 1\/A/' "qens: wrong.yaml:19: eisf_at: 3 1/A is beyond q_high = 2.2 1/A"
finish
