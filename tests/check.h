/* check.h -- what every cmocka program of ours includes, and a comparison of doubles that says what it saw. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#define assert_near(a, b, tolerance)                                                               \
    do {                                                                                           \
        double a_ = (a), b_ = (b), t_ = (tolerance);                                               \
        if (!(fabs(a_ - b_) <= t_))                                                                \
            fail_msg("%s = %.15g, wanted %.15g +- %.3g (off by %.3g)", #a, a_, b_, t_, a_ - b_);   \
    } while (0)

/* A call that must succeed; prints its message if it does not. */
#define assert_ok(expr)                                                                            \
    do {                                                                                           \
        Err e_ = (expr);                                                                           \
        if (e_ != OK)                                                                              \
            fail_msg("%s: %s", #expr, err_message());                                              \
    } while (0)

#endif
