#!/usr/bin/env bash
# The rotor lattice of bench_kmc (two states, six neighbours, simple cubic, unlike pairs 10 meV, 300 K) and a lattice gas (1 %
# Mg), here and with SPPARKS, by turns on one core: events per CPU second, ratios.
#   tests/bench/spparks.sh SPPARKS [REPEATS 3 [EDGE 64]]
# SPPARKS: the program, built from github.com/spparks/spparks: in its src/, `make -C STUBS`, then `make serial` with
# CCFLAGS = -O3 -march=native -std=c++17 in MAKE/Makefile.serial. BENCH names our program, EVENTS how many of ours.
# Rates of SPPARKS are Metropolis' (four different ones, no exponential downhill), ours kinetically resolved in a field of 5 meV
# (14 different ones). Its CPU time and its own count of events are differences of two runs of different length and the same
# seed; null events are not counted. Real-time priority where it may be had. Not here: its solver `group`, whose stationary law
# is wrong (README.md), and `linear`, a few thousand events/s.
set -euo pipefail
shopt -s inherit_errexit
spparks=${1:?name the program SPPARKS} repeats=${2:-3} edge=${3:-64} events=${EVENTS:-1e7}
spparks=$(realpath "$spparks")
source=$(cd "$(dirname "$0")/../.." && pwd)
bench=${BENCH:-$source/build/release/tests/bench/bench_kmc}
for program in "$spparks" "$bench"; do
    [ -x "$program" ] || { echo "no program '$program' here"; exit 77; }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
TIMEFORMAT='%U %S'
first=()
chrt -f 50 true 2>/dev/null && first=(chrt -f 50)

rotors='set site range 1 2'
gas=$'set site value 1\nset site value 2 fraction 0.01'
once() { # APP SITES METHOD TIME, of a lattice of 64^3: events, CPU seconds
    cat >"$folder/in" <<EOF
seed 56789
app_style $1
dimension 3
lattice sc/6n 1.0
region box block 0 $edge 0 $edge 0 $edge
create_box box
create_sites box
$2
$3
temperature 2.58520
stats 1.0e9
run $(awk -v t="$4" -v n="$edge" 'BEGIN {print t * (64 / n)^3}')
EOF
    { time "${first[@]}" "$spparks" -in "$folder/in" -log none -screen "$folder/out" >"$folder/err"; } 2>"$folder/time"
    grep -q '^Loop time' "$folder/out" || { cat "$folder/out" "$folder/err" >&2; exit 1; }
    awk 'FNR == NR {if (/^Loop time/) print events; events = $2; next} {print $1 + $2}' "$folder/out" "$folder/time" | tr '\n' ' '
}
ours() { # CARRIERS: events per CPU second
    "${first[@]}" "$bench" "$edge" "$events" 0 "$1" | sed -n 's/.* s CPU: \([0-9.e+]*\) events.*/\1/p'
}
compare() { # NAME OURS APP SITES METHOD TIME TIME: theirs is taken between the two times
    local short long
    short=$(once "$3" "$4" "$5" "$6")
    long=$(once "$3" "$4" "$5" "$7")
    awk -v name="$1" -v ours="$2" -v short="$short" -v long="$long" 'BEGIN {
        split(short, a, " "); split(long, b, " "); theirs = (b[1] - a[1]) / (b[2] - a[2])
        printf "%-40s %10.3g %10.3g %8.1f\n", name, ours, theirs, ours / theirs}' | tee -a "$folder/all"
}

printf '%-40s %10s %10s %8s\n' "events per CPU second, $edge^3" ours SPPARKS ratio
for ((k = 0; k < repeats; k++)); do
    a=$(ours 0)
    compare 'rotors; tree' "$a" ising "$rotors" 'solve_style tree' 2 17
    compare 'rotors; tree in sectors (approximate)' "$a" ising "$rotors" $'solve_style tree\nsector yes' 2 17
    compare 'rotors; null events' "$a" ising/single "$rotors" 'sweep random' 2 42
    a=$(ours 0.01)
    compare 'gas; tree' "$a" 'diffusion off hop' "$gas" 'solve_style tree' 1 31
    compare 'gas; tree in sectors (approximate)' "$a" 'diffusion off hop' "$gas" $'solve_style tree\nsector yes' 1 31
done
echo 'ratio of CPU speeds: median, least, most'
cut -c 1-40 "$folder/all" | sort -u | while IFS= read -r name; do
    grep -F "$name" "$folder/all" | cut -c 64- | sort -g | awk -v name="$name" '{r[NR] = $1}
        END {printf "%-40s %8.1f %8.1f %8.1f\n", name, (r[int((NR + 1) / 2)] + r[int((NR + 2) / 2)]) / 2, r[1], r[NR]}'
done
