"""dataset_check.py OUTPUT: the data set of dataset.sh is whole, says what it should and agrees with what the stages left."""
import json
import math
import sys
from pathlib import Path

import h5py
import numpy as np

output = Path(sys.argv[1])
folder = output / "dataset"
metadata = json.loads((folder / "metadata.json").read_text())
answers = {(a["stage"], a["name"]): a for a in json.loads((folder / "answer_key.json").read_text())["answers"]}
block = metadata["dataset"]
HBAR = 0.6582119569  # meV ps


def table(path):
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return np.array([[float(x) if x else math.nan for x in line.split(",")] for line in lines[1:]])


# metadata: what scattering.md 6 wants of a reusable set
for key in ("title", "creators", "licence", "identifier", "version", "date", "conventions", "provenance", "study_file", "stages"):
    assert key in block, key
assert block["creators"][0]["orcid"] == "0000-0002-1825-0097"
assert block["study_file"] == (folder / "study.yaml").read_text()
stages = {s["name"]: s for s in block["stages"]}
assert [stages[n]["reads"] for n in ("jumps", "tof", "hot", "pdf")] == [[], ["jumps"], ["gamma"], ["hot"]]
assert stages["hot"]["options"]["equilibration"] == "0 ps" and stages["hot"]["sample"]["atoms"] == 264
assert stages["jumps"]["motion"]["tau"] == "3 ps"
assert stages["tof"]["instrument"]["wavelength"] == "5 A" and "Poisson" in stages["tof"]["noise"]
assert {"qmax", "qdamp", "qbroad", "wavelength"} <= set(stages["pdf"]["instrument"])
assert {"lowest", "highest", "thickness", "diameter", "noise"} <= set(stages["eis"]["options"])
assert {"compiler", "ranks", "started", "finished", "code"} <= set(stages["hot"]["provenance"])
assert {i["role"] for i in stages["hot"]["provenance"]["inputs"]} == {"study", "structure", "potential"}
assert (folder / "inputs/potential.yaml").read_bytes() == Path("potential.yaml").read_bytes()
there = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
named = {f["path"] for f in metadata["files"]}
assert named <= there, named - there
assert {p for p in there - named if "/" in p and not p.startswith("inputs/")} == set(), "files without an entry"
assert {f.get("draw") for f in metadata["files"]} == {None, 1, 2}
for path in folder.rglob("*"):
    if path.suffix in (".h5", ".nxs", ".nxspe") and path.parent.name != "trajectory":
        with h5py.File(path) as file:
            assert json.loads(file.attrs["metadata"]) == block, path
    elif path.suffix in (".csv", ".sqw", ".gr", ".fq", ".sq", ".iq", ".xy", ".z", ".dta", ".cif"):
        assert path.parent.name == "inputs" or block["title"] in path.read_text(), path

# draws: the first is what the stage analysed, the second is another, both about the same truth
assert np.array_equal(table(folder / "tof/spectra_draw-001.csv"), table(output / "tof/spectra.csv"), equal_nan=True)
with h5py.File(output / "plain/result.h5") as file:
    counts, expected = file["spectra/counts"][()], file["spectra/expected"][()]
assert np.array_equal(table(folder / "plain/spectra_draw-001.csv")[:, 3], counts.ravel())
for stage, columns in (("tof", 1), ("plain", 1)):
    one, two, truth = (table(folder / stage / f"spectra_{n}.csv") for n in ("draw-001", "draw-002", "truth"))
    seen = ~np.isnan(one[:, 3])
    assert np.array_equal(one[seen, 4], two[seen, 4]) and np.array_equal(one[seen, 4], truth[seen, 3]), "truth"
    for draw in (one, two):
        pull = ((draw - truth[:, :5 - 1] if draw.shape[1] == 4 else draw[:, 3] - truth[:, 3]))[seen] / np.sqrt(truth[seen, 3] + 1e-30)
        some = truth[seen, 3] > 5
        assert abs(np.std(pull[some]) - 1) < 0.1 and abs(np.mean(pull[some])) < 0.1, (stage, np.std(pull[some]))
    pulls = [((d[:, 3] - truth[:, 3]) / np.sqrt(truth[:, 3] + 1e-30))[seen] for d in (one, two)]
    assert abs(np.corrcoef(*pulls)[0, 1]) < 0.1, "the noise of two draws is the same"
