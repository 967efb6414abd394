#!/usr/bin/env bash
# The rotor lattice of bench_kmc (two states, six neighbours, simple cubic, unlike pairs 10 meV, 300 K) and a lattice gas (1 % Mg),
# here and with SPPARKS, by turns on one core: events per CPU second, ratios.
#   tests/bench/spparks.sh SPPARKS [REPEATS 3 [EDGE 64]]
# SPPARKS: the program, built from github.com/spparks/spparks: in its src/, `make -C STUBS`, then `make serial` with
# CCFLAGS = -O3 -march=native -std=c++17 in MAKE/Makefile.serial. BENCH names our program, EVENTS how many of ours.
# Rates of SPPARKS are Metropolis' (four different ones, no exponential downhill), ours kinetically resolved in a field of 5 meV
# (14 different ones). Its CPU time and its own count of events are differences of two runs of different length and the same seed;
# null events are not counted. Real-time priority where it may be had. Not here: its solver `group`, whose stationary law is wrong (README.md), and `linear`.
set -eu
spparks=${1:?name the program SPPARKS} repeats=${2:-3} edge=${3:-64} events=${EVENTS:-1e7}
spparks=$(realpath "$spparks")
source=$(cd "$(dirname "$0")/../.." && pwd)
bench=${BENCH:-$source/build/release/tests/bench/bench_kmc}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
TIMEFORMAT='%U %S'
first=()
chrt -f 50 true 2>/dev/null && first=(chrt -f 50)

rotors='set site range 1 2'
gas=$'set site value 1\nset site value 2 fraction 0.01'
once() { # APP SITES METHOD TIME: events, CPU seconds
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
run $4
EOF
    { time "${first[@]}" "$spparks" -in "$folder/in" -log none -screen "$folder/out" >/dev/null; } 2>"$folder/time"
    awk '/^Loop time/ {print events} {events = $2}' "$folder/out" | tr '\n' ' '
    awk '{print $1 + $2}' "$folder/time"
}
theirs() { # APP SITES METHOD TIME TIME: events per CPU second between the two times
    echo "$(once "$1" "$2" "$3" "$4") $(once "$1" "$2" "$3" "$5")" | awk '{printf "%.4g\n", ($3 - $1) / ($4 - $2)}'
}
ours() { # CARRIERS: events per CPU second
    "${first[@]}" "$bench" "$edge" "$events" 0 "$1" | sed -n 's/.* s CPU: \([0-9.e+]*\) events.*/\1/p'
}
compare() { # NAME OURS THEIRS
    awk -v name="$1" -v a="$2" -v b="$3" 'BEGIN {printf "%-44s %10.3g %10.3g %8.1f\n", name, a, b, a / b}'
    echo "$1:$2 $3" >>"$folder/all"
}

printf '%-44s %10s %10s %8s\n' "events per CPU second, $edge^3" ours SPPARKS ratio
for ((k = 0; k < repeats; k++)); do
    a=$(ours 0)
    compare 'rotors; tree' "$a" "$(theirs ising "$rotors" 'solve_style tree' 2 17)"
    compare 'rotors; tree in sectors (approximate)' "$a" "$(theirs ising "$rotors" $'solve_style tree\nsector yes' 2 17)"
    compare 'rotors; null events' "$a" "$(theirs ising/single "$rotors" 'sweep random' 2 42)"
    a=$(ours 0.01)
    compare 'gas; tree' "$a" "$(theirs 'diffusion off hop' "$gas" 'solve_style tree' 1 31)"
    compare 'gas; tree in sectors (approximate)' "$a" "$(theirs 'diffusion off hop' "$gas" $'solve_style tree\nsector yes' 1 31)"
done
echo 'ratio of CPU speeds, median and range:'
awk -F: '{split($2, v, " "); if (!($1 in n)) order[++m] = $1; r[$1, ++n[$1]] = v[1] / v[2]}
    END {for (i = 1; i <= m; i++) {
        c = n[name = order[i]]
        for (j = 2; j <= c; j++) {x = r[name, j]; for (l = j - 1; l > 0 && r[name, l] > x; l--) r[name, l + 1] = r[name, l]; r[name, l + 1] = x}
        printf "%-44s %8.1f (%.1f to %.1f)\n", name, c % 2 ? r[name, (c + 1) / 2] : (r[name, c / 2] + r[name, c / 2 + 1]) / 2, r[name, 1], r[name, c]
    }}' "$folder/all"
