#define _POSIX_C_SOURCE 200809L
#include "base/timer.h"

#include <time.h>

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double timer_now(void)
{
    return seconds(CLOCK_MONOTONIC);
}

double timer_cpu(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

void timer_date(char text[21])
{
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, 21, "%Y-%m-%dT%H:%M:%SZ", &utc);
}
