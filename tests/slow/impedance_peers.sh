#!/usr/bin/env bash
# impedance.py and pyimpspec read what an eis stage writes; beside their fits of 1.2 Tohm with 1 % noise ours. They are in
# the virtual environment PW_VENV_EIS (python3 -m venv DIR; DIR/bin/pip install impedance pyimpspec); skipped without it.
. "$SOURCE/tests/cli/lib.sh"
python=${PW_VENV_EIS:-}/bin/python
[ -n "${PW_VENV_EIS:-}" ] && [ -x "$python" ] || skip "PW_VENV_EIS names no virtual environment"

# sigma of R = 1.2 Tohm in the paper's gamma pellet
sigma=$(awk 'BEGIN { pi = atan2(0, -1); printf "%.12e", 0.121 / (pi * 1.55 * 1.55 / 4) / 1.2e12 }')
printf 'frequency [Hz],Re [S/cm],Im [S/cm]\n0,%s,0\n1e7,%s,0\n' "$sigma" "$sigma" >sigma.csv
cat >study.yaml <<'YAML'
study: teraohm
output: out
stages:
  - {name: eis, kind: eis, conductivity: [sigma.csv], temperatures: [313 K], thickness: 1.21 mm, diameter: 15.5 mm, replicas: 1}
YAML
works 1 run study.yaml
printf 'fit: tera\nfiles: [{file: out/eis/impedance_313K.csv}]\ncircuit: p(R1,Q1)\nnoise: "0.01"\n' >r.yaml
TIMEFORMAT=%U
seconds=$({ time "$PADDLEWHEEL" fit eis r.yaml >report 2>messages; } 2>&1)
grep -q 'within a factor 3 of the lowest frequency' messages || fail "no warning"
r=$(sed -n 's/^  R1 *\([^ ]*\) +- \([^ ]*\) .*/\1/p' report) error=$(sed -n 's/^  R1 *\([^ ]*\) +- \([^ ]*\) .*/\2/p' report)
"$python" "$SOURCE/tests/slow/impedance_peers.py" out/eis truth=1.2e12 R="$r" error="$error" seconds="$seconds"
code=$?
[ $code = 77 ] && exit 77
[ $code = 0 ] || fail "see above"
finish
