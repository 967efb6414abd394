#!/usr/bin/env bash
# `fit pdf` beside PDFfit2: PYTHON_DIFFPY names a python with diffpy.pdffit2 and h5py (default python3).
. "$SOURCE/tests/cli/lib.sh"
python=${PYTHON_DIFFPY:-python3}
"$python" -c 'import diffpy.pdffit2, h5py' 2>/dev/null || skip "no python with diffpy.pdffit2 and h5py; name one by PYTHON_DIFFPY"
"$python" "$SOURCE/tests/slow/fit_pdf_pdffit2.py" "$PADDLEWHEEL" "$SOURCE/inputs/structures/gamma_MgBH42_dft.cif" >"$said/out" 2>"$said/err" ||
    fail "$(grep -v '^ *$' "$said/out" | tail -n 24) $(tail -n 3 "$said/err")"
grep -E '^without|^with|e\.s\.d|ours' "$said/out"
finish
