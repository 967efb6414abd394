/* command_dataset.c -- `paddlewheel dataset STUDY.yaml`: what a study found, as data for others. */
#include "app/command.h"
#include "app/dataset.h"
#include "app/study.h"

static Err run(const Comm *c, int argc, char **argv)
{
    const char *path = NULL, *output = NULL;
    const CommandOption options[] = {{"--output", &output, NULL}};
    TRY(command_arguments(&command_dataset, argc, argv, 1, options, 1, 1, &path));
    Study *study = NULL;
    Err e = study_open(c, path, output, &study);
    if (e == OK)
        e = study_run(study, &(StudyOptions){0});
    if (e == OK)
        e = dataset_make(study);
    study_close(study);
    return e;
}

const Command command_dataset = {
    .name = "dataset",
    .usage = "STUDY.yaml [--output DIR]",
    .help = "write a study's synthetic data in the instruments' formats, with an answer key",
    .more = "  Stages that are missing or out of date are run first. The data are OUTPUT/dataset; "
            "the key\n"
            "  `dataset:` of the study (`paddlewheel explain dataset`) says title, creators, "
            "licence, draws.\n",
    .run = run,
    .stops = true,
};
