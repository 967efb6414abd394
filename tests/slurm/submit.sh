#!/usr/bin/env bash
# A job on one node, one on two nodes, the end of a study with a mistake.
# shellcheck source=tests/slurm/lib.sh
. "$(dirname "$0")/lib.sh"
long 2
one=$(sbatch --parsable --ntasks=2 --time=20 jobs/slurm-node.sh study.yaml --output out-one)
ends "$one" 100
was "$one" "COMPLETED 0:0"
says_log "$one" 'on 2 ranks of n[12]$'

two=$(sbatch --parsable --nodes=2 --ntasks-per-node=1 --time=20 jobs/slurm-nodes.sh study.yaml --output out-two)
ends "$two" 100
was "$two" "COMPLETED 0:0"
says_log "$two" 'on 2 ranks of n\[1-2\]$'
grep -q 'ranks: 2' out-two/hot/stage.txt || fail "not two ranks: $(head -n 20 out-two/hot/stage.txt)"
same_data "two nodes" out-one/hot/trajectory.h5 out-two/hot/trajectory.h5

sed -i 's/model: rigid/model: rigit/' study.yaml
bad=$(sbatch --parsable --ntasks=1 --time=20 jobs/slurm-node.sh study.yaml)
ends "$bad" 60
was "$bad" "FAILED 2:0"
says_log "$bad" "did you mean 'rigid'"
finish
