#include "app/command.h"

#include "base/err.h"
#include "store/config.h"

#include <stdio.h>
#include <string.h>

enum { OPTIONS_MAX = 16 };

const Command *const *command_list(void)
{
    static const Command *const list[] = {
        &command_run,
        &command_cell,
        &command_energy,
        &command_analyse,
        &command_fit,
        &command_compare,
        &command_report,
        &command_bench,
        &command_explain,
        &command_dataset,
        &command_neb,
        &command_verdict,
        NULL,
    };
    return list;
}

const Command *command_find(const char *name)
{
    for (const Command *const *c = command_list(); *c != NULL; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

static Err unknown_option(const Command *command, const char *given, size_t n,
                          const CommandOption options[])
{
    const char *names[OPTIONS_MAX] = {NULL};
    char list[512] = "";
    for (size_t i = 0; i < n; i++) {
        names[i] = options[i].name;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = config_nearest(given, n, names);
    return err_set(ERR_INPUT, "%s: unknown option %s%s%s%s; allowed: %s", command->name, given,
                   near ? "; did you mean " : "", near ? near : "", near ? "?" : "",
                   n ? list : "none");
}

Err command_arguments(const Command *command, int argc, char **argv, size_t noptions,
                      const CommandOption options[], int min, int max, const char *positional[])
{
    CHECK(noptions <= OPTIONS_MAX, "%zu options", noptions);
    int npositional = 0;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            if (npositional == max)
                return err_set(ERR_INPUT,
                               "%s: one argument too many: '%s'; usage: paddlewheel %s %s",
                               command->name, argv[i], command->name, command->usage);
            positional[npositional++] = argv[i];
            continue;
        }
        size_t k = 0;
        while (k < noptions && strcmp(options[k].name, argv[i]) != 0)
            k++;
        if (k == noptions)
            return unknown_option(command, argv[i], noptions, options);
        if (options[k].text == NULL) {
            *options[k].flag = true;
        } else if (i + 1 < argc) {
            *options[k].text = argv[++i];
        } else {
            return err_set(ERR_INPUT, "%s: option %s needs a value", command->name, argv[i]);
        }
    }
    if (npositional < min)
        return err_set(ERR_INPUT, "%s: an argument is missing; usage: paddlewheel %s %s",
                       command->name, command->name, command->usage);
    return OK;
}
