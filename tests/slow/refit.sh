#!/usr/bin/env bash
# The recipe makes the shipped potential again, on all cores.
. "$SOURCE/tests/cli/lib.sh"
. "$SOURCE/tests/slow/numbers.sh"
cp -r "$SOURCE/potentials" .
"$MPIEXEC" -n "$(nproc)" "$PADDLEWHEEL" fit potential potentials/mgbh4-born.fit.yaml --output again.yaml >"$said/out" 2>"$said/err" </dev/null ||
    fail "exit code $?: $(tail -n 3 "$said/err")"
numbers_of() { sed -n '/^charges/,/^rigid/p' "$1" | grep -oE '"-?[0-9.e+-]+ ' | tr -d '" '; }
paste <(numbers_of potentials/mgbh4-born.yaml) <(numbers_of again.yaml) |
    awk '{ d = $1 - $2; if (d < 0) d = -d; s = $1 < 0 ? -$1 : $1; if (d > 1e-3 * s + 1e-9) { print "shipped " $1 ", made again " $2; bad = 1 } n++ }
         END { exit bad || n < 20 }' || fail "the recipe gives another potential"
finish
