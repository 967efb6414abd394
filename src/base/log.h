/* log.h -- what the program tells a person: one line at a time, on stderr, from one rank.
 *
 * Results go to files and to stdout; the log is for people. Warnings are counted and repeated at the
 * end of the run. Progress lines are rewritten in place on a terminal and printed plainly elsewhere.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

typedef enum LogLevel { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG } LogLevel;

/* Only a rank that is told so prints (rank 0), except errors of CHECK. Local. */
void log_init(LogLevel level, bool prints);

/* One message, printf style, without newline. Local. */
void log_write(LogLevel level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_info(...)  log_write(LOG_INFO, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_WARNING, __VA_ARGS__)
#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)

/* Progress of one stage. `done` of `total` in `unit` (for example "ps"); rate and time left are worked
 * out here. On a terminal the line is redrawn at most 5 times a second, elsewhere printed every 10 %.
 * Call with done == total to finish the line. Local. */
typedef struct Progress {
    char label[64];
    char unit[16];
    double total;
    double first; /* done before this process began: 0, or set by a stage that resumes */
    double started;
    double shown;
    double shown_fraction;
    bool terminal;
} Progress;

void log_progress_init(Progress *p, const char *label, const char *unit, double total);
void log_progress(Progress *p, double done);

/* Repeat the warnings of this run; number of them is returned. Local. */
int log_summary(void);

#endif
