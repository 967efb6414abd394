#!/usr/bin/env bash
# A study on several nodes, as a Slurm job that goes on by itself when its time is up (jobs/slurm-common.sh).
#   sbatch jobs/slurm-nodes.sh [STUDY.yaml [further options of `paddlewheel run`]]
# from the repository's folder, after `jobs/setup.sh` (it says which modules to load) and
#   cmake --preset release -DPW_MARCH=native && cmake --build build/release --target paddlewheel
#SBATCH --job-name=paddlewheel
#SBATCH --output=%x-%j.log
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@300
#SBATCH --requeue
# ---- edit these three lines: nodes and cores of each, time, study
#SBATCH --nodes=2 --ntasks-per-node=16
#SBATCH --time=24:00:00
study=inputs/heere2020-laptop.yaml
# ----
set -uo pipefail
cd "${SLURM_SUBMIT_DIR:?to be started by sbatch}" || exit 4
. jobs/slurm-common.sh || exit 4
[ $# -gt 0 ] || set -- "$study"
slurm_run "$@"
slurm_end
