/* bragg.h -- is it still a crystal? The scattering at every Q that the box allows, its sharpest
 * peak against the diffuse level around it.
 *
 *   I(k) = |sum_i f_i(k) exp(i k.r_i)|^2 / (N <f(k)>^2),   k = 2 pi (h, k, l) of the box
 *
 * averaged over frames, neutral form factors. The diffuse level at a k is the median of I over the
 * 64 k nearest in length. Without order the I of one frame are exponentially distributed (speckle),
 * so the largest of n of them is about ln n / ln 2 medians; with order a Bragg peak is of the order
 * of the number of atoms. The test says "Bragg" if the largest ratio exceeds what speckle does once
 * in a hundred boxes.
 */
#ifndef ANALYSIS_BRAGG_H
#define ANALYSIS_BRAGG_H

#include "model/sample.h"
#include "par/comm.h"

typedef struct Bragg {
    const Sample *sample;
    size_t nk;
    int (*index)[3]; /* [nk] one of each pair k, -k, by increasing length in the first cell */
    double *length;  /* [nk] 1/A, in the first cell */
    double *sum;     /* [nk] I summed over frames; only this rank's share until bragg_reduce */
    int64_t frames;
    int64_t first, count; /* this rank's k */
    int most[3];          /* largest |index| along each axis */
} Bragg;

typedef struct BraggVerdict {
    double q;     /* [1/A] of the strongest peak */
    double ratio; /* its intensity over the diffuse level */
    double limit; /* speckle exceeds this once in a hundred */
    bool crystal; /* ratio > limit */
} BraggVerdict;

/* All k shorter than kmax [1/A] in `cell`. Local. ERR_INPUT if there are too few (below 128) or too
 * many (2e6). */
Err bragg_init(Bragg *b, const Comm *c, const Sample *sample, const Cell *cell,
               double kmax) MUST_USE;
void bragg_clear(Bragg *b);

/* One frame; each rank takes its share of k. Local.
 *   x [n][3] A */
void bragg_add(Bragg *b, const Cell *cell, const double (*x)[3]);

/* Sum over ranks; the same bytes for any rank count, since each k is worked out by one rank.
 * Collective. */
void bragg_reduce(Bragg *b, const Comm *c);

/* After bragg_reduce. Local. */
BraggVerdict bragg_verdict(const Bragg *b);

/* Mean I(k) in shells of width `width` [1/A] up to n shells: q [n] mean |k| (0 where empty), i [n].
 * Local. */
void bragg_shells(const Bragg *b, double width, size_t n, double q[], double i[]);

#endif
