#include "base/log.h"

#include "base/timer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WARNINGS_KEPT = 20, LINE_MAX_CHARS = 512 };

static struct {
    LogLevel level;
    bool prints;
    bool line_open; /* a progress line waits for its end */
    int warnings;
    char kept[WARNINGS_KEPT][LINE_MAX_CHARS];
} state = {.level = LOG_INFO, .prints = true};

void log_init(LogLevel level, bool prints)
{
    state.level = level;
    state.prints = prints;
}

void log_write(LogLevel level, const char *format, ...)
{
    char line[LINE_MAX_CHARS * 4];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (level == LOG_WARNING) {
        if (state.warnings < WARNINGS_KEPT)
            snprintf(state.kept[state.warnings], LINE_MAX_CHARS, "%.*s", LINE_MAX_CHARS - 1, line);
        state.warnings++;
    }
    if (!state.prints || level > state.level)
        return;
    if (state.line_open) {
        fputc('\n', stderr);
        state.line_open = false;
    }
    static const char *const prefix[] = {"error: ", "warning: ", "", "debug: "};
    fprintf(stderr, "%s%s\n", prefix[level], line);
    fflush(stderr);
}

void log_progress_init(Progress *p, const char *label, const char *unit, double total)
{
    *p = (Progress){.total = total, .started = timer_now(), .shown = 0.0, .shown_fraction = 0.0};
    snprintf(p->label, sizeof p->label, "%s", label);
    snprintf(p->unit, sizeof p->unit, "%s", unit);
    p->terminal = isatty(STDERR_FILENO) != 0;
}

void log_progress(Progress *p, double done)
{
    if (!state.prints || state.level < LOG_INFO || p->total <= 0.0)
        return;
    double now = timer_now();
    double fraction = done / p->total;
    bool last = fraction >= 1.0;
    bool due = p->terminal ? now - p->shown > 0.2 : fraction - p->shown_fraction >= 0.1 - 1e-9;
    if (!due && !last)
        return;
    double elapsed = now - p->started;
    double rate = elapsed > 0.0 ? (done - p->first) / elapsed : 0.0;
    double left = rate > 0.0 ? (p->total - done) / rate : 0.0;
    fprintf(stderr, "%s  %-22s %5.1f %%  %.4g/%.4g %s  %.3g %s/s  %s %.0f s%s",
            p->terminal ? "\r" : "", p->label, 100.0 * fraction, done, p->total, p->unit, rate,
            p->unit, last ? "took" : "left", last ? elapsed : left, p->terminal ? "   " : "");
    state.line_open = p->terminal && !last;
    if (!state.line_open)
        fputc('\n', stderr);
    fflush(stderr);
    p->shown = now;
    p->shown_fraction = fraction;
}

int log_summary(void)
{
    if (state.warnings > 0 && state.prints) {
        fprintf(stderr, "%d warning%s in this run:\n", state.warnings,
                state.warnings == 1 ? "" : "s");
        int shown = state.warnings < WARNINGS_KEPT ? state.warnings : WARNINGS_KEPT;
        for (int i = 0; i < shown; i++)
            fprintf(stderr, "  - %s\n", state.kept[i]);
    }
    return state.warnings;
}
