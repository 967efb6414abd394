# numbers.sh -- run a shipped study on all cores and look at its numbers; sourced after cli/lib.sh.

# runs STUDY: a study of inputs/, its output in $work/out
runs() {
    cp -r "$SOURCE/inputs" "$SOURCE/potentials" .
    "$MPIEXEC" -n "$(nproc)" "$PADDLEWHEEL" run "inputs/$1" --output "$work/out" >"$said/out" 2>"$said/err" </dev/null ||
        fail "$1: exit code $?: $(tail -n 3 "$said/err")"
}

# scalar STAGE NAME
scalar() {
    h5dump -w 0 -y -d "/scalars/$2/value" "$work/out/$1/result.h5" | sed -n 's/^ *\([-+0-9.e]*\)$/\1/p' | head -n 1
}

# check WHAT VALUE TARGET TOLERANCE
check() {
    printf '%-22s %s (%s +- %s)\n' "$1" "$2" "$3" "$4"
    awk -v v="$2" -v t="$3" -v d="$4" 'BEGIN { exit !(v != "" && v - t <= d && t - v <= d) }' ||
        fail "$1 is '$2', not $3 +- $4"
}
