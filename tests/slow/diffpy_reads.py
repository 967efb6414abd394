"""diffpy_reads.py PREFIX: read PREFIX.gr and its kin with what this Python has of diffpy; exit code 1 if numbers differ."""
import math
import re
import sys

prefix = sys.argv[1]
ENDINGS = [".gr", ".fq", ".sq", ".iq", "_processed.gr", "_processed.fq", "_bragg.xy", "_debye.xy"]


def plain(name):
    """The columns as they stand in the file."""
    rows = []
    for line in open(name):
        if line.startswith("#L"):
            rows = []
        elif re.match(r"^[-+0-9.]", line):
            rows.append([float(x) for x in line.split()])
    return rows


def same(what, ours, theirs):
    if len(ours) != len(theirs) or any(not math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) for a, b in zip(ours, theirs)):
        sys.exit(f"{what}: {len(ours)} numbers written, {len(theirs)} read, or they differ")
    print(f"{what}: {len(ours)} points agree")


def pdffit2():
    from diffpy.pdffit2 import PdfFit

    rows = plain(prefix + ".gr")
    fit = PdfFit()
    fit.read_data(prefix + ".gr", "X", 23.8, 0.035)
    same("PDFfit2 .gr", [r[1] for r in rows], fit.getpdf_obs())


def utils():
    from diffpy.utils.parsers.loaddata import loadData

    for ending in ENDINGS:
        rows, read = plain(prefix + ending), loadData(prefix + ending)
        same("diffpy.utils " + ending, [x for r in rows for x in r], [float(x) for r in read for x in r])


def srfit():
    from diffpy.srfit.pdf import PDFParser

    parser = PDFParser()
    parser.parseFile(prefix + ".gr")
    meta, (x, y, _, dy) = parser.getMetaData(), parser.getData()
    rows = plain(prefix + ".gr")
    same("diffpy.srfit .gr", [v for r in rows for v in (r[0], r[1], r[3])], [float(v) for t in zip(x, y, dy) for v in t])
    if meta["stype"] != "X" or abs(meta["qmax"] - 23.8) > 1e-9 or abs(meta["qdamp"] - 0.035) > 1e-9:
        sys.exit(f"diffpy.srfit: {meta}")


read = 0
for reader in (pdffit2, utils, srfit):
    try:
        reader()
        read += 1
    except ImportError as missing:
        print(f"{reader.__name__}: not here ({missing})")
sys.exit(0 if read else 77)
