#!/usr/bin/env bash
# From nothing to the report: install, build, simulate, compare with Heere et al. (2020).
#   jobs/reproduce.sh [STUDY.yaml] [further options of `paddlewheel run`]
#   PW_RANKS=n   ranks (default: all cores)      PW_MARCH=native   compile for this machine
set -euo pipefail
cd "$(dirname "$0")/.."

study=inputs/heere2020-laptop.yaml
if [ $# -gt 0 ] && [ -f "$1" ]; then
    study=$1
    shift
fi
say() { printf '\n== %s\n' "$*"; }

say "1/3 install"
jobs/setup.sh
. jobs/mpi-environment.sh

say "2/3 build (Release)"
cmake --preset release ${PW_MARCH:+-DPW_MARCH="$PW_MARCH"} >/dev/null
cmake --build build/release --target paddlewheel

ranks=${PW_RANKS:-$(nproc)}
mpi_ranks "$ranks"
say "3/3 mpirun -n $ranks paddlewheel run $study $*"
mpirun -n "$ranks" build/release/src/app/paddlewheel run "$study" "$@"
