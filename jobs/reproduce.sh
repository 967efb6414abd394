#!/usr/bin/env bash
# From nothing to the report: install, build, simulate, compare with Heere et al. (2020).
#   jobs/reproduce.sh [STUDY.yaml] [further options of `paddlewheel run`]
#   PW_RANKS=n   ranks (default: all cores)      PW_MARCH=native   compile for this machine
# Ctrl-C stops with a checkpoint; the same command with --resume goes on. On a cluster see jobs/slurm-node.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

study=inputs/heere2020-laptop.yaml
case "${1:-}" in
-h | --help)
    sed -n '2,/^set/{/^set/d; s/^# //; p}' "$0"
    exit 0
    ;;
'' | -*) ;;
*)
    study=$1
    shift
    ;;
esac
[ -f "$study" ] || { echo "reproduce: no study file '$study'; those there are: $(echo inputs/*.yaml)" >&2; exit 2; }
begun=$SECONDS
say() { printf '\n== %s  %s\n' "$(date +%H:%M:%S)" "$*"; }

say "1/3 install what is missing"
jobs/setup.sh

say "2/3 build (Release${PW_MARCH:+, for $PW_MARCH}) in build/release"
cmake --preset release ${PW_MARCH:+-DPW_MARCH="$PW_MARCH"} >/dev/null
cmake --build build/release --target paddlewheel
program=build/release/src/app/paddlewheel

ranks=${PW_RANKS:-$(nproc)}
say "3/3 mpirun -n $ranks paddlewheel run $study${*:+ $*}"
simulated=$SECONDS asked=0 child=
trap 'asked=1; [ -z "$child" ] || kill -USR1 "$child" 2>/dev/null || true' INT TERM USR1
PW_RANKS=$ranks jobs/run.sh run "$study" "$@" &
child=$!
[ $asked -eq 0 ] || kill -USR1 "$child"
code=0
while wait "$child" || code=$?; [ $code -gt 128 ] && kill -0 "$child" 2>/dev/null; do code=0; done
code=0
wait "$child" || code=$?
trap - INT TERM USR1
if [ $code -eq 75 ]; then
    say "stopped in time; go on with: jobs/reproduce.sh $study $* --resume"
    exit 75
elif [ $code -ne 0 ]; then
    say "not finished: exit code $code (2 input, 3 numerical, 4 file), see the message above"
    exit $code
fi
output=$(OMPI_MCA_odls_base_sigkill_timeout=0 "$program" run "$study" "$@" --write-defaults | sed -n 's/^output: //p')
say "done: $((SECONDS - simulated)) s to simulate and compare, $((SECONDS - begun)) s with installing and building"
if [ -f "$output/report.html" ]; then
    echo "   report: $(cd "$output" && pwd)/report.html"
fi
echo "   results: $(cd "$output" && pwd)"
