/* main.c -- the executable: finds the sub-command, prints the one error line, gives the exit code. */
#define _POSIX_C_SOURCE 200809L
#include "app/command.h"
#include "app/stop.h"
#include "base/log.h"
#include "store/config.h"
#include "store/h5.h"
#include "store/provenance.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_help(void)
{
    printf("paddlewheel: molecular dynamics of Mg(BH4)2, and what the instruments "
           "see of it\n\n"
           "usage: paddlewheel COMMAND ...      (mpirun -n RANKS paddlewheel COMMAND ... on "
           "several cores)\n\n");
    for (const Command *const *c = command_list(); *c != NULL; c++)
        printf("  %-9s %s\n", (*c)->name, (*c)->help);
    printf("\n  --help after a command explains it; --version prints versions.\n"
           "exit codes: 0 done, 2 input, 3 numerical, 4 file, 75 stopped in time (go on with "
           "--resume)\n");
}

static Err unknown_command(const char *name)
{
    const char *names[16];
    size_t n = 0;
    for (const Command *const *c = command_list(); *c != NULL; c++)
        names[n++] = (*c)->name;
    const char *near = config_nearest(name, n, names);
    return err_set(ERR_INPUT, "unknown command '%s'%s%s%s; see paddlewheel --help", name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static bool asks_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static Err dispatch(const Comm *world, int argc, char **argv)
{
    bool root = comm_is_root(world);
    const char *name = argc > 1 ? argv[1] : "--help";
    if (strcmp(name, "--version") == 0) {
        if (root)
            provenance_print_version();
        return OK;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        if (root)
            print_help();
        return OK;
    }
    const Command *command = command_find(name);
    if (command == NULL)
        return unknown_command(name);
    if (asks_help(argc - 1, argv + 1)) {
        if (root)
            printf("paddlewheel %s: %s\n\nusage: paddlewheel %s %s\n%s%s", command->name,
                   command->help, command->name, command->usage, command->more[0] ? "\n" : "",
                   command->more);
        return OK;
    }
    return command->run(world, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    signal(SIGXFSZ,
           SIG_IGN); /* a file too long for this user's limit is an error like a full disk */
    const Command *named = argc > 1 ? command_find(argv[1]) : NULL;
    if (named != NULL && named->stops)
        stop_catch();
    Comm *world = comm_start(&argc, &argv);
    log_init(LOG_INFO, comm_is_root(world));
    Err e = comm_agree(world, dispatch(world, argc, argv));
    if (e != OK && comm_is_root(world))
        fprintf(stderr, "paddlewheel: %s: %s\n", err_name(e), err_message());
    log_summary();
    fflush(NULL);
    if (e == ERR_FILE && !h5_all_closed())
        _exit(err_exit_code(
            e)); /* HDF5 1.10 crashes when MPI ends over a file that a full disk let nobody close */
    comm_stop(world);
    return err_exit_code(e);
}
