#!/usr/bin/env bash
# Our .gr, .fq, .sq, .iq and .xy in the readers of diffpy: PDFfit2, diffpy.utils, and diffpy.srfit where they are installed.
# PW_DIFFPY_PYTHON: Pythons that have them, separated by colons.
. "$SOURCE/tests/cli/lib.sh"
pythons=()
for python in ${PW_DIFFPY_PYTHON:+${PW_DIFFPY_PYTHON//:/ }} python3; do
    "$python" -c 'import diffpy' 2>/dev/null && pythons+=("$python")
done
[ ${#pythons[@]} -gt 0 ] || skip "no Python with diffpy (PW_DIFFPY_PYTHON)"
study 's/observables: .*/observables: {pdf: {rmax: 16 A}}/'
cat >>study.yaml <<'YAML'
  - name: curves
    kind: pdf
    from: hot
    sample: gamma
    processing: {counts: 1e9, rmax: 12 A}
    powder: {high: 6 degree}
    structure: gamma.cif
YAML
works 2 run study.yaml
for python in "${pythons[@]}"; do
    "$python" "$SOURCE/tests/slow/diffpy_reads.py" out/curves/curves || fail "$python"
done
finish
