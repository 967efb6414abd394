/* compare.h -- one number simulated, the same number measured: how many standard errors apart.
 *
 * difference = (simulated - measured) / sqrt(error_simulated^2 + error_measured^2). Where the source gives no uncertainty,
 * half a unit of the last printed digit is taken as the half width of a uniform distribution (rounding), which is a lower
 * bound: many standard errors may then mean little, and the table says so. All functions Local.
 */
#ifndef ANALYSIS_COMPARE_H
#define ANALYSIS_COMPARE_H

#include "store/table.h"

#include <stdbool.h>

typedef struct Measured {
    const char *id, *quantity, *sample, *temperature, *unit, *sentence,
        *note;                 /* live as long as the table */
    double value, uncertainty; /* NaN if there is none */
    bool rounding;             /* uncertainty is that of the last digit */
} Measured;

/* Find a row by id. ERR_INPUT names the nearest known id. Local. */
Err compare_find(const Table *t, const char *id, Measured *m) MUST_USE;

/* Standard deviation of rounding of a number as printed: half a unit of its last digit / sqrt(3). "5.3e-14" -> 2.9e-16. */
double compare_rounding(const char *printed);

typedef enum CompareRelation { COMPARE_EQUAL, COMPARE_AT_MOST, COMPARE_AT_LEAST } CompareRelation;

/* Signed difference in standard errors; for a bound 0 when it is kept; infinite if
 * numbers without errors differ. NaN if there is nothing to compare. */
double compare_difference(CompareRelation r, double simulated, double error, double measured,
                          double uncertainty);

/* "agrees" (at most 2 s.e.), "tension" (at most 3), "differs", "no measured number". Static text. */
const char *compare_verdict(double difference);

#endif
