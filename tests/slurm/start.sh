#!/usr/bin/env bash
# A real Slurm on this machine alone, for trying out jobs/slurm-*.sh: munged, slurmctld and one slurmd for each of two nodes
# n1 and n2 that share the machine's cores. Needs root and Debian's slurm-wlm and munge (installed if apt-get can). Nothing of
# it is left after stop.sh but the packages.
#   tests/slurm/start.sh FOLDER      configuration, state and logs go there; says the line to source
#   . FOLDER/env                     then sinfo, sbatch, ... speak to this Slurm
#   tests/slurm/stop.sh FOLDER
# Exit code 77: this machine cannot have it.
set -euo pipefail
folder=${1:?usage: start.sh FOLDER}
cannot() {
    echo "start.sh: $*" >&2
    exit 77
}
[ "$(id -u)" -eq 0 ] || cannot "slurmd of several users' jobs and munged must be started by root"
if ! command -v slurmctld slurmd munged sbatch >/dev/null; then
    command -v apt-get >/dev/null || cannot "slurm-wlm and munge are not installed, and there is no apt-get"
    echo "start.sh: installing slurm-wlm and munge" >&2
    # no daemon of Debian's own is to start
    { apt-get update -qq && env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq slurm-wlm munge; } >&2 ||
        cannot "slurm-wlm and munge cannot be installed"
fi
mkdir -p "$folder"/{state,n1,n2,munge}
folder=$(cd "$folder" && pwd)
[ ! -e "$folder/pids" ] || { echo "start.sh: $folder/pids is there: already started" >&2; exit 1; }

# munge wants folders that only root may write to, all the way up; so its own are in /run
munge=/run/paddlewheel-munge-$(basename "$folder").$$
install -d -m 0755 "$munge"
echo "$munge" >"$folder/munge/place"
(umask 077 && head -c 1024 /dev/urandom >"$munge/key")
# usage: background NAME COMMAND...: start a daemon that stays in the foreground, and remember it
background() {
    local name=$1
    shift
    setsid "$@" >"$folder/$name.log" 2>&1 </dev/null &
    echo "$! $name" >>"$folder/pids"
}
background munged munged --foreground --force --key-file="$munge/key" --socket="$munge/socket" \
    --pid-file="$munge/pid" --log-file="$folder/munge/log" --seed-file="$munge/seed" --num-threads=2

base=$((20000 + 3 * ($$ % 3000))) cores=$(env -u OMP_NUM_THREADS nproc)
cat >"$folder/slurm.conf" <<CONF
ClusterName=paddlewheel
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort=$base
AuthType=auth/munge
AuthInfo=socket=$munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/%n/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/%n/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/completed
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobRequeue=1
ReturnToService=2
SlurmdTimeout=30
KillWait=10
MpiDefault=none
SlurmdParameters=config_overrides
NodeName=n1 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$((base + 1)) CPUs=$cores State=UNKNOWN
NodeName=n2 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$((base + 2)) CPUs=$cores State=UNKNOWN
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
CONF
printf 'export SLURM_CONF=%q\n' "$folder/slurm.conf" >"$folder/env"
# shellcheck source=/dev/null
. "$folder/env"

for _ in $(seq 50); do
    munge --socket="$munge/socket" --no-input >/dev/null 2>&1 && break
    sleep 0.2
done
background slurmctld slurmctld -D
for node in n1 n2; do
    mkdir -p "$folder/$node/spool"
    background $node slurmd -D -N $node
done
for _ in $(seq 60); do
    [ "$(sinfo -h -N -t idle -o %N 2>/dev/null | sort -u | wc -l)" -eq 2 ] && break
    sleep 0.5
done
if [ "$(sinfo -h -N -t idle -o %N 2>/dev/null | sort -u | wc -l)" -ne 2 ]; then
    tail -n 5 "$folder"/*.log >&2
    "$(dirname "$0")/stop.sh" "$folder"
    echo "start.sh: no node became idle; logs are in $folder" >&2
    exit 1
fi
echo ". $folder/env"
