#define _XOPEN_SOURCE 700 /* setitimer */
#include "store/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* CPU time that reading may take [s]: for any file, and for each byte of it (tens of times what it needs). */
static const double PATIENCE = 0.25, PATIENCE_PER_BYTE = 2e-6;
/* [s] by the clock, for a disk that does not answer */
static const unsigned WAIT = 300;

/* SIGPROF ends this process when its CPU time is up. */
static void limit_time(const char *path)
{
    struct stat file;
    double seconds = PATIENCE;
    if (stat(path, &file) == 0)
        seconds += PATIENCE_PER_BYTE * (double)file.st_size;
    const struct itimerval limit = {
        .it_value = {(time_t)seconds, (suseconds_t)(1e6 * (seconds - (double)(time_t)seconds))}};
    signal(SIGPROF, SIG_DFL);
    setitimer(ITIMER_PROF, &limit, NULL);
    alarm(WAIT);
}

static bool send_all(int to, const void *data, size_t n)
{
    const char *at = data;
    while (n > 0) {
        ssize_t some = write(to, at, n);
        if (some < 0 && errno == EINTR)
            continue;
        if (some <= 0)
            return false;
        at += some;
        n -= (size_t)some;
    }
    return true;
}

/* The child: its crash is silent and ends nothing but itself. */
static _Noreturn void child(int to, const char *path, Err (*work)(void *, TextBuffer *),
                            void *context)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGUSR1};
    TextBuffer out = {0};
    int nowhere = open("/dev/null", O_WRONLY);
    for (size_t k = 0; k < sizeof fatal / sizeof *fatal; k++)
        signal(fatal[k], SIG_DFL);
    if (nowhere >= 0)
        dup2(nowhere, STDERR_FILENO);
    limit_time(path);
    err_set_abort(abort); /* not the whole job's */
    char code = (char)work(context, &out);
    if (code != OK) {
        text_clear(&out);
        text_append(&out, "%s", err_message());
    }
    bool sent = send_all(to, &code, 1) && send_all(to, out.text, out.length);
    _exit(sent ? 0 : 1);
}

static void receive(int from, TextBuffer *out)
{
    char block[1 << 12];
    for (;;) {
        ssize_t n = read(from, block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        text_append_bytes(out, block, (size_t)n);
    }
}

Err apart_run(const char *path, Err (*work)(void *context, TextBuffer *out), void *context,
              TextBuffer *out)
{
    int ends[2], status = 1;
    if (pipe(ends) != 0)
        return err_set(ERR_FILE, "%s: cannot be read apart (%s)", path, strerror(errno));
    pid_t pid = fork();
    if (pid < 0) {
        close(ends[0]), close(ends[1]);
        return err_set(ERR_FILE, "%s: cannot be read apart (%s)", path, strerror(errno));
    }
    if (pid == 0) {
        close(ends[0]);
        child(ends[1], path, work, context);
    }
    close(ends[1]);
    TextBuffer all = {0};
    receive(ends[0], &all);
    close(ends[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    Err e = OK;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || all.length == 0)
        e = err_set(ERR_FILE, "%s: the library that reads such files fails on it; it is damaged",
                    path);
    else if (all.text[0] != OK)
        e = err_set((Err)all.text[0], "%s", all.length > 1 ? all.text + 1 : "unknown error");
    else if (all.length > 1)
        text_append_bytes(out, all.text + 1, all.length - 1);
    text_clear(&all);
    return e;
}
