/* stage_report.c -- kind `report`: figures and report.html, drawn by Python from the documented HDF5 files. */
#define _POSIX_C_SOURCE 200809L
#include "app/stages.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

typedef struct ReportOptions {
    StageHead head;
    char *title;
    ConfigTexts from, fits;
    char *python;
} ReportOptions;

static const ConfigField fields[] = {
    STAGE_HEAD_FIELDS,
    {.key = "title",
     .kind = CONFIG_TEXT,
     .fallback = "\"Mg(BH4)2: simulated and measured\"",
     .offset = offsetof(ReportOptions, title),
     .help = "of the report"},
    {.key = "from",
     .kind = CONFIG_TEXTS,
     .unit = "stage",
     .offset = offsetof(ReportOptions, from),
     .help = "stages whose results are shown; one of kind compare fills the first table"},
    {.key = "fits",
     .kind = CONFIG_TEXTS,
     .unit = "file",
     .fallback = "",
     .offset = offsetof(ReportOptions, fits),
     .help = "results of `paddlewheel fit pdf` (NAME.h5) whose curves are shown too"},
    {.key = "python",
     .kind = CONFIG_TEXT,
     .fallback = "python3",
     .offset = offsetof(ReportOptions, python),
     .help = "interpreter with numpy, h5py and matplotlib"},
};

static char *script_path(void)
{
    const char *folder = getenv("PADDLEWHEEL_REPORT");
    return mem_format("%s/report.py", folder != NULL ? folder : PW_REPORT_FOLDER);
}

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const ReportOptions *o = options;
    char *script = script_path();
    Err e = access(script, R_OK) == 0
                ? OK
                : err_set(ERR_FILE,
                          "%s: the report program is missing; set PADDLEWHEEL_REPORT to its folder",
                          script);
    free(script);
    estimate->seconds = 15.0;
    snprintf(estimate->note, sizeof estimate->note, "%zu stages", o->from.n);
    return comm_agree(run->comm, e);
}

/* report.py REPORT.html --title T --work FOLDER --fit FILE .. kind:name:folder .. */
static Err draw(const StageRun *run, const ReportOptions *o)
{
    size_t n = 0;
    char **argv = MEM_NEW(char *, o->from.n + 2 * o->fits.n + 8);
    char *script = script_path(), *html = mem_format("%s/report.html", run->study->output);
    argv[n++] = o->python;
    argv[n++] = script;
    argv[n++] = html;
    argv[n++] = "--title";
    argv[n++] = o->title;
    argv[n++] = "--work";
    argv[n++] = run->stage->folder;
    size_t fixed = n;
    for (size_t i = 0; i < o->fits.n; i++) {
        argv[n++] = mem_string("--fit");
        argv[n++] = study_path(run->study, o->fits.text[i]);
    }
    for (size_t i = 0; i < o->from.n; i++) {
        const Stage *s = study_find(run->study, o->from.text[i]);
        argv[n++] = mem_format("%s:%s:%s", s->kind->name, stage_name(s), s->folder);
    }
    pid_t child;
    posix_spawnattr_t apart; /* Ctrl-C stops us in time; the few seconds of drawing may end */
    posix_spawnattr_init(&apart);
    posix_spawnattr_setflags(&apart, POSIX_SPAWN_SETPGROUP);
    int status = 0, code = posix_spawnp(&child, o->python, NULL, &apart, argv, environ);
    posix_spawnattr_destroy(&apart);
    Err e = OK;
    if (code != 0)
        e = err_set(ERR_FILE, "%s cannot be started: %s; install python3 or set 'python:'",
                    o->python, strerror(code));
    else if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        e = err_set(
            ERR_FILE,
            "%s: report not written (exit status %d); numpy, h5py and matplotlib are needed",
            script, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    else
        log_info("  %s", html);
    for (size_t i = fixed; i < n; i++)
        free(argv[i]);
    free(argv);
    free(script);
    free(html);
    return e;
}

static Err run_report(const StageRun *run, const void *options)
{
    return comm_agree(run->comm, comm_is_root(run->comm) ? draw(run, options) : OK);
}

const StageKind stage_report = {
    .name = "report",
    .help = "figures and a self-contained report.html",
    .nfields = sizeof fields / sizeof fields[0],
    .fields = fields,
    .options_size = sizeof(ReportOptions),
    .check = check,
    .run = run_report,
};
