#!/usr/bin/env bash
# inputs/array-small.yaml as an array, 2 samples x 3 temperatures x 2 replicas: to its report, unattended, with the program of
# one task killed on the way.
# shellcheck source=tests/slurm/lib.sh
. "$(dirname "$0")/lib.sh"
jobs/slurm-array.sh inputs/array-small.yaml --ntasks=1 --time=30 >"$said/out" 2>"$said/err" || fail "not submitted: $(cat "$said/err")"
cat "$said/out"
array=$(sed -n 's/^array \([0-9]*\) of 12 tasks, then report \([0-9]*\);.*/\1/p' "$said/out")
report=$(sed -n 's/^array \([0-9]*\) of 12 tasks, then report \([0-9]*\);.*/\2/p' "$said/out")
[ -n "$report" ] || fail "it says $(cat "$said/out" "$said/err")"

victim=amorphous-310-1 # task 7
until_true 100 test -e out/array-small/$victim/checkpoint.bin || fail "task 7 does not begin: $(why)"
kill -KILL "$(ranks_of $victim)" || fail "nothing to kill"

ends "$report" 600
was "$report" "COMPLETED 0:0"
grep -q 'exit code 137' paddlewheel-array-"${array}"_7.log || fail "task 7 was not killed: $(cat paddlewheel-array-"${array}"_7.log)"
grep -q 'start 1: paddlewheel run' paddlewheel-array-"${array}"_7.log || fail "task 7 was not put back"
grep -q resumed paddlewheel-array-"${array}"_7.log || fail "task 7 did not go on from its checkpoint"
for task in $(seq 12); do
    tail -n 1 paddlewheel-array-"${array}"_"$task".log | grep -q 'exit code 0' || fail "task $task: $(tail -n 3 paddlewheel-array-"${array}"_"$task".log)"
    [ "$task" -eq 7 ] || ! grep -q 'start 1' paddlewheel-array-"${array}"_"$task".log || fail "task $task was put back too"
done
# the report job made nothing but the means and the report
[ "$(grep -c '^stage .*unchanged, kept' paddlewheel-report-"$report".log)" -eq 14 ] || fail "the report job ran again what was there: $(log "$report")"
[ -s out/array-small/report.html ] || fail "no report"
for mean in gamma-310 gamma-355 gamma-400 amorphous-310 amorphous-355 amorphous-400; do
    grep -q ">$mean<" out/array-small/report.html || fail "the report does not show $mean"
done
finish
