"""readers.py DATASET LIST: read every file of a data set with what this Python has; the files that were read are added to LIST.

Each reader must give the numbers that stand in the file: text is read here with no more than split(), HDF5 with h5py where it
is there. Exit code 1 if a reader fails or numbers differ; readers that are missing are left out.
"""
import contextlib
import importlib
import io
import json
import math
import os
import re
import sys
import traceback
from pathlib import Path

folder, listed = Path(sys.argv[1]), Path(sys.argv[2])
failures = 0


def have(name):
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            return importlib.import_module(name)
    except ImportError:
        return None


def close(ours, theirs, tolerance=1e-9):
    ours, theirs = [float(x) for x in ours], [float(x) for x in theirs]
    assert len(ours) == len(theirs), f"{len(ours)} numbers written, {len(theirs)} read"
    for a, b in zip(ours, theirs):
        assert math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-12) or (a != a and b != b), f"{a} written, {b} read"


def each(reader, pattern, read):
    """Apply `read` to all files that match; it returns a few words."""
    global failures
    paths, words, bad = sorted(folder.glob(pattern)), "", 0
    assert paths, f"no file {pattern}"
    for path in paths:
        try:
            words = read(path)
            with listed.open("a") as out:
                out.write(f"{path.relative_to(folder)}\n")
        except Exception as trouble:
            bad += 1
            failures += 1
            print(f"{reader}: {path.relative_to(folder)}: {type(trouble).__name__}: {str(trouble)[:300]}")
            if os.environ.get("PW_TRACE"):
                traceback.print_exc()
    print(f"{reader} reads {len(paths) - bad} of {len(paths)} {pattern}: {words}")


def rows(path):
    """The columns of numbers as they stand in a file."""
    found = []
    for line in path.read_text().splitlines():
        if line.startswith("#L"):
            found = []
        words = re.split(r"[,\s]+", line.strip())
        if re.match(r"^[-+]?[0-9.]", line.strip()) and all(re.match(r"^[-+0-9.eE]*$", w) for w in words):
            found.append([float(w) if w else math.nan for w in words])
    return found


def cif_atoms(path):
    """Fractional coordinates of a CIF of ours: the rows behind the last loop of sites."""
    tags, found, inside = [], [], False
    for line in path.read_text().splitlines():
        if line.startswith("loop_"):
            inside, tags = True, []
        elif inside and line.startswith("_"):
            tags.append(line.strip())
        elif inside and "_atom_site_fract_x" in tags and line and line[0] not in "#_":
            words = line.split()
            found.append([float(words[tags.index(f"_atom_site_fract_{c}")]) for c in "xyz"])
    return found


def hdf5(h5py):
    title = json.loads((folder / "metadata.json").read_text())["dataset"]["title"]
    segments = {p for p in folder.glob("*/trajectory/*.h5")}  # byte for byte those that the trajectory names

    def read(path):
        with h5py.File(path) as file:
            count = []
            file.visititems(lambda name, item: count.append(name) if isinstance(item, h5py.Dataset) else None)
            for name in count:
                file[name][()]
            if path not in segments:
                assert json.loads(file.attrs["metadata"])["title"] == title
        return "every dataset, and the metadata are JSON"

    for pattern in ("**/*.h5", "**/*.nxs", "**/*.nxspe"):
        each(f"h5py {h5py.__version__}", pattern, read)


def mdanalysis(m):
    h5py = have("h5py")

    def trajectory(path):
        with h5py.File(path) as file:
            first = file["particles/all/position/value"][-1] * 10.0
        universe = m.Universe.empty(len(first), trajectory=True)
        universe.load_new(str(path), format="H5MD")
        universe.trajectory[-1]
        assert abs(universe.trajectory.ts.positions - first).max() < 1e-4
        return f"{universe.trajectory.n_frames} frames of {len(first)} atoms"

    def xyz(path):
        lines = path.read_text().splitlines()
        universe = m.Universe(str(path), format="XYZ", topology_format="XYZ")
        close([x for line in lines[2:] for x in line.split()[1:4]], universe.atoms.positions.ravel(), 1e-4)
        return f"{len(universe.atoms)} atoms"

    if h5py:
        each(f"MDAnalysis {m.__version__}", "*/trajectory.h5", trajectory)
        each(f"MDAnalysis {m.__version__}", "*/trajectory/*.h5", trajectory)
    each(f"MDAnalysis {m.__version__}", "*/sample.extxyz", xyz)


def mdanse(m):
    module = importlib.import_module("MDANSE.Trajectory.H5MDTrajectory")
    h5py = have("h5py")

    def read(path):
        with h5py.File(path) as file:
            last = file["particles/all/position/value"][-1]
        t = module.H5MDTrajectory(str(path))
        assert abs(t.coordinates(len(t) - 1) - last).max() < 1e-6, "nm"
        atoms = t.chemical_system.number_of_atoms
        t.close()
        return f"{len(last)} positions in nm, chemical system of {atoms} atoms"

    each(f"MDANSE {m.__version__}", "*/trajectory.h5", read)


def ase(m):
    io_ = importlib.import_module("ase.io")

    def xyz(path):
        atoms = io_.read(str(path), format="extxyz")
        close([x for line in path.read_text().splitlines()[2:] for x in line.split()[1:4]], atoms.positions.ravel())
        return f"{len(atoms)} atoms, periodic {atoms.pbc.all()}"

    def cif(path):
        atoms = io_.read(str(path), format="cif")
        assert len(atoms) == len(cif_atoms(path))
        return f"{len(atoms)} atoms"

    each(f"ase {m.__version__}", "*/sample.extxyz", xyz)
    for name in ("sample", "mean"):
        each(f"ase {m.__version__}", f"*/{name}.cif", cif)


