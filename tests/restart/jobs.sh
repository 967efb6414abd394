#!/usr/bin/env bash
# The scripts in jobs/ that start mpirun: SIGTERM, Ctrl-C and SIGUSR1 end with a checkpoint and 75 whenever they come; a Slurm
# job that ends so goes back into the queue. `scontrol` is a stand-in that writes down what it is asked.
. "$SOURCE/tests/cli/lib.sh"
study 's/duration: 0.4 ps/duration: 60 ps/'
works 1 run study.yaml --only gamma
mkdir repository bin
cp -r "$SOURCE/jobs" repository/
export PADDLEWHEEL PW_RANKS=2 PATH="$work/bin:$PATH"
run=repository/jobs/run.sh

until_there() {
    for _ in $(seq 600); do
        [ -e "$1" ] && return
        sleep 0.1
    done
    fail "$1 did not appear"
}

# started SCRIPT ARGUMENT...: in the background, with its own process group as a shell with a terminal would give it; no signal
# is ignored (bash lets its background children ignore SIGINT)
started() {
    /usr/bin/python3 -c '
import os, signal, sys
os.setpgid(0, 0)
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp("bash", ["bash"] + sys.argv[1:])' "$@" >"$said/out" 2>"$said/err" </dev/null &
    process=$!
    for _ in $(seq 600); do # until it catches SIGUSR1, or is over already
        caught=$(sed -n 's/^SigCgt:[[:space:]]*//p' /proc/$process/status 2>/dev/null)
        [ -z "$caught" ] && return
        grep -qs '^State:.*zombie' /proc/$process/status && return
        [ $((0x$caught & 1 << 9)) -ne 0 ] && return
        sleep 0.02
    done
    fail "$1 catches no signal"
}

ended() {
    wait $process
    status=$?
    [ $status -eq "$1" ] || fail "$2: exit code $status, not $1: $(tail -n 4 "$said/err")"
}

# to the script alone, or to its whole process group as Ctrl-C does
for signal in "TERM $run" "USR1 $run" "INT -"; do
    set -- $signal
    rm -rf out/hot
    started $run run study.yaml
    until_there out/hot/trajectory/000001.h5.part
    if [ "$2" = - ]; then kill -$1 -- -$process; else kill -$1 $process; fi
    ended 75 "SIG$1"
    grep -q 'paddlewheel: stopped: stage hot: stopped by SIGUSR1 at step' "$said/err" || fail "SIG$1: no word of the stop"
    [ -e out/hot/checkpoint.bin ] || fail "SIG$1: no checkpoint"
done
on 1 run study.yaml --resume --wall-time '1 ms'
grep -q resumed "$said/err" || fail "it did not go on from there: $(cat "$said/err")"

# before the program is there to listen: never a crash, never 0
for wait in 0 0.05 0.1 0.2 0.4; do
    started $run run study.yaml --output early
    sleep $wait
    kill -TERM $process
    ended 75 "SIGTERM after $wait s"
    rm -rf early
done

# other ends are handed through
started $run run absent.yaml
ended 2 "a missing file"
PW_LAUNCH="env sh -c" PADDLEWHEEL="exit 7" started $run
ended 7 "another launcher"
PW_LAUNCH="env sh -c" PADDLEWHEEL="trap : USR1; while :; do sleep 0.1; done" started $run
sleep 0.5
kill -TERM $process
sleep 0.5
kill -0 $process || fail "it went although the program had not ended"
kill -TERM $process
ended 143 "asked twice"

# reproduce.sh; nothing is installed or built here
printf '#!/bin/sh\necho set up\n' >repository/jobs/setup.sh
printf '#!/bin/sh\necho built "$@"\n' >bin/cmake
chmod +x bin/cmake
mkdir -p repository/build/release/src/app repository/inputs
ln -s "$PADDLEWHEEL" repository/build/release/src/app/paddlewheel
for signal in TERM INT; do
    rm -rf out/hot
    started repository/jobs/reproduce.sh ../study.yaml --output ../out
    until_there out/hot/trajectory/000001.h5.part
    if [ $signal = INT ]; then kill -INT -- -$process; else kill -TERM $process; fi
    ended 75 "reproduce.sh after SIG$signal"
    grep -q 'stopped in time; go on with: jobs/reproduce.sh ../study.yaml --output ../out --resume' "$said/out" ||
        fail "reproduce.sh does not say how to go on: $(tail -n 3 "$said/out")"
done
compared_study
started repository/jobs/reproduce.sh ../study.yaml --only compare --output elsewhere
ended 0 "reproduce.sh"
for line in 'set up' 'built --build build/release --target paddlewheel' "   results: $work/repository/elsewhere"; do
    grep -qxF -- "$line" "$said/out" || fail "reproduce.sh does not say '$line': $(cat "$said/out")"
done
started repository/jobs/reproduce.sh absent.yaml
ended 2 "reproduce.sh without a study"
study 's/duration: 0.4 ps/duration: 60 ps/'
rm -rf out/hot

# a Slurm job: Slurm sends SIGUSR1 to the batch script only
cat >bin/scontrol <<'SH'
#!/bin/sh
echo "$@" >>scontrol.said
SH
chmod +x bin/scontrol
slurm() { SLURM_JOB_ID=4711 SLURM_NTASKS=2 SLURM_SUBMIT_DIR="$work/repository" started repository/jobs/slurm-node.sh ../study.yaml --output ../out; }
rm -rf out/hot
slurm
until_there out/hot/trajectory/000001.h5.part
kill -USR1 $process
ended 0 "a Slurm job that is put back"
[ "$(cat repository/scontrol.said)" = "requeue 4711" ] || fail "not put back into the queue: $(cat "$said/out")"
[ -e out/hot/checkpoint.bin ] || fail "no checkpoint of the Slurm job"
export SLURM_RESTART_COUNT=3 PW_RESTARTS=3
slurm
until_there out/hot/trajectory/000001.h5.part
sleep 1
kill -USR1 $process
ended 75 "a Slurm job that was started too often"
[ "$(wc -l <repository/scontrol.said)" -eq 1 ] || fail "put back too often"
grep -q resumed "$said/err" || fail "the Slurm job did not go on: $(cat "$said/err")"
sed -i 's/duration: 60 ps/duration: 0.1 ps/' study.yaml
slurm
ended 0 "a Slurm job that is done"
[ "$(wc -l <repository/scontrol.said)" -eq 1 ] || fail "a job that is done was put back"
grep -q 'exit code 0' "$said/out" || fail "a job that is done says $(cat "$said/out")"
finish
