#define _POSIX_C_SOURCE 200809L
#include "app/stop.h"

#include "base/timer.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t signal_seen = 0;
static double deadline = 0.0; /* timer_now() seconds; 0: none */
static int64_t calls_left = 0;
static int reason = 0;

enum { REASON_WALL = 1000, REASON_CALLS = 1001 };

static void note(int number)
{
    signal_seen = number;
}

void stop_catch(void)
{
    struct sigaction action = {.sa_handler = note};
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    const int numbers[] = {SIGTERM, SIGINT, SIGUSR1};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaction(numbers[i], &action, NULL);
}

void stop_init(double wall_limit, int64_t test_calls)
{
    deadline = wall_limit > 0.0 ? timer_now() + wall_limit : 0.0;
    calls_left = test_calls;
}

bool stop_due(const Comm *c)
{
    double mine = (double)signal_seen;
    if (mine == 0.0 && deadline > 0.0 && timer_now() > deadline)
        mine = REASON_WALL;
    if (mine == 0.0 && calls_left > 0 && --calls_left == 0)
        mine = REASON_CALLS;
    comm_max(c, 1, &mine);
    reason = (int)mine;
    return mine != 0.0;
}

const char *stop_reason(void)
{
    switch (reason) {
    case SIGTERM:
        return "SIGTERM";
    case SIGINT:
        return "SIGINT";
    case SIGUSR1:
        return "SIGUSR1";
    case REASON_WALL:
        return "wall-time limit";
    case REASON_CALLS:
        return "the requested number of checks";
    default:
        return "nothing";
    }
}
