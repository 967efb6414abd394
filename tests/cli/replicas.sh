#!/usr/bin/env bash
# Kind `replicas`: means and scatter of runs that differ in their random numbers.
. "$SOURCE/tests/cli/lib.sh"
study 's/duration: 0.4 ps/duration: 0.1 ps/'
run_of() { printf '  - {name: %s, kind: md, cell: gamma, potential: potential.yaml, model: rigid, timestep: 2 fs, duration: 0.1 ps, log_every: 0.01 ps, temperature: 310 K}\n' "$1"; }
{
    run_of second
    run_of third
    printf '  - {name: all, kind: replicas, from: [hot, second, third]}\n'
} >>study.yaml
works 2 run study.yaml
number() { h5dump -m %.12g -w 0 -y -d "/scalars/temperature/$2" "out/$1/result.h5" | sed -n 's/^ *\([-+0-9.e]*\)$/\1/p' | head -n 1; }
awk -v a="$(number hot value)" -v b="$(number second value)" -v c="$(number third value)" -v mean="$(number all value)" -v error="$(number all error)" 'BEGIN {
    m = (a + b + c) / 3; e = sqrt(((a - m) ^ 2 + (b - m) ^ 2 + (c - m) ^ 2) / 2 / 3)
    print "temperatures " a, b, c " -> " mean " +- " error
    exit !(a != b && b != c && m - mean < 1e-6 && mean - m < 1e-6 && e - error < 1e-6 && error - e < 1e-6) }' || fail "mean or error of the replicas"
sed -i 's/from: \[hot, second, third\]/from: [hot]/' study.yaml
refuses 2 "input error: stage all: study.yaml:...: from: 1 stage; a scatter needs at least two" run study.yaml --check
sed -i 's/from: \[hot\]/from: [hot, hot]/' study.yaml
refuses 2 "input error: stage all: study.yaml:...: from: 'hot' is given twice" run study.yaml --check
sed -i 's/from: \[hot, hot\]/from: [hot, gamma]/' study.yaml
refuses 2 "input error: stage all: study.yaml:...: from: 'gamma' is not of kind md like 'hot'; ..." run study.yaml --check
finish
