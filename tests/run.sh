#!/usr/bin/env bash
# Install what is missing, build, run all tests (but those labelled slow).
#   tests/run.sh [--no-sanitize] [ctest options]
set -euo pipefail
cd "$(dirname "$0")/.."
sanitize=1
if [ "${1:-}" = "--no-sanitize" ]; then
    sanitize=0
    shift
fi
say() { printf '\n== %s\n' "$*"; }

say "install"
jobs/setup.sh --tests
. jobs/mpi-environment.sh

say "build (Release, warnings are errors)"
cmake --preset release -DPW_WERROR=ON >/dev/null
cmake --build build/release

if [ $sanitize -eq 1 ]; then
    say "unit tests under address and undefined-behaviour sanitizers"
    cmake --preset sanitize -DPW_WERROR=ON >/dev/null
    cmake --build build/sanitize --target unit_tests
    ctest --test-dir build/sanitize --output-on-failure -j "$(nproc)" -L unit
fi

say "tests"
ctest --test-dir build/release --output-on-failure -j "$(nproc)" -LE slow "$@"
