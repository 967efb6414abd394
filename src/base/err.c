#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 2048 };

/* The one piece of hidden state in the program: a message has to outlive the function that failed. */
static _Thread_local char last_message[MESSAGE_MAX];
static void (*abort_hook)(void) = abort;

Err err_set(Err code, const char *format, ...)
{
    char text[MESSAGE_MAX]; /* the arguments may point into the last message */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    memcpy(last_message, text, sizeof text);
    return code;
}

Err err_prefix(Err code, const char *format, ...)
{
    if (code == OK)
        return code;
    char text[2 * MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, MESSAGE_MAX, format, args);
    va_end(args);
    size_t used = length < 0 ? 0 : strlen(text);
    snprintf(text + used, sizeof text - used, ": %s", last_message);
    memcpy(last_message, text, sizeof last_message);
    last_message[sizeof last_message - 1] = '\0';
    return code;
}

const char *err_message(void)
{
    return last_message;
}

int err_exit_code(Err code)
{
    switch (code) {
    case OK:
        return 0;
    case ERR_INPUT:
        return 2;
    case ERR_FILE:
        return 4;
    case ERR_STOPPED:
        return 75;
    case ERR_NUMERICAL:
    case ERR_COMM:
    case ERR_MEMORY:
        break;
    }
    return 3;
}

const char *err_name(Err code)
{
    static const char *const names[] = {
        [OK] = "ok",
        [ERR_INPUT] = "input error",
        [ERR_NUMERICAL] = "numerical error",
        [ERR_FILE] = "file error",
        [ERR_COMM] = "communication error",
        [ERR_MEMORY] = "out of memory",
        [ERR_STOPPED] = "stopped",
    };
    return names[code];
}

void err_set_abort(void (*abort_job)(void))
{
    abort_hook = abort_job;
}

void err_check_failed(const char *file, int line, const char *condition, const char *format, ...)
{
    char values[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(values, sizeof values, format, args);
    va_end(args);
    fprintf(stderr, "paddlewheel: broken invariant at %s:%d: %s: %s\n", file, line, condition,
            values);
    fflush(stderr);
    abort_hook();
    abort(); /* the hook must not return; if it does, still do not go on */
}
