#!/usr/bin/env bash
# A study of many runs (samples, temperatures, replicas) as a Slurm array, one task for each stage of kind md, and a job that
# makes what stands on them: means over the replicas, comparison, report. It waits for the array; what a task that was lost
# has not done it does itself. Nothing is to be done by hand (jobs/slurm-common.sh).
#   jobs/slurm-array.sh [STUDY.yaml [options of sbatch]]     not with sbatch; from the repository's folder
# inputs/array-small.yaml shows how a study says once what is done for every temperature.
#SBATCH --job-name=paddlewheel-array
#SBATCH --open-mode=append
#SBATCH --nodes=1
#SBATCH --signal=B:USR1@300
#SBATCH --requeue
# ---- edit these three lines: cores of each task, its time, study
#SBATCH --ntasks=4
#SBATCH --time=24:00:00
study=inputs/array-small.yaml
# ----
set -uo pipefail

# Names of the md stages, and before them, with a '-', of the stages that they begin with: "-gamma gamma-310-1 ..."
stages_of() {
    awk '$1 == "-" && $2 == "name:" { name = $3; kind = "" }
         $1 == "kind:" { kind = $2; if (kind == "md") { md[name] = 1; tasks = tasks " " name } }
         kind == "md" && $1 == "cell:" { if ($2 in md) { print "slurm-array: stage " name " goes on from " $2 ", which would be run twice; " \
                                             "such a study is for jobs/slurm-node.sh" >"/dev/stderr"; exit 2 }
                                         if (!seen[$2]++) cells = cells " -" $2 }
         END { print cells tasks }' <<<"$1"
}

submit() {
    local program=${PADDLEWHEEL:-build/release/src/app/paddlewheel} text names stage array tasks=()
    [ $# -gt 0 ] || set -- "$study"
    study=$1
    shift
    cd "$(dirname "$0")/.." || exit 4
    text=$("$program" run "$study" --write-defaults) || exit
    names=$(stages_of "$text") || exit
    # here and now, so that no two tasks make the same; seconds
    for stage in $names; do
        case $stage in
        -*) "$program" run "$study" --only "${stage#-}" || exit ;;
        *) tasks+=("$stage") ;;
        esac
    done
    [ ${#tasks[@]} -gt 0 ] || { echo "slurm-array: $study has no stage of kind md" >&2; exit 2; }
    array=$(sbatch --parsable --array="1-${#tasks[@]}" --output='%x-%A_%a.log' "$@" jobs/slurm-array.sh task "$study" "${tasks[@]}") || exit
    report=$(sbatch --parsable --dependency="afterany:${array%%;*}" --job-name=paddlewheel-report --output='%x-%j.log' "$@" \
        jobs/slurm-array.sh report "$study") || exit
    echo "array ${array%%;*} of ${#tasks[@]} tasks, then report ${report%%;*}; results: $(sed -n 's/^output: //p' <<<"$text")"
}

case ${1:-} in
task | report)
    cd "${SLURM_SUBMIT_DIR:?to be started by jobs/slurm-array.sh}" || exit 4
    . jobs/slurm-common.sh || exit 4
    if [ "$1" = task ]; then
        names=("${@:3}")
        slurm_run "$2" --only "${names[SLURM_ARRAY_TASK_ID - 1]}"
    else
        slurm_run "$2"
    fi
    slurm_end
    ;;
*) submit "$@" ;;
esac
