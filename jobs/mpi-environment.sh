# shellcheck shell=bash
# Sourced by the scripts: what Open MPI must be told, and only when it applies.
# As root it refuses to start; with more ranks than cores it refuses, or spins.
if [ "$(id -u)" -eq 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
# usage: mpi_ranks N -- settings for N ranks on this machine
mpi_ranks() {
    local cores
    cores=$(lscpu -p=core,socket 2>/dev/null | grep -v '^#' | sort -u | wc -l)
    if [ "$1" -gt "$(nproc)" ]; then
        export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
    elif [ "$1" -gt "$cores" ]; then # Open MPI counts cores, not their hardware threads
        export OMPI_MCA_hwloc_base_use_hwthreads_as_cpus=1
    fi
}
# After SIGTERM, give a checkpoint time to be written before mpirun kills (its own default is one second). Not longer
# than needed: Open MPI 4 waits twice this time after every run that ends with an exit code other than 0.
# SIGUSR1 has no such limit: mpirun hands it on and waits for the program.
export OMPI_MCA_odls_base_sigkill_timeout="${OMPI_MCA_odls_base_sigkill_timeout:-5}"
export OPENBLAS_NUM_THREADS="${OPENBLAS_NUM_THREADS:-1}"
