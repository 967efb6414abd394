#!/usr/bin/env bash
# scancel leaves a checkpoint and the job stays away, however the signal is sent; submitted again it goes on. A program that is
# killed puts its job back into the queue.
# shellcheck source=tests/slurm/lib.sh
. "$(dirname "$0")/lib.sh"
long 100
for how in "" "--full --signal=TERM" "--batch --signal=TERM"; do
    rm -rf out
    job=$(sbatch --parsable --ntasks=2 --time=10 jobs/slurm-node.sh study.yaml)
    at_work
    # shellcheck disable=SC2086
    scancel $how "$job"
    ends "$job" 60
    echo "scancel ${how:-(plain)}: $(record "$job")"
    [ -e out/hot/checkpoint.bin ] || fail "scancel $how: no checkpoint"
    [ ! -e out/hot/stage.txt ] || fail "scancel $how: the stage is done"
    log "$job" | grep -q 'back into the queue' && fail "scancel $how: it came back"
    [ -z "$how" ] || says_log "$job" 'cancelled: stays away'
done
again=$(sbatch --parsable --ntasks=2 --time=10 jobs/slurm-node.sh study.yaml)
until_true 60 grep -q 'resumed' paddlewheel-"$again".log || fail "it does not go on: $(log "$again")"
scancel --full "$again"
ends "$again" 60

# as the kernel does when memory runs out
rm -rf out
job=$(sbatch --parsable --ntasks=2 --time=10 jobs/slurm-node.sh study.yaml)
at_work
kill -KILL "$(ranks_of study.yaml | head -n 1)" || fail "nothing to kill"
until_true 100 grep -q 'start 1: paddlewheel' paddlewheel-"$job".log || fail "killed, and not put back: $(log "$job")"
until_true 60 grep -q resumed paddlewheel-"$job".log || fail "it does not go on from its checkpoint: $(log "$job")"
scancel --full "$job"
ends "$job" 60
finish
