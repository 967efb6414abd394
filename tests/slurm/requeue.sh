#!/usr/bin/env bash
# Time runs out: SIGUSR1, checkpoint, back into the queue, on from there, with the same frames as in one piece; the chain likewise,
# by further jobs.
# shellcheck source=tests/slurm/lib.sh
. "$(dirname "$0")/lib.sh"
long 100
# Slurm knows limits of whole minutes only: one minute, with the warning 25 s before its end or up to 30 s
# earlier (not so early that the script cannot hear it yet: such a signal is lost, and the job ends by its limit)
short=(--ntasks=1 --time=1 --signal=B:USR1@25)
job=$(sbatch --parsable "${short[@]}" jobs/slurm-node.sh study.yaml)
ends "$job" 900
was "$job" "COMPLETED 0:0"
says_log "$job" 'exit code 75'
says_log "$job" 'back into the queue'
says_log "$job" 'start 1: paddlewheel run'
says_log "$job" 'resumed'
direct whole
same_frames "requeued" whole out

chain=$(sbatch --parsable "${short[@]}" jobs/slurm-chain.sh study.yaml --output out-chain)
ends "$chain" 100
was "$chain" "FAILED 75:0"
links=1
while next=$(sed -n 's/.*Submitted batch job \([0-9]*\).*/\1/p' paddlewheel-chain-"$chain".log) && [ -n "$next" ]; do
    chain=$next links=$((links + 1))
    ends "$chain" 100
done
echo "$links links"
[ $links -gt 1 ] || fail "the chain has one link"
was "$chain" "COMPLETED 0:0"
same_frames "chain" whole out-chain
finish