for temperature in ("313K", "353K"):
    one, two, truth = (table(folder / f"eis/impedance_{temperature}_{n}.csv") for n in ("draw-001", "draw-002", "truth"))
    assert np.array_equal(one[:, :3], table(output / f"eis/impedance_{temperature}.csv")[:, :3])
    for draw in (one, two):
        pull = (draw[:, 1:3] - truth[:, 1:3]) / (0.01 * np.hypot(truth[:, 1], truth[:, 2]))[:, None]
        assert 0.8 < np.std(pull) < 1.2, np.std(pull)
    assert not np.array_equal(one, two)


def curve(name):
    text = (folder / f"pdf/pdf_{name}").read_text().split("#L", 1)[1].splitlines()[1:]
    return np.array([[float(x) for x in line.split()] for line in text])


one, two, truth = (curve(n + ".iq") for n in ("draw-001", "draw-002", "truth"))
assert np.array_equal(one[:, 0], truth[:, 0]) and not np.array_equal(one, two)
assert 0.8 < np.std((one[:, 1] - two[:, 1]) / one[:, 2]) < 1.6  # errors are of sample less container
stage = (output / "pdf/pdf_processed.gr").read_text().split("#L", 1)[1]
assert (folder / "pdf/pdf_draw-001_processed.gr").read_text().split("#L", 1)[1] == stage

# answers: exact ones of the jumps by the formulas; those of the simulation with an error
for stage in ("tof", "plain"):
    assert answers[stage, "residence"]["value"] == 3 and answers[stage, "residence"]["error"] == 0
    assert math.isclose(answers[stage, "hwhm1"]["value"], 1.5 * HBAR / 3, rel_tol=1e-8)
    x = 0.5 * answers[stage, "d"]["value"] * math.sqrt(8 / 3)
    assert math.isclose(answers[stage, "EISF(Q=0.5/angstrom)"]["value"], 0.5 * (1 + math.sin(x) / x), rel_tol=1e-12)
    assert answers[stage, "resolution_fwhm"]["value"] == 0.065
    realised = answers[stage, "hwhm1_realised"]
    assert 0 < realised["error"] < 0.3 and abs(realised["value"] - answers[stage, "hwhm1"]["value"]) < 4 * realised["error"], realised
assert answers["jumps", "tau"]["value"] == 3 and answers["jumps", "tau"]["unit"] == "ps"
short = [a for (stage, name), a in answers.items() if stage == "short" and name.startswith("EISF(")]
assert short and all(a["error"] > 0 and 0 < a["value"] < 1 for a in short), short
assert math.isclose(answers["pdf", "box_a"]["value"], 15.7575, rel_tol=1e-6)
assert answers["pdf", "U_iso_H"]["value"] > 0 and 1 < answers["pdf", "factor_MgMg"]["value"] < 3
assert not any(name.startswith("processed") for _, name in answers)
sigma, r = answers["eis", "sigma_true_353K"], answers["eis", "R_353K"]
assert sigma["error"] == 0 and math.isclose(r["value"] * sigma["value"], 0.121 / (math.pi * 1.55**2 / 4), rel_tol=1e-9)
slope = math.log(sigma["value"] / answers["eis", "sigma_true_313K"]["value"]) / (1 / 313 - 1 / 353) * 8.617333262e-5
assert math.isclose(answers["eis", "Ea_sigma_true"]["value"], slope, rel_tol=1e-6)
assert answers["eis", "n_313K"]["value"] == 1

# covariances: named, symmetric, positive; those of the EISF agree with their errors
with h5py.File(folder / "covariances.h5") as file:
    found = []
    file.visititems(lambda name, item: found.append(name) if "covariance" in item.name and isinstance(item, h5py.Dataset) else None)
    for name in found:
        c, names = file[name][()], file[name.replace("/covariance", "/names")]
        assert c.shape == (len(names),) * 2 and np.allclose(c, c.T, rtol=1e-6, atol=0), name
    want = {"tof/eisf", "tof/spectra", "tof/eq4", "plain/eisf", "eis/circuit_313K", "eis/ln_sigma", "eis/arrhenius_sigmaT"}
    assert want <= {name.rsplit("/", 1)[0] for name in found}, found
    with h5py.File(output / "tof/result.h5") as result:
        assert np.allclose(np.sqrt(np.diag(file["tof/eisf/covariance"][()])), result["eisf/fit_error"][()], rtol=1e-6)
        width = np.sqrt(file["tof/spectra/covariance"][0, 0])
        assert math.isclose(width, result["fit/width_error"][0], rel_tol=1e-6)
