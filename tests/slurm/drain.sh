#!/usr/bin/env bash
# A node that is drained keeps its job to the end and gets no other; a job that is put back into the queue goes on, on another node.
# shellcheck source=tests/slurm/lib.sh
. "$(dirname "$0")/lib.sh"
long 15
job=$(sbatch --parsable --ntasks=1 --time=20 --nodelist=n1 jobs/slurm-node.sh study.yaml)
at_work
scontrol update nodename=n1 state=drain reason=test
next=$(sbatch --parsable --ntasks=1 --time=20 jobs/slurm-node.sh study.yaml --output out-next)
ends "$job" 120
was "$job" "COMPLETED 0:0"
ends "$next" 120
was "$next" "COMPLETED 0:0"
says_log "$job" 'ranks of n1$'
says_log "$next" 'ranks of n2$'
same_data "while draining" out/hot/trajectory.h5 out-next/hot/trajectory.h5

# drained with the job sent away: back into the queue by hand of the operator, on the node that is left
rm -rf out
scontrol update nodename=n1 state=resume
scontrol update nodename=n2 state=drain reason=test
long 30
job=$(sbatch --parsable --ntasks=1 --time=20 jobs/slurm-node.sh study.yaml)
at_work
scontrol update nodename=n1 state=drain reason=test
scontrol update nodename=n2 state=resume
scontrol requeue "$job"
until_true 100 grep -q 'start 1:.*ranks of n2$' paddlewheel-"$job".log || fail "it did not come back on n2: $(log "$job")"
ends "$job" 200
was "$job" "COMPLETED 0:0"
says_log "$job" resumed
direct whole
same_frames "moved to another node" whole out
finish
