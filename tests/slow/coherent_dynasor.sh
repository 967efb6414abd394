#!/usr/bin/env bash
# Partials F_ab(Q,t) against dynasor on the same positions and vectors, 1e-6. PW_DYNASOR_PYTHON names a Python that has
# dynasor and h5py (default python3); skipped if it has not.
. "$SOURCE/tests/cli/lib.sh"
python=${PW_DYNASOR_PYTHON:-python3}
"$python" -c 'import dynasor, h5py' 2>/dev/null || skip "no dynasor for $python (pip install dynasor h5py)"
cmake --build "$BUILD" --target bench_coherent >build.log 2>&1 || fail "bench_coherent does not build: $(tail -n 3 build.log)"
"$python" "$SOURCE/tests/bench/coherent_dynasor.py" "$BUILD/tests/bench/bench_coherent" "${PW_FRAMES:-400}" "${PW_LAGS:-200}" ||
    fail "dynasor and paddlewheel differ"
finish
