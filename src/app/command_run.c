/* command_run.c -- `paddlewheel run STUDY.yaml`. */
#include "app/command.h"
#include "app/study.h"
#include "base/log.h"
#include "base/units.h"

#include <stdio.h>
#include <stdlib.h>

static Err run(const Comm *c, int argc, char **argv)
{
    const char *path = NULL, *only = NULL, *output = NULL, *wall = NULL, *stop_after = NULL;
    bool resume = false, check = false, defaults = false;
    const CommandOption options[] = {
        {"--only", &only, NULL},
        {"--resume", NULL, &resume},
        {"--check", NULL, &check},
        {"--write-defaults", NULL, &defaults},
        {"--output", &output, NULL},
        {"--wall-time", &wall, NULL},
        {"--stop-after-checks", &stop_after, NULL},
    };
    TRY(command_arguments(&command_run, argc, argv, sizeof options / sizeof options[0], options, 1,
                          1, &path));
    double limit = 0.0, checks = 0.0;
    if (wall != NULL)
        TRY(err_prefix(units_parse(wall, "s", &limit), "--wall-time"));
    if (stop_after != NULL)
        TRY(err_prefix(units_parse(stop_after, "1", &checks), "--stop-after-checks"));
    stop_init(limit, (int64_t)checks);
    Study *study = NULL;
    Err e = study_open(c, path, output, &study);
    if (e == OK && defaults) {
        char *text = study_defaults(study);
        if (comm_is_root(c))
            fputs(text, stdout);
        free(text);
    } else if (e == OK && check) {
        e = study_check(study);
    } else if (e == OK) {
        StudyOptions o = {.only = only, .resume = resume};
        e = study_run(study, &o);
        if (e == OK)
            log_info("study %s is complete: %s", study->name, study->output);
    }
    study_close(study);
    return e;
}

const Command command_run = {
    .name = "run",
    .usage = "STUDY.yaml [--only STAGE] [--resume] [--check] [--write-defaults] [--output DIR] "
             "[--wall-time '50 min']",
    .help = "run a study: its stages in order, those that are unchanged are kept",
    .more =
        "  --only STAGE       run this stage and what it needs\n"
        "  --resume           continue a stopped stage from its checkpoint\n"
        "  --check            try everything on paper: names, units, cells, one force call, memory "
        "and time\n"
        "  --write-defaults   print the full effective input\n"
        "  --output DIR       put results there instead of the study's own place\n"
        "  --wall-time TIME   stop in time: checkpoint and exit code 75 (as on SIGTERM, SIGINT, "
        "SIGUSR1)\n"
        "  --stop-after-checks N   stop at the N-th look at the clock (for trying out restarts)\n",
    .run = run,
    .stops = true,
};
