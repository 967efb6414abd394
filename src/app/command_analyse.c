/* command_analyse.c -- `paddlewheel analyse OBSERVABLE --trajectory T.h5 --write OUT.h5`. */
#include "app/command.h"
#include "app/observing.h"
#include "base/mem.h"
#include "base/timer.h"
#include "domain/structure.h"
#include "store/provenance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Err write_results(const Comm *c, Observing *o, const char *trajectory, const char *started,
                         const char *out)
{
    H5 *file = NULL;
    Err e = comm_is_root(c) ? h5_create(out, &file) : OK;
    if (file != NULL) {
        char *inputs = NULL;
        e = provenance_add_input(&inputs, "trajectory", trajectory);
        char *provenance = provenance_text(
            c,
            &(ProvenanceRun){.seed = -1, .started = started, .finished = true, .inputs = inputs});
        if (e == OK)
            e = h5_write_text(file, "provenance", provenance);
        free(inputs);
        free(provenance);
    }
    e = comm_agree(c, e);
    if (e == OK)
        e = observing_close(o, file);
    if (file != NULL && e == OK)
        e = h5_commit(file);
    else if (file != NULL)
        h5_close(file);
    return comm_agree(c, e);
}

static Err run(const Comm *c, int argc, char **argv)
{
    bool unwrap = false;
    const char *name = NULL, *trajectory = NULL, *out = NULL, *given = NULL;
    const CommandOption options[] = {{"--trajectory", &trajectory, NULL},
                                     {"--write", &out, NULL},
                                     {"--options", &given, NULL},
                                     {"--unwrap", NULL, &unwrap}};
    TRY(command_arguments(&command_analyse, argc, argv, 4, options, 1, 1, &name));
    if (trajectory == NULL || out == NULL)
        return err_set(ERR_INPUT, "analyse: --trajectory FILE.h5 and --write OUT.h5 are needed");
    char started[21];
    timer_date(started);
    /* the same text that a study file has under `observables:` */
    char *text = mem_format("observables: {%s: {%s}}\n", name, given ? given : "");
    Config *config = NULL;
    Err e = config_parse("command line", text, strlen(text), &config);
    free(text);
    if (e != OK)
        return e;
    const ConfigNode *node = config_get(config_root(config), "observables");
    e = observing_check(c, node);
    Sample s;
    if (e == OK)
        e = structure_read(c, trajectory, &s);
    if (e == OK) {
        Observing *o = NULL;
        double interval;
        int64_t frames;
        e = observing_look(c, trajectory, &interval, &frames);
        if (e == OK)
            e = observing_open(c, &s, node, interval, frames, &o);
        if (e == OK)
            e = unwrap ? observing_replay_unwrapped(o, c, trajectory, &s)
                       : observing_replay(o, c, trajectory, &s);
        if (e == OK)
            e = write_results(c, o, trajectory, started, out);
        observing_free(o);
        sample_clear(&s);
    }
    config_close(config);
    return e;
}

const Command command_analyse = {
    .name = "analyse",
    .usage = "OBSERVABLE --trajectory T.h5 --write OUT.h5 [--options 'key: value, ...'] [--unwrap]",
    .help = "measure something on a stored trajectory; `explain OBSERVABLE` lists options",
    .more =
        "  --unwrap        positions were folded into the box: atoms take the shortest way from "
        "frame to frame\n",
    .run = run,
};