def gemmi(m):
    def read(path):
        small = m.read_small_structure(str(path))
        close([x for s in cif_atoms(path) for x in s], [x for s in small.sites for x in (s.fract.x, s.fract.y, s.fract.z)])
        return f"{len(small.sites)} sites"

    each(f"gemmi {m.__version__}", "*/*.cif", read)


def pycifrw(m):
    def read(path):
        block = m.ReadCif(str(path)).first_block()
        close([s[0] for s in cif_atoms(path)], [float(x) for x in block["_atom_site_fract_x"]])
        return f"{len(block['_atom_site_fract_x'])} sites"

    each("PyCifRW", "*/*.cif", read)


def diffpy_structure(m):
    def read(path):
        structure = m.loadStructure(str(path), fmt="cif")
        close([x for s in cif_atoms(path) for x in s], [x for a in structure for x in a.xyz])
        return f"{len(structure)} atoms"

    for name in ("sample", "mean"):
        each("diffpy.structure", f"*/{name}.cif", read)


def pdffit2(m):
    m.redirect_stdout(open(os.devnull, "w"))

    def read(path):
        fit = m.PdfFit()
        fit.read_data(str(path), "X", 23.8, 0.035)
        close([r[1] for r in rows(path)], fit.getpdf_obs())
        return f"{len(rows(path))} points"

    each("diffpy.pdffit2", "*/*.gr", read)


def diffpy_utils(m):
    def read(path):
        close([x for r in rows(path) for x in r], [x for r in m.loadData(str(path)) for x in r])
        return f"{len(rows(path))} points"

    for ending in ("gr", "fq", "sq", "iq", "xy"):
        each("diffpy.utils", f"*/*.{ending}", read)


def srfit(m):
    def read(path):
        parser = m.PDFParser()
        parser.parseFile(str(path))
        x, y, _, dy = parser.getData()
        close([r[0] for r in rows(path)], x)
        close([r[1] for r in rows(path)], y)
        return f"qmax {parser.getMetaData().get('qmax')} 1/A"

    each("diffpy.srfit", "*/*.gr", read)


def true_impedance(path):
    table = rows(path.with_suffix(".csv"))
    return sorted((-r[0], r[1], r[2]) for r in table)


def same_impedance(path, f, z):
    ours, theirs = true_impedance(path), sorted((-float(a), float(b.real), float(b.imag)) for a, b in zip(f, z) if a == a)
    close([x for r in ours for x in r], [x for r in theirs for x in r], 2e-9)
    return f"{len(ours)} frequencies"


def impedance(m):
    read = importlib.import_module("impedance.preprocessing")
    each(f"impedance.py {m.__version__}", "*/impedance_*.csv", lambda p: same_impedance(p, *read.readCSV(str(p))))
    each(f"impedance.py {m.__version__}", "*/*.z", lambda p: same_impedance(p, *read.readZPlot(str(p))))
    each(f"impedance.py {m.__version__}", "*/*.dta", lambda p: same_impedance(p, *read.readGamry(str(p))))


def pyimpspec(m):
    def read(path):
        data = m.parse_data(str(path), **({"comment": "#"} if path.suffix == ".csv" else {}))[0]
        return same_impedance(path, data.get_frequencies(), data.get_impedances())

    for pattern in ("*/impedance_*.csv", "*/*.z", "*/*.dta"):
        each("pyimpspec", pattern, read)


def flat(array):
    return [float(x) for x in array.ravel()]


def nexusformat(m):
    h5py = have("h5py")
    m = importlib.import_module("nexusformat.nexus")

    def nexus(path):
        tree = m.nxload(str(path))
        data = tree["entry/data"]
        with h5py.File(path) as file:
            close(flat(file["entry/data/S"][()]), flat(data.nxsignal.nxvalue))
        return f"default plot {data.nxsignal.nxname}({', '.join(a.nxname for a in data.nxaxes)})"

    def nxspe(path):
        tree = m.nxload(str(path))
        entry = tree.entries[next(iter(tree.entries))]
        assert entry.nxclass == "NXentry" and str(entry["definition"].nxvalue) == "NXSPE"
        return f"{entry['data/data'].shape} detectors and channels, E_i {float(entry['NXSPE_info/fixed_energy'].nxvalue):.4g} meV"

    each("nexusformat", "*/*.nxs", nexus)
    each("nexusformat", "*/*.nxspe", nxspe)


def scippnexus(m):
    def nexus(path):
        with m.File(str(path)) as file:
            data = file["entry"]["data"][()]
        return f"dimensions {dict(data.sizes)}, unit of E {data.coords['E'].unit}"

    def nxspe(path):
        with m.File(str(path)) as file:
            name = next(iter(file.keys()))
            entry = file[name]
            energy = entry["NXSPE_info"]["fixed_energy"][()]
            counts = entry["data"]["data"][()]
        return f"{tuple(counts.shape)}, E_i {float(energy.value):.4g} {energy.unit}"

    each(f"scippnexus {m.__version__}", "*/*.nxs", nexus)
    each(f"scippnexus {m.__version__}", "*/*.nxspe", nxspe)


READERS = [("h5py", hdf5), ("MDAnalysis", mdanalysis), ("MDANSE", mdanse), ("ase", ase), ("gemmi", gemmi), ("CifFile", pycifrw),
           ("diffpy.structure", diffpy_structure), ("diffpy.pdffit2", pdffit2), ("diffpy.utils.parsers.loaddata", diffpy_utils),
           ("diffpy.srfit.pdf", srfit), ("impedance", impedance), ("pyimpspec", pyimpspec), ("nexusformat", nexusformat),
           ("scippnexus", scippnexus)]
for name, use in READERS:
    module = have(name)
    if module is not None:
        use(module)
sys.exit(failures > 0)
