/* cubic.h -- between the points of a table with even steps.
 */
#ifndef BASE_CUBIC_H
#define BASE_CUBIC_H

/* The cubic through v[-1], v[0], v[1], v[2], `u` steps after v[0]. Local, pure. */
static inline double cubic_between(double before, double here, double next, double last, double u)
{
    double up = u + 1.0, u1 = u - 1.0, u2 = u - 2.0;
    return (up * u * u1 * last - u * u1 * u2 * before) * (1.0 / 6.0) +
           0.5 * up * u2 * (u1 * here - u * next);
}

#endif
