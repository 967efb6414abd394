#!/usr/bin/env bash
# S(Q) of 2,112 atoms (2 x 2 x 2 cells of gamma) at 1,176 Q from distances below 30 A, here and with debyer, by turns on one core.
#   tests/bench/debyer.sh DEBYER [REPEATS]        DEBYER: the program, built from github.com/wojdyr/debyer
# BENCH names our program. CPU seconds of both; debyer's include reading the file. Real-time priority where it may be had.
set -eu
debyer=${1:?name the program debyer} repeats=${2:-3}
source=$(cd "$(dirname "$0")/../.." && pwd)
bench=${BENCH:-$source/build/release/tests/bench/bench_pdf}
first=()
chrt -f 50 true 2>/dev/null && first=(chrt -f 50)
file=$(mktemp)
trap 'rm -f "$file" "$file".out' EXIT
"$bench" --xyz >"$file.out" && mv "$file.out" "$file.xyz"
trap 'rm -f "$file" "$file".out "$file".xyz' EXIT
TIMEFORMAT=%U
for ((k = 0; k < repeats; k++)); do
    theirs=$({ time "${first[@]}" "$debyer" -q -S -r 30 -a 31.515 -b 31.515 -c 31.515 --ro=0.0675 -f 0.5 -t 24 -s 0.02 --sinc \
        -o "$file.out" "$file.xyz" >/dev/null 2>&1; } 2>&1)
    ours=$("${first[@]}" "$bench" --structure-factor | sed -n 's/.*S(Q) at 1176 Q \([0-9.]*\) s CPU.*/\1/p')
    awk -v a="$theirs" -v b="$ours" 'BEGIN { printf "debyer %.2f s, ours %.2f s CPU: ratio %.1f\n", a, b, a / b }'
done
