/* Work in a child: what it appends arrives, its errors arrive, its death and its endless loops become an error soon. */
#define _XOPEN_SOURCE 700
#include "check.h"

#include "store/apart.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

static Err says(void *context, TextBuffer *out)
{
    text_append(out, "%s", (const char *)context);
    return OK;
}

static Err fails(void *context, TextBuffer *out)
{
    text_append(out, "half");
    return err_set(ERR_INPUT, "%s", (const char *)context);
}

static Err dies(void *context, TextBuffer *out)
{
    (void)context, (void)out;
    raise(SIGSEGV);
    return OK;
}

static Err loops(void *context, TextBuffer *out)
{
    volatile int *forever = context;
    (void)out;
    while (*forever)
        continue;
    return OK;
}

static void what_comes_back(void **state)
{
    (void)state;
    TextBuffer out = {0};
    assert_ok(apart_run("a", says, "words", &out));
    assert_string_equal(out.text, "words");
    text_clear(&out);
    assert_int_equal(apart_run("a", fails, "a: no", &out), ERR_INPUT);
    assert_string_equal(err_message(), "a: no");
    assert_int_equal(out.length, 0);
}

static void deaths(void **state)
{
    (void)state;
    int forever = 1;
    TextBuffer out = {0};
    struct rusage used;
    assert_int_equal(apart_run("b", dies, NULL, &out), ERR_FILE);
    assert_non_null(strstr(err_message(), "b: the library"));
    assert_int_equal(apart_run("c", loops, &forever, &out), ERR_FILE);
    assert_non_null(strstr(err_message(), "c: the library"));
    assert_int_equal(out.length, 0);
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &used), 0);
    assert_true(used.ru_utime.tv_sec + used.ru_stime.tv_sec < 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_back),
        cmocka_unit_test(deaths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
