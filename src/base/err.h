/* err.h -- how a function says that it failed.
 *
 * Three kinds of trouble, three ways (see house rules in README):
 *   broken invariant         CHECK(): rank, place and values are printed, the whole job is aborted
 *   input error              every rank reads the same bytes, so every rank returns the same Err
 *   trouble on some ranks    noted with err_set(), carried to the next comm_agree()
 *
 * The message of the last error lives beside the code, per thread, until the next err_set().
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

typedef enum Err {
    OK = 0,
    ERR_INPUT,     /* what the user gave is wrong            -> exit code 2 */
    ERR_NUMERICAL, /* NaN, lost atom, no convergence         -> exit code 3 */
    ERR_FILE,      /* cannot read or write, disk full, corrupt -> exit code 4 */
    ERR_COMM,      /* message passing failed                 -> exit code 3 */
    ERR_MEMORY,    /* out of memory                          -> exit code 3 */
    ERR_STOPPED,   /* asked to stop, state saved: resubmit   -> exit code 75 */
} Err;

/* warn_unused_result does not apply to enums as a type in GCC, so functions that return Err carry it. */
#define MUST_USE __attribute__((warn_unused_result))

/* Note a message (printf style) and return `code`, so that `return err_set(ERR_INPUT, ...)` reads well.
 * Local. The message is one line without the trailing newline. */
Err err_set(Err code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Put `format` and ": " before the present message; for adding file and line on the way up.
 * Local. Returns `code` unchanged; does nothing when code is OK. */
Err err_prefix(Err code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The message of the last err_set() on this thread; "" when there was none. Local. */
const char *err_message(void);

/* Process exit code for `code`: 0, 2, 3, 4 or 75. Local. */
int err_exit_code(Err code);

/* Name of a code for logs: "input error", "numerical error", ... Local. */
const char *err_name(Err code);

/* Called by CHECK. `abort_job` may be replaced by par/ so that the whole MPI job goes down. */
_Noreturn void err_check_failed(const char *file, int line, const char *condition,
                                const char *format, ...) __attribute__((format(printf, 4, 5)));
void err_set_abort(void (*abort_job)(void));

/* Early return, in Local functions only: a Collective function must reach its agreement point. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        Err try_err_ = (expr);                                                                     \
        if (try_err_ != OK)                                                                        \
            return try_err_;                                                                       \
    } while (0)

/* A broken invariant of ours (never a user's mistake). Kept in release builds outside kernels. */
#define CHECK(cond, ...)                                                                           \
    do {                                                                                           \
        if (!(cond))                                                                               \
            err_check_failed(__FILE__, __LINE__, #cond, __VA_ARGS__);                              \
    } while (0)

#endif
