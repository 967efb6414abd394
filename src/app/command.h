/* command.h -- the sub-commands of `paddlewheel` and how their arguments are read. */
#ifndef APP_COMMAND_H
#define APP_COMMAND_H

#include "par/comm.h"

#include <stdbool.h>

typedef struct Command {
    const char *name;
    const char *usage; /* after "paddlewheel NAME" */
    const char *help;  /* one line */
    const char *more;  /* what --help prints below the usage; "" for nothing */
    Err (*run)(const Comm *c, int argc, char **argv); /* argv[0] is the command. Collective. */
    bool stops; /* runs stages: SIGTERM, SIGINT, SIGUSR1 end it in time (app/stop.h) */
} Command;

/* All commands, NULL-terminated. Local. */
const Command *const *command_list(void);
const Command *command_find(const char *name);

/* One option of a command: "--only STAGE" sets *text, "--resume" sets *flag. */
typedef struct CommandOption {
    const char *name;  /* "--only" */
    const char **text; /* NULL if it is a flag */
    bool *flag;
} CommandOption;

/* Split arguments into options and at most `max` positional ones. ERR_INPUT names what is not understood, the nearest
 * option and the usage. Local. */
Err command_arguments(const Command *command, int argc, char **argv, size_t noptions,
                      const CommandOption options[], int min, int max,
                      const char *positional[]) MUST_USE;

extern const Command command_run;     /* command_run.c */
extern const Command command_cell;    /* command_cell.c */
extern const Command command_energy;  /* command_energy.c */
extern const Command command_analyse; /* command_analyse.c */
extern const Command command_fit;     /* command_fit.c */
extern const Command command_compare; /* command_compare.c */
extern const Command command_report;  /* command_report.c */
extern const Command command_bench;   /* command_bench.c */
extern const Command command_explain; /* command_explain.c */
extern const Command command_dataset; /* command_dataset.c */
extern const Command command_neb;     /* command_neb.c */
extern const Command command_verdict; /* command_study.c */

#endif
