#!/usr/bin/env bash
# inputs/dataset-c3.yaml as a data set, and every file of it in the programs that such files are for.
# PW_READERS: Pythons that have some of MDAnalysis, MDANSE, ase, gemmi, PyCifRW, diffpy.structure, diffpy.pdffit2, diffpy.utils,
# diffpy.srfit, impedance, pyimpspec, nexusformat, scippnexus, h5py; separated by colons. PW_VENV_EIS and PW_DIFFPY_PYTHON, as in
# the other tests, are asked too. A format that no reader is there for is named; the test is skipped if none is there at all.
. "$SOURCE/tests/cli/lib.sh"
cp -r "$SOURCE/inputs" "$SOURCE/potentials" .
"$PADDLEWHEEL" dataset inputs/dataset-c3.yaml --output out >"$said/out" 2>"$said/err" || {
    fail "no data set: $(tail -n 3 "$said/err")"
    finish
}
folder=out/dataset
(cd "$folder" && sha256sum --quiet -c SHA256SUMS) || fail "check sums"
IFS=: read -ra pythons <<<"${PW_READERS:-}${PW_DIFFPY_PYTHON:+:$PW_DIFFPY_PYTHON}${PW_VENV_EIS:+:$PW_VENV_EIS/bin/python}:/usr/bin/python3"
for python in "${pythons[@]}"; do
    [ -x "$python" ] || continue
    echo "-- $python"
    "$python" -W ignore "$SOURCE/tests/slow/readers.py" "$folder" "$said/read" || fail "$python"
done
[ -s "$said/read" ] || skip "no reader (PW_READERS)"
echo "-- files of the data set that no reader was there for:"
(cd "$folder" && find . -type f -printf '%P\n') | sort | comm -23 - <(sort -u "$said/read")
finish
