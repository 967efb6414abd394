#define _POSIX_C_SOURCE 200809L
#include "store/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Longest time that reading may take [s] */
static const unsigned PATIENCE = 20;

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
static _Noreturn void child(int to, Err (*work)(void *, TextBuffer *), void *context)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGUSR1};
    TextBuffer out = {0};
    int nowhere = open("/dev/null", O_WRONLY);
    for (size_t k = 0; k < sizeof fatal / sizeof *fatal; k++)
        signal(fatal[k], SIG_DFL);
    if (nowhere >= 0)
        dup2(nowhere, STDERR_FILENO);
    alarm(PATIENCE);
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

Err apart_run(const char *name, Err (*work)(void *context, TextBuffer *out), void *context,
              TextBuffer *out)
{
    int ends[2], status = 1;
    if (pipe(ends) != 0)
        return err_set(ERR_FILE, "%s: cannot be read apart (%s)", name, strerror(errno));
    pid_t pid = fork();
    if (pid < 0) {
        close(ends[0]), close(ends[1]);
        return err_set(ERR_FILE, "%s: cannot be read apart (%s)", name, strerror(errno));
    }
    if (pid == 0) {
        close(ends[0]);
        child(ends[1], work, context);
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
                    name);
    else if (all.text[0] != OK)
        e = err_set((Err)all.text[0], "%s", all.length > 1 ? all.text + 1 : "unknown error");
    else if (all.length > 1)
        text_append_bytes(out, all.text + 1, all.length - 1);
    text_clear(&all);
    return e;
}
