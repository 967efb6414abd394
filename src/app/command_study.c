/* command_study.c -- `paddlewheel compare STUDY.yaml`, `verdict` and `report`: the last stages of a study by themselves. */
#include "app/command.h"
#include "app/study.h"

#include <stdlib.h>
#include <string.h>

/* Run the last stage of a kind, and what it needs that is missing or out of date. */
static Err run_kind(const Comm *c, const Command *command, const char *kind, int argc, char **argv)
{
    const char *path = NULL, *output = NULL;
    const CommandOption options[] = {{"--output", &output, NULL}};
    TRY(command_arguments(command, argc, argv, 1, options, 1, 1, &path));
    Study *study = NULL;
    Err e = study_open(c, path, output, &study);
    const char *name = NULL;
    for (size_t i = 0; e == OK && i < study->nstages; i++)
        if (strcmp(study->stages[i].kind->name, kind) == 0)
            name = stage_name(&study->stages[i]);
    if (e == OK && name == NULL)
        e = err_set(ERR_INPUT, "%s: has no stage of kind '%s'", path, kind);
    if (e == OK) {
        const StudyOptions o = {.only = name};
        e = study_run(study, &o);
    }
    study_close(study);
    return e;
}

static Err run_compare(const Comm *c, int argc, char **argv)
{
    return run_kind(c, &command_compare, "compare", argc, argv);
}

static Err run_report(const Comm *c, int argc, char **argv)
{
    return run_kind(c, &command_report, "report", argc, argv);
}

static Err run_verdict(const Comm *c, int argc, char **argv)
{
    return run_kind(c, &command_verdict, "verdict", argc, argv);
}

const Command command_compare = {
    .name = "compare",
    .usage = "STUDY.yaml [--output DIR]",
    .help = "hold a study's results against the measured numbers",
    .more = "",
    .run = run_compare,
    .stops = true,
};

const Command command_report = {
    .name = "report",
    .usage = "STUDY.yaml [--output DIR]",
    .help = "draw the figures of a study and write its report.html",
    .more = "",
    .run = run_report,
    .stops = true,
};

const Command command_verdict = {
    .name = "verdict",
    .usage = "STUDY.yaml [--output DIR]",
    .help = "does the turning of BH4 drive Mg? frozen and faster rotors, with margins fixed in the "
            "study",
    .more = "",
    .run = run_verdict,
    .stops = true,
};
