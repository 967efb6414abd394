#!/usr/bin/env bash
# Stop the Slurm that start.sh started in FOLDER: its jobs, then its daemons. No process of it is left.
#   tests/slurm/stop.sh FOLDER
set -uo pipefail
folder=$(cd "${1:?usage: stop.sh FOLDER}" && pwd) || exit 2
[ -e "$folder/pids" ] || { echo "stop.sh: nothing was started in $folder" >&2; exit 0; }
# shellcheck source=/dev/null
. "$folder/env"
jobs=$(squeue -h -o %A 2>/dev/null | sort -u)
if [ -n "$jobs" ]; then
    # shellcheck disable=SC2086
    scancel --full --signal=KILL $jobs 2>/dev/null
    # shellcheck disable=SC2086
    scancel $jobs 2>/dev/null
    for _ in $(seq 60); do
        [ -z "$(squeue -h 2>/dev/null)" ] && break
        sleep 0.5
    done
fi
left=0
for pid in $(tac "$folder/pids" | cut -d' ' -f1); do # munged last
    kill -TERM "$pid" 2>/dev/null
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null && left=1
done
[ $left -eq 0 ] || echo "stop.sh: a daemon had to be killed" >&2
rm -rf "$(cat "$folder/munge/place")"
rm -f "$folder/pids"
