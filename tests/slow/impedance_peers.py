"""impedance.py and pyimpspec read the files of an eis stage and agree in every number; what their fits make of 1.2 Tohm.

usage: impedance_peers.py FOLDER ANSWER.h5: impedance_T.csv, .z, .dta in FOLDER, ANSWER.h5 of `fit eis` on the CSV.
"""
import sys
import time
import warnings
from pathlib import Path

try:
    import numpy as np
    import pyimpspec
    from impedance import preprocessing
    from impedance.models.circuits import CustomCircuit
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

warnings.simplefilter("ignore")
folder, answer = Path(sys.argv[1]), dict(line.split("=") for line in sys.argv[2:])
failures = 0


def compare(reader, path, f, z):
    global failures
    order = np.argsort(-f)
    f, z = np.asarray(f)[order], np.asarray(z)[order]
    off = max(np.abs(f / true_f - 1).max(), np.abs(z / true_z - 1).max()) if len(f) == len(true_f) else np.inf
    print(f"{reader} reads {path.name}: {len(f)} points, largest relative difference {off:.1e}")
    if not off < 2e-9:
        failures += 1


stem = sorted(folder.glob("impedance_*K.csv"))[0].with_suffix("")
rows = [[float(x) for x in line.split(",")[:3]] for line in stem.with_suffix(".csv").read_text().splitlines()
        if line[0] not in "#f"]
true_f, true_z = np.array([r[0] for r in rows]), np.array([r[1] + 1j * r[2] for r in rows])

# genfromtxt turns the line of names into a row of NaN: that row is all that is lost
f, z = preprocessing.readCSV(str(stem.with_suffix(".csv")))
compare("impedance.py", stem.with_suffix(".csv"), f[~np.isnan(f)], z[~np.isnan(f)])
compare("impedance.py", stem.with_suffix(".z"), *preprocessing.readZPlot(str(stem.with_suffix(".z"))))
compare("impedance.py", stem.with_suffix(".dta"), *preprocessing.readGamry(str(stem.with_suffix(".dta"))))
for ending, options in ((".csv", {"comment": "#"}), (".z", {}), (".dta", {})):
    data = pyimpspec.parse_data(str(stem.with_suffix(ending)), **options)[0]
    compare("pyimpspec", stem.with_suffix(ending), data.get_frequencies(), data.get_impedances())

# the fits
truth = float(answer["truth"])


def judge(name, r, error, seconds, must):
    global failures
    print(f"{name}: R = {r:.4e} ohm, {r / truth:.4f} of the truth, stated error {error:.1e} ohm, {seconds:.2f} s")
    good = error > 0 and abs(r - truth) < 3 * error and error < 0.1 * truth
    if must and not good:
        failures += 1
    return good


for name, guess, options in (("impedance.py, default fit", [1e12, 1e-11, 0.9], {}),
                             ("impedance.py, weight_by_modulus", [1e12, 1e-11, 0.9], {"weight_by_modulus": True})):
    circuit = CustomCircuit("p(R1,CPE1)", initial_guess=guess)
    start = time.process_time()
    try:
        circuit.fit(true_f, true_z, **options)
        judge(name, circuit.parameters_[0], circuit.conf_[0], time.process_time() - start, False)
    except Exception as trouble:  # what it does is what is reported
        print(f"{name}: {type(trouble).__name__}: {trouble}")
start = time.process_time()
try:
    fit = pyimpspec.fit_circuit(pyimpspec.parse_cdc("(RQ)"), data)
    values = fit.to_parameters_dataframe()
    r = values[values["Parameter"] == "R"].iloc[0]
    judge("pyimpspec, default fit", float(r["Value"]), float(r["Std. err. (%)"]) / 100 * float(r["Value"]),
          time.process_time() - start, False)
except Exception as trouble:
    print(f"pyimpspec, default fit: {type(trouble).__name__}: {trouble}")
judge("paddlewheel fit eis", float(answer["R"]), float(answer["error"]), float(answer["seconds"]), True)
sys.exit(failures > 0)
