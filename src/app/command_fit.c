/* command_fit.c -- `paddlewheel fit KIND RECIPE.yaml`: parameters from data, by one of the kinds of fit.h. */
#include "app/command.h"
#include "app/fit.h"
#include "store/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const FitKind *const kinds[] = {&fit_potential, &fit_gordon_kim, &fit_spectra, &fit_pdf_kind,
                                       &fit_eis};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static Err no_such_kind(const char *name)
{
    const char *names[KINDS];
    char *list = NULL;
    for (size_t k = 0; k < KINDS; k++) {
        names[k] = kinds[k]->name;
        config_append(&list, "%s%s", k > 0 ? ", " : "", names[k]);
    }
    const char *near = config_nearest(name, KINDS, names);
    Err e = err_set(ERR_INPUT, "fit: '%s' cannot be fitted%s%s%s; allowed: %s", name,
                    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "", list);
    free(list);
    return e;
}

static Err run(const Comm *c, int argc, char **argv)
{
    const char *what[2] = {NULL, NULL}, *output = NULL;
    bool check = false;
    const CommandOption options[] = {{"--output", &output, NULL}, {"--check", NULL, &check}};
    if (argc == 1) {
        for (size_t k = 0; k < KINDS && comm_is_root(c); k++)
            printf("  %-14s %s\n", kinds[k]->name, kinds[k]->help);
        return OK;
    }
    TRY(command_arguments(&command_fit, argc, argv, 2, options, 2, 2, what));
    for (size_t k = 0; k < KINDS; k++)
        if (strcmp(what[0], kinds[k]->name) == 0)
            return kinds[k]->run(c, what[1], output, check);
    return no_such_kind(what[0]);
}

const Command command_fit = {
    .name = "fit",
    .usage = "KIND RECIPE.yaml [--output FILE] [--check]",
    .help = "parameters from data, by a recipe; `fit` alone lists the kinds",
    .more = "  --output FILE  what to write\n"
            "  --check        read the recipe and all that it names, fit and write nothing\n",
    .run = run,
};
